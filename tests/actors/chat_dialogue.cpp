#include "actors/dialogue.hpp"
#include "tests/actors/fake_http.hpp"
#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Outlives the actors that hold its exchanges.
struct with_http {
  fake_http http;
};

/// What people say at the end of a call, and in the middle of others.
const std::vector<std::string> last_words{"call me back", "goodbye", "stop", "hang up"};

/// A dialogue whose agent, a language model unless it is said otherwise, is at a server that is the test.
struct chat_fixture : with_http, fixture {
  explicit chat_fixture(turns_settings how = {}, const std::string& kind = "openai")
      : call(spawn_probe<actor_kind::call, call_actor>()),
        scribe(spawn_probe<actor_kind::scribe, scribe_actor>()),
        speech(spawn_probe<actor_kind::speech, speech_actor>()) {
    settings.agent = {.kind = kind, .url = "http://127.0.0.1:1/v1", .model = "small"};
    settings.turns = std::move(how);
    settings.turns.fallback_reply = "Sorry, once more?";
    settings.turns.greeting = "Good day.";
    subject = owned(spawn_dialogue(host, call.handle, shared_settings(), measure, &http));
    tell(subject, begin_dialogue{scribe.handle, speech.handle, {}});
    tell(subject, speech_started{1}, speech_finished{1, "Good day."});
    call->clear();
  }

  ~chat_fixture() {
    subject = dialogue_actor{};
    call.handle = call_actor{};
    scribe.handle = scribe_actor{};
    speech.handle = speech_actor{};
  }

  void say(const std::string& text) {
    tell(subject, voice_started{100});
    host.advance(300ms);
    tell(subject, voice_ended{0});
    host.advance(300ms);
    tell(subject, transcript_committed{text});
    host.advance(300ms);
  }

  /// As `say`, into the reply that is heard, which stops.
  void interrupt(const std::string& text) {
    const auto turn = speech->last<speak>().turn;
    tell(subject, speech_started{turn}, voice_started{100});
    host.advance(300ms);
    tell(subject, transcript_partial{text});
    REQUIRE(speech->last<stop_speech>().turn == turn);
    tell(subject, speech_interrupted{turn, ""}, voice_ended{0});
    host.advance(300ms);
    tell(subject, transcript_committed{text});
    host.advance(300ms);
  }

  /// The reply is heard to its end.
  void hear_out() {
    const auto turn = speech->last<speak>().turn;
    tell(subject, speech_started{turn}, speech_finished{turn, ""});
  }

  /// How often the speech was to say this.
  long spoken(const std::string& text) const {
    const auto all = speech->all<speak>();
    return std::count_if(all.begin(), all.end(), [&](const speak& each) { return each.text == text; });
  }

  /// The voice ends, and this is what was heard of it; before the transcript.
  void seem_to_say(const std::string& text) {
    tell(subject, voice_started{100});
    host.advance(300ms);
    tell(subject, transcript_partial{text}, voice_ended{0});
    host.advance(250ms);
  }

  double preemptive(preemptive_outcome what) { return measure.preemptive_turns(what).Value(); }

  void part(std::string_view bytes) {
    http.requests.back().part(bytes);
    host.run();
  }
  void words(const std::string& text) {
    part(R"(data: {"choices":[{"delta":{"content":")" + text + "\"}}]}\n\n");
  }
  void stop() { part("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"); }
  void tool(const std::string& name, const std::string& arguments) {
    part(R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":")" + name +
         R"(","arguments":")" + arguments + "\"}}]}}]}\n\n");
    stop();
    over();
  }
  void over() {
    http.answers.back()({.status = 200});
    host.run();
  }

  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
};

struct echo_fixture : chat_fixture {
  echo_fixture() : chat_fixture({}, "echo") {}
};

/// It may be asked early.
struct early_fixture : chat_fixture {
  early_fixture() : chat_fixture({.preemptive = true}) { speech->clear(); }

  double first_tokens() { return samples(measure.turn_seconds(turns::stage::first_token)); }
};

}  // namespace

