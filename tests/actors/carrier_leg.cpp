#include "actors/carrier_leg.hpp"

#include "actors/agents/script_file.hpp"
#include "protocols/base64.hpp"
#include "protocols/json.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

namespace {

using telnyx::webhook_type;

/// What the carrier has not answered yet.
using pending_dial = std::shared_ptr<caf::typed_response_promise<command_outcome>>;

struct nothing {};

/// A carrier that takes its time to dial.
carrier_actor::behavior_type slow_carrier(pinned_actor<actor_kind::carrier, carrier_actor, nothing>* self,
                                          const std::shared_ptr<mail>& box, const pending_dial& dial) {
  return {
      [=](const carrier_command& command) {
        box->put(command);
        auto promise = self->make_response_promise<command_outcome>();
        if (command.action == "dial") {
          *dial = promise;
        } else {
          promise.deliver(command_outcome{.accepted = true});
        }
        return promise;
      },
      [](const list_legs&) { return leg_page{}; },
      [](const trace_leg&) { return leg_trace{}; },
  };
}

/// A call that the engine answers or places, with the test as its carrier.
struct leg_fixture : call_fixture {
  leg_fixture() {
    settings.carrier.connection_id = "app";
    shared.stream_token = [this](std::string_view id, std::chrono::seconds lasts) {
      token_lasts = lasts;
      return "token-of-" + std::string(id);
    };
  }

  static command_outcome dialled() {
    auto outcome = command_outcome{.accepted = true};
    outcome.carrier_call_id = "v3:a";
    return outcome;
  }

  void place(call_origin origin = {}, command_outcome outcome = dialled()) {
    origin.id = "n-1-1";
    origin.direction = call_direction::outgoing;
    origin.controlled = true;
    origin.from = "+13125550100";
    origin.to = "+13125550142";
    carrier->answer_with(std::move(outcome));
    subject =
        owned(spawn_call(host, origin, std::make_shared<const call_settings>(settings), shared, node.handle));
    host.run();
  }

  /// The answer to the next dial waits for `answer_dial`.
  void be_slow() { shared.carrier = owned(spawn_on<carrier_actor>(host, slow_carrier, carrier.box, dial)); }

  void answer_dial(command_outcome outcome) {
    dial->deliver(std::move(outcome));
    host.run();
  }

  void find() {
    subject =
        owned(spawn_call(host, {.id = "n-1-1", .carrier_call_id = "v3:a", .controlled = true, .found = true},
                         std::make_shared<const call_settings>(settings), shared, node.handle));
    host.run();
  }

  void talk() {
    stream = attach();
    start(*stream);
    REQUIRE(last_record().state == call_state::connected);
    if (connector.peers.size() != providers + 2) return;
    providers += 2;
    for (const auto& each : {scribe(), connector.peers.back()}) each->open();
    scribe()->text(R"({"message_type":"session_started","session_id":"s","config":{}})");
    host.run();
  }

  void event(telnyx::webhook what, telnyx::leg_role role = telnyx::leg_role::conversation) {
    if (what.call_control_id.empty()) what.call_control_id = "v3:a";
    what.client_state = telnyx::to_text({role, "test-node", "n-1-1"});
    tell(subject, webhook_received{std::make_shared<const telnyx::webhook>(std::move(what))});
  }

  void hangup(std::string cause) {
    event({.type = webhook_type::call_hangup, .hangup_cause = std::move(cause)});
  }

  control_ruling wish(call_wish what, std::string text = {}) {
    control_ruling ruling;
    using asker = pinned<actor_kind::gateway, caf::event_based_actor>;
    caf::actor_config config{&host, nullptr};
    auto ask = [&](asker* self, const control_call& asked) {
      self->request(subject, 60s, asked).then([&](const control_ruling& got) { ruling = got; });
    };
    system.spawn_functor(std::true_type{}, config, ask, control_call{what, std::move(text)});
    host.run();
    return ruling;
  }

  std::string noted(std::string_view key) const {
    for (const auto& [name, text] : last_record().metadata)
      if (name == key) return text;
    return {};
  }

  carrier_command last(std::string_view action) const {
    carrier_command found;
    for (const auto& each : carrier->all<carrier_command>())
      if (each.action == action) found = each;
    return found;
  }

  std::shared_ptr<fake_peer> scribe() const { return connector.peers[connector.peers.size() - 2]; }

