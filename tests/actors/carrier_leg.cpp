#include "actors/carrier_leg.hpp"

#include "actors/agents/script_file.hpp"
#include "protocols/base64.hpp"
#include "protocols/json.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/carrier_leg_fixture.hpp"

namespace tandem::test {

TEST_CASE_FIXTURE(leg_fixture, "a placed call's stream may come as late as its telephone may ring") {
  place({.ring_seconds = 600});
  CHECK(token_lasts >= 600s);
  // From the answer on nobody has to wait for that.
  event({.type = webhook_type::call_answered});
  event({.type = webhook_type::streaming_failed});
  host.advance(5s);
  REQUIRE(commands("streaming_start") == 1);
  CHECK(token_lasts < 600s);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a call that is placed dials with a stream, its node, its call and a time limit") {
  place({.machine_detection = "premium", .ring_seconds = 20});
  REQUIRE(commands("dial") == 1);
  auto body = last("dial").body;
  json::document document;
  REQUIRE(document.parse({body.data(), body.size()}) == json::fault::none);
  const auto& said = document.root();
  CHECK(json::text_or(said, "connection_id") == "app");
  CHECK(json::text_or(said, "stream_url") == "wss://voice.example.com/telnyx/media/token-of-n-1-1");
  CHECK(json::text_or(said, "answering_machine_detection") == "premium");
  CHECK(json::integer(said, "timeout_secs") == 20);
  CHECK(json::integer(said, "time_limit_secs") == settings.limits.max_call.count());
  CHECK_FALSE(json::text_or(said, "command_id").empty());
  const auto label =
      telnyx::read_leg_label(base64::decoded_text(json::text_or(said, "client_state")).value_or(""));
  REQUIRE(label);
  CHECK(label->node == "test-node");
  CHECK(label->call_id == "n-1-1");
  CHECK(last_record().carrier_call_id == "v3:a");
  CHECK(last_record().state == call_state::ringing);
  CHECK(node->last<identify_call>().carrier_call_id == "v3:a");
}

TEST_CASE_FIXTURE(leg_fixture, "nobody is called before the call's record will outlive the process") {
  records->hold<change_kept>();
  place();
  CHECK(records->last<keep_call>().call.to == "+13125550142");
  CHECK(commands("dial") == 0);
  records->release<change_kept>();
  host.run();
  CHECK(commands("dial") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "nobody is answered before the call's record will outlive the process") {
  records->hold<change_kept>();
  spawn(true);
  CHECK(records->last<keep_call>().call.carrier_call_id == "v3:a");
  CHECK(commands("answer") == 0);
  records->release<change_kept>();
  host.run();
  CHECK(commands("answer") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that is ended before its record is kept is never placed") {
  records->hold<change_kept>();
  place();
  tell(subject, end_call{std::string(end_reason::api_hung_up)});
  CHECK(last_record().end_reason == end_reason::api_hung_up);
  records->release<change_kept>();
  host.run();
  CHECK(commands("dial") == 0);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(leg_fixture, "a caller whose call is ended before its record is kept is hung up") {
  records->hold<change_kept>();
  spawn(true);
  tell(subject, end_call{std::string(end_reason::shutdown)});
  CHECK(commands("hangup") == 1);
  records->release<change_kept>();
  host.run();
  CHECK(commands("answer") == 0);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that is placed may ring longer than a stream may be late") {
  place({.ring_seconds = 30});
  host.advance(settings.limits.stream_wait + 5s);
  CHECK(last_record().state == call_state::ringing);
  event({.type = webhook_type::call_answered});
  CHECK(last_record().state == call_state::connected);
  host.advance(settings.limits.stream_wait + 1s);
  CHECK(last_record().end_reason == end_reason::no_media);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that nobody answers says so, and why when the carrier does") {
  const std::pair<const char*, std::string_view> causes[] = {
      {"user_busy", end_reason::busy},          {"timeout", end_reason::no_answer},
      {"no_answer", end_reason::no_answer},     {"call_rejected", end_reason::rejected},
      {"not_found", end_reason::unreachable},   {"something new", end_reason::unreachable},
      {"time_limit", end_reason::max_duration}, {"normal_clearing", end_reason::caller_hung_up},
  };
  for (const auto& [cause, reason] : causes) {
    CAPTURE(cause);
    place();
    hangup(cause);
    CHECK(last_record().end_reason == reason);
    CHECK(commands("hangup") == 0);
  }
  place();
  host.advance(60s);
  CHECK(last_record().end_reason == end_reason::no_answer);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that was answered and hung up is no busy one") {
  place();
  event({.type = webhook_type::call_answered});
  talk();
  hangup("user_busy");
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that the carrier will not dial ends with its code") {
  carrier->answer_with(command_outcome{false, "90041", "channel limit"});
  subject = owned(
      spawn_call(host, {.id = "n-1-1", .direction = call_direction::outgoing, .to = "+1", .controlled = true},
                 std::make_shared<const call_settings>(settings), shared, node.handle));
  host.run();
  CHECK(last_record().end_reason == end_reason::carrier_unavailable);
  CHECK(noted("carrier_error") == "90041");
  CHECK(commands("hangup") == 0);
  CHECK(node->count<leg_settled>() == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that is not placed says whether another one may be") {
  const std::pair<const char*, std::string_view> codes[] = {
      {"", end_reason::carrier_unavailable},
      {"90043", end_reason::carrier_unavailable},
      {"10009", end_reason::carrier_denied},
      {"10016", end_reason::carrier_failed},
  };
  for (const auto& [code, reason] : codes) {
    CAPTURE(code);
    place({}, command_outcome{false, code, "why"});
    CHECK(last_record().end_reason == reason);
    CHECK(noted("carrier_error") == (*code == 0 ? "why" : code));
  }
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that is faster than the answer to the dial names the leg") {
  be_slow();
  place();
  talk();
  CHECK(last_record().carrier_call_id == "v3:a");
  CHECK(last_record().to == "+13125550142");
  // The answer is lost; the leg is there all the same.
  answer_dial(command_outcome{false, "", "no answer"});
  CHECK(last_record().state == call_state::connected);
  CHECK(wish(call_wish::hang_up).accepted);
  CHECK(last("hangup").carrier_call_id == "v3:a");
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that names another leg than was dialled ends the call") {
  be_slow();
  place();
  stream = attach();
  start(*stream, "v3:wrong");
  answer_dial(dialled());
  CHECK(last_record().end_reason == end_reason::carrier_failed);
  CHECK(last_record().carrier_call_id == "v3:a");
  REQUIRE(commands("hangup") == 1);
  CHECK(last("hangup").carrier_call_id == "v3:a");
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a machine ends the call, unless the agent is to talk to it; a person never does") {
  const auto found = [&](std::string result, webhook_type type) {
    event({.type = type, .result = std::move(result)});
  };
  place({.machine_detection = "detect"});
  talk();
  found("human", webhook_type::call_machine_detection_ended);
  CHECK(last_record().state == call_state::connected);
  CHECK(noted("answered_by") == "human");
  found("machine", webhook_type::call_machine_detection_ended);
  CHECK(last_record().end_reason == end_reason::machine);
  CHECK(commands("hangup") == 1);

  place({.machine_detection = "premium", .ends_at_machine = false});
  talk();
  found("machine", webhook_type::call_machine_premium_detection_ended);
  CHECK(last_record().state == call_state::connected);
  CHECK(noted("answered_by") == "machine");
}

TEST_CASE_FIXTURE(leg_fixture,
                  "an agent with a message leaves it when a machine's greeting is over, and hangs up") {
  auto dialogue = load_script(R"({"version":1,"greeting":"Good day.","start":"menu",
    "nodes":{"menu":{"prompt":"Well?","reprompts":["Well?"],"intents":[{"name":"one","keys":["1"]}]}},
    "give_up":{"reply":"Bye."},"voicemail":{"reply":"Call back.","note":{"outcome":"voicemail"}}})");
  REQUIRE(dialogue);
  settings.agent = {.kind = "script", .dialogue = std::make_shared<const script>(std::move(*dialogue))};
  const auto found = [&](webhook_type type, std::string result) {
    event({.type = type, .result = std::move(result)});
  };
  using enum webhook_type;
  const auto left = [&] { return noted("outcome") == "voicemail"; };
  const auto begin = [&] {
    records->clear();
    place({.machine_detection = "premium", .ends_at_machine = false});
  };

  SUBCASE("as they come") {
    begin();
    talk();
    found(call_machine_premium_detection_ended, "machine");
    CHECK_FALSE(left());
    found(call_machine_premium_greeting_ended, "beep_detected");
    host.advance(30s);
    CHECK(left());
    CHECK(last_record().end_reason == end_reason::agent_hung_up);
    CHECK(commands("hangup") == 1);
  }
  SUBCASE("before there is a stream, one overtaking the other") {
    begin();
    found(call_machine_greeting_ended, "ended");
    found(call_machine_detection_ended, "machine");
    talk();
    host.advance(30s);
    CHECK(left());
  }
  SUBCASE("but not with a person, nor where only a beep would tell") {
    begin();
    talk();
    found(call_machine_premium_detection_ended, "human_residence");
    found(call_machine_premium_greeting_ended, "beep_detected");
    host.advance(500ms);
    found(call_machine_premium_detection_ended, "not_sure");
    found(call_machine_premium_greeting_ended, "no_beep_detected");
    host.advance(500ms);
    CHECK_FALSE(left());
    CHECK(last_record().state == call_state::connected);
    found(call_machine_premium_greeting_ended, "beep_detected");
    host.advance(30s);
    CHECK(left());
  }
}

}  // namespace tandem::test