TEST_CASE_FIXTURE(chat_fixture, "the model's sentences are spoken as they come, and its tokens are counted") {
  CHECK(http.prepared.size() == 1);
  say("Are you open?");
  CHECK(http.prepared.size() == 2);
  REQUIRE(http.requests.size() == 1);
  words("Yes, we are. Until ");
  CHECK(speech->last<speak>().text == "Yes, we are.");
  words("ten.");
  stop();
  CHECK(speech->last<speak>().last);
  part("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n");
  http.answers.back()({.status = 200});
  host.run();
  REQUIRE(call->count<usage_grew>() == 1);
  CHECK(call->last<usage_grew>().by.llm_input_tokens == 7);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(chat_fixture, "a turn's record tells the model's first word from its first sentence") {
  say("Are you open?");
  const auto asked = host.now() - 100ms;  // the silence lasted 500 ms, and 600 have passed
  host.advance(100ms);
  words("Yes, ");
  host.advance(150ms);
  words("we are. ");
  stop();
  const auto given_at = host.now();
  host.advance(90ms);
  tell(subject, speech_arrived{2, host.now(), given_at, asked}, speech_started{2, host.now()});
  host.advance(400ms);
  tell(subject, speech_heard{2, "Yes,", host.now()}, speech_finished{2, "Yes, we are."});
  const auto turn = call->last<turn_finished>().turn;
  CHECK(turn.latency_ms == 940);
  CHECK(turn.timing.endpoint == 500ms);
  CHECK(turn.timing.first_token == 700ms);
  CHECK(turn.timing.first_sentence == 850ms);
  CHECK(turn.timing.first_audio == 940ms);
  CHECK(turn.timing.heard == 1340ms);
  CHECK(turn.timing.own == 0ms);
}

TEST_CASE_FIXTURE(chat_fixture, "a caller who goes on takes the question back, and the request with it") {
  say("Are you");
  CHECK(http.open == 1);
  tell(subject, transcript_partial{"open on Sunday"});
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(early_fixture, "the model is asked early, and heard when the turn is over") {
  seem_to_say("Are you open?");
  REQUIRE(http.requests.size() == 1);
  words("Yes, we are. Until ");
  CHECK(speech->count<speak>() == 0);
  tell(subject, transcript_committed{"are you open"});
  CHECK(speech->count<speak>() == 0);
  host.advance(250ms);
  REQUIRE(speech->count<speak>() == 1);
  CHECK(speech->last<speak>().text == "Yes, we are.");
  CHECK(http.requests.size() == 1);
  CHECK(preemptive(preemptive_outcome::stood) == 1);
  CHECK(preemptive(preemptive_outcome::withdrawn) == 0);
  CHECK(first_tokens() == 1);
}

TEST_CASE_FIXTURE(early_fixture, "a question that was asked too early leaves no trace") {
  seem_to_say("Are you open?");
  words("Yes, we are. Until ");
  tell(subject, transcript_committed{"Are you open on Sunday?"});
  CHECK(http.open == 1);
  host.advance(250ms);
  REQUIRE(http.requests.size() == 2);
  CHECK(http.requests.back().body.find("Sunday") != std::string::npos);
  CHECK(http.requests.back().body.find("Yes, we are.") == std::string::npos);
  CHECK(speech->count<speak>() == 0);
  CHECK(preemptive(preemptive_outcome::withdrawn) == 1);
  CHECK(preemptive(preemptive_outcome::stood) == 1);
  words("Until ten.");
  stop();
  tell(subject, speech_started{3});
  REQUIRE(call->count<turn_finished>() == 1);
  CHECK(call->last<turn_finished>().turn.text == "Are you open on Sunday?");
}

TEST_CASE_FIXTURE(early_fixture, "tools wait until the turn is over") {
  seem_to_say("Never call me again.");
  tool("do_not_call", "{}");
  host.advance(150ms);
  CHECK(call->count<call_noted>() == 0);
  CHECK(http.requests.size() == 1);
  tell(subject, transcript_committed{"Never call me again."});
  host.advance(250ms);
  REQUIRE(http.requests.size() == 2);
  words("I will see to it. Good ");
  tell(subject, speech_started{2});
  CHECK(call->count<call_noted>() == 1);
}

TEST_CASE_FIXTURE(early_fixture, "tools of a question that was taken back are never run") {
  seem_to_say("Never call me again.");
  tool("do_not_call", "{}");
  tell(subject, transcript_committed{"Never call me again before noon."});
  host.advance(250ms);
  REQUIRE(http.requests.size() == 2);
  words("As you like. ");
  stop();
  tell(subject, speech_started{3}, speech_finished{3, "As you like."});
  CHECK(call->count<call_noted>() == 0);
}

TEST_CASE_FIXTURE(chat_fixture, "a model that does not answer in time is not waited for") {
  say("hello");
  host.advance(8s);
  CHECK(http.open == 0);
  CHECK(speech->last<speak>().text == "Sorry, once more?");
}

TEST_CASE_FIXTURE(chat_fixture, "the model ends the call when its goodbye was heard") {
  say("That is all.");
  tool("end_call", R"({\"goodbye\":\"Goodbye.\"})");
  CHECK(speech->last<speak>().last);
  tell(subject, speech_started{2}, speech_finished{2, "Goodbye."});
  REQUIRE(call->count<end_call>() == 1);
  CHECK(call->last<end_call>().reason == end_reason::agent_hung_up);
}

TEST_CASE_FIXTURE(chat_fixture, "no words end a call, whoever says them, until the model calls end_call") {
  for (const auto& text : last_words) {
    CAPTURE(text);
    say(text);
    words("As you like. And ");
    interrupt(text);
    words(text + ".");
    stop();
    over();
    CHECK(spoken(text + ".") == 1);
    hear_out();
    CHECK(call->count<end_call>() == 0);
  }
  CHECK(http.requests.size() == 2 * last_words.size());
  say("That is all.");
  tool("end_call", "{}");
  REQUIRE(call->count<end_call>() == 1);
  CHECK(call->last<end_call>().reason == end_reason::agent_hung_up);
}

TEST_CASE_FIXTURE(echo_fixture, "no words end a call with the echo agent") {
  for (const auto& text : last_words) {
    CAPTURE(text);
    say(text);
    CHECK(spoken(text) == 1);
    interrupt(text);
    CHECK(spoken(text) == 2);
    hear_out();
    CHECK(call->count<end_call>() == 0);
  }
}

TEST_CASE_FIXTURE(chat_fixture, "keys go to the model, and on record as the setting says") {
  for (const auto* key : {"1", "2", "#"}) tell(subject, dtmf_pressed{key});
  REQUIRE(http.requests.size() == 1);
  CHECK(http.requests.back().body.find("[pressed 12]") != std::string::npos);
  words("Thank you.");
  stop();
  tell(subject, speech_started{2});
  CHECK(call->last<turn_finished>().turn.text == "[pressed 12]");
}

TEST_CASE_FIXTURE(chat_fixture, "an actor that ends drops its request") {
  say("hello");
  CHECK(http.open == 1);
  end(subject);
  CHECK(http.open == 0);
}

}  // namespace tandem::test