  pending_dial dial = std::make_shared<pending_dial::element_type>();
  std::size_t providers = 0;
  std::chrono::seconds token_lasts{0};
  std::shared_ptr<fake_peer> stream;
};

}  // namespace

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

TEST_CASE_FIXTURE(leg_fixture, "a stream that is lost while the leg is up is asked for again") {
  spawn(true);
  talk();
  stream->close(0, "reset");
  host.advance(900ms);
  CHECK(commands("streaming_start") == 0);
  host.advance(200ms);
  REQUIRE(commands("streaming_start") == 1);
  CHECK(last("streaming_start").body.find("wss://voice.example.com/telnyx/media/token-of-n-1-1") !=
        std::string::npos);
  CHECK(measure.reconnects(peer::telnyx).Value() == 0);
  talk();
  host.advance(8s);
  CHECK(commands("streaming_start") == 1);
  CHECK(measure.reconnects(peer::telnyx).Value() == 1);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that fails before it begins is asked for again") {
  spawn(true);
  event({.type = webhook_type::call_answered});
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(1100ms);
  CHECK(commands("streaming_start") == 1);
  // That one fails as well.
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(2100ms);
  CHECK(commands("streaming_start") == 2);
  talk();
  // The failure of a former stream is late.
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  host.advance(9s);
  CHECK(commands("streaming_start") == 2);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a stream that is asked for before the answer is asked for again at the answer") {
  place();
  event({.type = webhook_type::streaming_failed, .failure_reason = "connection_failed"});
  carrier->answer_with(command_outcome{false, "90034", "Call not answered yet"});
  host.advance(1100ms);
  REQUIRE(commands("streaming_start") == 1);
  host.advance(20s);
  CHECK(commands("streaming_start") == 1);
  CHECK(last_record().state == call_state::ringing);
  carrier->answer_with(command_outcome{.accepted = true});
  event({.type = webhook_type::call_answered});
  CHECK(commands("streaming_start") == 2);
  talk();
  host.advance(8s);
  CHECK(commands("streaming_start") == 2);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a stream that never lasts is not asked for without end") {
  settings.limits.stream_wait = 60s;
  settings.limits.lifeless = 24h;
  settings.turns.silence = 24h;
  spawn(true);
  talk();
  for (int i = 0; i < 20 && last_record().state != call_state::ended; ++i) {
    stream = attach();
    start(*stream);
    if (stream->events != nullptr) stream->close(0, "reset");
    host.advance(9s);
  }
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(commands("streaming_start") >= 4);
  CHECK(commands("streaming_start") <= 6);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a caller who hangs up is not streamed to again") {
  spawn(true);
  talk();
  stream->text(R"({"event":"stop","stream_id":"s"})");
  hangup("normal_clearing");
  host.advance(60s);
  CHECK(commands("streaming_start") == 0);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a transferred call ends without a hang-up, and its leg is labelled as released") {
  spawn(true);
  talk();
  CHECK(wish(call_wish::transfer, "+13125550177").accepted);
  REQUIRE(commands("transfer") == 1);
  CHECK(last("transfer").body.find(R"("to":"+13125550177")") != std::string::npos);
  CHECK_FALSE(wish(call_wish::say, "hello").accepted);
  event({.type = webhook_type::call_initiated, .call_control_id = "v3:far", .direction = "outgoing"},
        telnyx::leg_role::transfer);
  event({.type = webhook_type::call_bridged, .call_control_id = "v3:far"}, telnyx::leg_role::transfer);
  event({.type = webhook_type::call_bridged});
  CHECK(last_record().end_reason == end_reason::transferred);
  CHECK(commands("hangup") == 0);
  CHECK(commands("client_state_update") == 1);
  CHECK(node->count<leg_settled>() == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a sound is played to the caller, and the call goes on") {
  spawn(true);
  talk();
  CHECK(wish(call_wish::play, "https://example.com/a.mp3").accepted);
  REQUIRE(commands("playback_start") == 1);
  CHECK(last("playback_start").body.find(R"("audio_url":"https://example.com/a.mp3")") != std::string::npos);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "a transfer that fails leaves the caller with the agent") {
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  // Meanwhile the carrier stops the stream and the agent gives up.
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.advance(20s);
  CHECK(commands("streaming_start") == 0);
  CHECK(last_record().state == call_state::connected);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "user_busy"},
        telnyx::leg_role::transfer);
  CHECK(noted("transfer_failed") == "user_busy");
  CHECK(commands("streaming_start") == 1);
  talk();
  CHECK(wish(call_wish::say, "I am here again.").accepted);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(leg_fixture, "an agent that falls silent during a transfer waits for how it comes out") {
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  tell(subject, end_call{std::string(end_reason::caller_silent)});
  CHECK(last_record().state == call_state::connected);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "timeout"},
        telnyx::leg_role::transfer);
  CHECK(last_record().end_reason == end_reason::caller_silent);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "what the API wants of a call is done only while somebody is on the line") {
  spawn(true);
  auto ruling = wish(call_wish::say, "hello");
  CHECK_FALSE(ruling.accepted);
  CHECK(ruling.state == call_state::ringing);
  CHECK_FALSE(wish(call_wish::press_keys, "12#").accepted);
  talk();
  CHECK(wish(call_wish::press_keys, "12#").accepted);
  CHECK(last("send_dtmf").body.find(R"("digits":"12#")") != std::string::npos);
  CHECK(wish(call_wish::hang_up).accepted);
  CHECK(last_record().end_reason == end_reason::api_hung_up);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture, "a call on the fixed token can be talked on and ended, and no more") {
  spawn(false);
  talk();
  CHECK(wish(call_wish::say, "hello").accepted);
  CHECK_FALSE(wish(call_wish::transfer, "+13125550177").accepted);
  CHECK_FALSE(wish(call_wish::press_keys, "1").accepted);
  CHECK(wish(call_wish::hang_up).accepted);
}

TEST_CASE_FIXTURE(leg_fixture, "a call whose voice is dead says goodbye with the carrier's") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  REQUIRE(commands("streaming_stop") == 1);
  REQUIRE(commands("speak") == 1);
  CHECK(last("speak").body.find("Please call again later.") != std::string::npos);
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.advance(20s);
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("streaming_start") == 0);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(leg_fixture,
                  "a call whose voice is dead before its stream has begun says goodbye as well") {
  settings.turns.fallback_reply = "Bitte rufen Sie wieder an.";
  settings.scribe.language = "de";
  spawn(true);
  stream = attach();
  tell(subject, provider_failed{peer::speech, "the circuit is open"});
  REQUIRE(commands("speak") == 1);
  CHECK(last("speak").body.find(R"("language":"de-DE")") != std::string::npos);
  start(*stream);
  host.advance(20s);
  CHECK(last_record().state != call_state::ended);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a call that can neither speak nor hear says its goodbye to the end, once") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "no connection"});
  tell(subject, provider_failed{peer::scribe, "no session in time"});
  tell(subject, end_call{std::string(end_reason::provider_failed)});
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("speak") == 1);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a provider that fails during a transfer does not end it") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  wish(call_wish::transfer, "+13125550177");
  tell(subject, provider_failed{peer::scribe, "no session in time"});
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  host.advance(20s);
  CHECK(last_record().state == call_state::connected);
  CHECK(commands("speak") == 0);
  event({.type = webhook_type::call_hangup, .call_control_id = "v3:far", .hangup_cause = "user_busy"},
        telnyx::leg_role::transfer);
  CHECK(commands("speak") == 1);
  event({.type = webhook_type::call_speak_ended});
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a carrier that never says it has spoken does not keep the call") {
  settings.turns.fallback_reply = "Please call again later.";
  spawn(true);
  talk();
  tell(subject, provider_failed{peer::speech, "quota_exceeded"});
  host.advance(60s);
  CHECK(last_record().end_reason == end_reason::provider_failed);
}

TEST_CASE_FIXTURE(leg_fixture, "a leg that was found is the call's once our answer is accepted") {
  find();
  CHECK(commands("answer") == 1);
  CHECK(last_record().from.empty());
  talk();
  CHECK(last_record().from == "+13125550100");
  CHECK(last_record().to == "+13125550142");
  CHECK(wish(call_wish::hang_up).accepted);
  CHECK(commands("hangup") == 1);
  CHECK(last_record().end_reason == end_reason::api_hung_up);
}

TEST_CASE_FIXTURE(leg_fixture, "a leg that was found and refuses our answer is left alone") {
  carrier->answer_with(command_outcome{false, "90102", "Answer is not allowed on an outbound call"});
  find();
  CHECK(last_record().end_reason == end_reason::carrier_failed);
  CHECK(commands("answer") == 1);
  CHECK(carrier->count<carrier_command>() == 1);
  CHECK(node->count<leg_settled>() == 1);
}

}  // namespace tandem::test
