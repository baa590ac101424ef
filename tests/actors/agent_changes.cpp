#include "actors/agents/agent_overrides.hpp"
#include "actors/agents/script_file.hpp"
#include "actors/dialogue.hpp"
#include "tests/actors/agents/shipped_file.hpp"
#include "tests/actors/call_fixture.hpp"
#include "tests/actors/fake_http.hpp"

#include <algorithm>

namespace tandem::test {

namespace {

using values = std::vector<std::pair<std::string, std::string>>;

/// Outlives the actors that hold its exchanges.
struct with_http {
  fake_http http;
};

/// A dialogue whose agent is changed while it goes on.
struct changing_dialogue : with_http, fixture {
  changing_dialogue()
      : call(spawn_probe<actor_kind::call, call_actor>()),
        scribe(spawn_probe<actor_kind::scribe, scribe_actor>()),
        speech(spawn_probe<actor_kind::speech, speech_actor>()) {
    settings.agent = {.kind = "openai", .url = "http://127.0.0.1:1/v1", .model = "small"};
    settings.agent.system_prompt = "You sell tables.";
    settings.turns.fallback_reply = "Sorry, once more?";
    settings.turns.greeting = "Good day.";
    auto dialogue = load_script(shipped_file("agents/book-a-table.json"));
    REQUIRE(dialogue);
    settings.agent.dialogue = std::make_shared<const script>(std::move(*dialogue));
  }

  ~changing_dialogue() {
    subject = dialogue_actor{};
    call.handle = call_actor{};
    scribe.handle = scribe_actor{};
    speech.handle = speech_actor{};
  }

  void spawn() {
    subject = owned(spawn_dialogue(host, call.handle, shared_settings(), measure, &http, {}, {}, &breakers));
    host.run();
  }

  void connect() {
    call_record record;
    record.id = "n-1-1";
    tell(subject, begin_dialogue{scribe.handle, speech.handle, record});
    heard(1, "Good day.");
  }

  void heard(std::uint32_t turn, const std::string& text) {
    tell(subject, speech_started{turn}, speech_finished{turn, text});
  }

  void say(const std::string& text) {
    tell(subject, voice_started{100});
    host.advance(300ms);
    tell(subject, voice_ended{0});
    host.advance(300ms);
    tell(subject, transcript_committed{text});
    host.advance(300ms);
  }

  void change(const values& changes) {
    auto changed = with_changes(shared_settings(), changes);
    REQUIRE_MESSAGE(changed, changed.error());
    settings = **changed;
    tell(subject, use_agent{*changed});
  }

  void revise(const agent_revision& what) {
    auto revised = with_revision(shared_settings(), what);
    REQUIRE_MESSAGE(revised, revised.error());
    settings = **revised;
    tell(subject, use_agent{*revised});
  }

  /// The dialogue with other words in it, for the call that goes on.
  void replace(std::string_view words, std::string_view by) {
    auto text = settings.agent.dialogue->source;
    const auto at = text.find(words);
    REQUIRE(at != std::string::npos);
    auto dialogue = load_script(text.replace(at, words.size(), by));
    REQUIRE(dialogue);
    revise({.dialogue = std::make_shared<const script>(std::move(*dialogue))});
  }

  void part(std::string_view bytes) {
    http.requests.back().part(bytes);
    host.run();
  }
  void reply(const std::string& text) {
    part(R"(data: {"choices":[{"delta":{"content":")" + text + "\"}}]}\n\n");
    part("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
  }
  bool asked_with(std::string_view words) const {
    return http.requests.back().body.find(words) != std::string::npos;
  }

  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
};

/// A whole call with an agent that says again what it hears.
struct changing_call : call_fixture {
  agent_ruling change(const values& changes) {
    caf::scoped_actor self(system);
    auto request = self->request(subject, 5s, change_agent{changes});
    host.run();
    agent_ruling ruling;
    request.receive([&](const agent_ruling& got) { ruling = got; },
                    [](const caf::error& why) { FAIL(caf::to_string(why)); });
    return ruling;
  }
};

}  // namespace

TEST_CASE_FIXTURE(changing_dialogue,
                  "a changed prompt holds from the next question on, with all that was said") {
  spawn();
  connect();
  say("Hello.");
  CHECK(asked_with("You sell tables."));
  change({{"system_prompt", "You sell chairs."}});
  REQUIRE(http.requests.size() == 1);
  reply("Which table?");
  CHECK(speech->last<speak>().last);
  heard(2, "Which table?");
  say("None.");
  REQUIRE(http.requests.size() == 2);
  CHECK(asked_with("You sell chairs."));
  CHECK_FALSE(asked_with("You sell tables."));
  CHECK(asked_with("Which table?"));
  reply("A chair, then.");
  CHECK(speech->all<speak>().at(speech->all<speak>().size() - 2).text == "A chair, then.");
}

TEST_CASE_FIXTURE(changing_dialogue,
                  "the tokens of a reply under way are counted though its agent has gone") {
  spawn();
  connect();
  say("Hello.");
  change({{"kind", "echo"}});
  reply("Yes?");
  heard(2, "Yes?");
  say("One two.");
  CHECK(speech->all<speak>().at(speech->all<speak>().size() - 2).text == "One two.");
  part("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n");
  http.answers.back()({.status = 200});
  host.run();
  REQUIRE(call->count<usage_grew>() == 1);
  CHECK(call->last<usage_grew>().by.llm_input_tokens == 7);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(changing_dialogue,
                  "a script begins at its first node, and a model hears what was said to it") {
  spawn();
  connect();
  change({{"kind", "script"}});
  say("A table on Friday, please.");
  CHECK(http.requests.empty());
  CHECK(speech->count<speak>() != 0);
  heard(2, "Friday, gladly. What time would you like to come?");
  change({{"kind", "openai"}});
  say("At seven.");
  REQUIRE(http.requests.size() == 1);
  CHECK(asked_with("A table on Friday, please."));
}

TEST_CASE_FIXTURE(changing_dialogue, "a script that only fails otherwise goes on where it was") {
  settings.agent.kind = "script";
  spawn();
  connect();
  say("A table on Friday, please.");
  heard(2, "Friday, gladly. What time would you like to come?");
  change({{"fallback_reply", "Pardon?"}});
  speech->clear();
  say("At half past seven.");
  CHECK(speech->all<speak>().at(0).text == "Seven thirty is free.");
}

TEST_CASE_FIXTURE(changing_dialogue, "a revised script goes on at the same question, with what it was told") {
  settings.agent.kind = "script";
  spawn();
  connect();
  say("A table on Friday, please.");
  heard(2, "Friday, gladly. What time would you like to come?");
  replace("is free.", "suits us well.");
  speech->clear();
  say("At half past seven.");
  CHECK(speech->all<speak>().at(0).text == "Seven thirty suits us well.");
  heard(3, "Seven thirty suits us well.");
  const auto turns = call->all<turn_finished>();
  CHECK(std::ranges::any_of(turns, [](const auto& each) { return each.turn.text == "At half past seven."; }));
}

TEST_CASE_FIXTURE(changing_dialogue, "a revised script without that question begins anew") {
  settings.agent.kind = "script";
  spawn();
  connect();
  say("A table on Friday, please.");
  heard(2, "Friday, gladly. What time would you like to come?");
  auto dialogue = load_script(R"({"version":1,"greeting":"Hello.","start":"menu","nodes":{"menu":{
      "prompt":"Shop or repairs?","reprompts":["Once more?"],
      "intents":[{"name":"shop","keywords":["shop"],"reply":"The shop is open."}]}},
      "give_up":{"reply":"Goodbye."}})");
  REQUIRE(dialogue);
  revise({.dialogue = std::make_shared<const script>(std::move(*dialogue))});
  speech->clear();
  say("The shop.");
  CHECK(speech->all<speak>().at(0).text == "The shop is open.");
}

TEST_CASE_FIXTURE(changing_dialogue, "somebody takes over from a script, which then goes on where it was") {
  settings.agent.kind = "script";
  spawn();
  connect();
  say("A table on Friday, please.");
  heard(2, "Friday, gladly. What time would you like to come?");
  change({{"kind", "quiet"}});
  speech->clear();
  call->clear();
  say("Is anybody there?");
  CHECK(speech->count<speak>() == 0);
  CHECK(call->last<turn_finished>().turn.text == "Is anybody there?");
  tell(subject, say_words{"One moment, I am a person."});
  REQUIRE(speech->count<speak>() == 1);
  CHECK(speech->last<speak>().text == "One moment, I am a person.");
  heard(speech->last<speak>().turn, "One moment, I am a person.");
  change({{"kind", "script"}});
  speech->clear();
  say("At half past seven.");
  CHECK(speech->all<speak>().at(0).text == "Seven thirty is free.");
}

TEST_CASE_FIXTURE(changing_dialogue,
                  "time limit and fallback are the new ones; silence is asked about as the new agent wants") {
  settings.agent.kind = "echo";
  spawn();
  connect();
  change({{"kind", "openai"}, {"timeout_ms", "2000"}, {"fallback_reply", "Pardon?"}});
  say("Hello.");
  host.advance(2s);
  CHECK(speech->last<speak>().text == "Pardon?");
  heard(2, "Pardon?");
  host.advance(15s);
  CHECK(asked_with("has said nothing for a while"));
}

TEST_CASE_FIXTURE(changing_dialogue, "an agent that is changed before the caller is there greets as itself") {
  settings.turns.greeting.clear();
  settings.agent.kind = "script";
  spawn();
  change({{"kind", "openai"}});
  tell(subject, begin_dialogue{scribe.handle, speech.handle});
  REQUIRE(http.requests.size() == 1);
  CHECK(asked_with("The call begins."));
}

TEST_CASE_FIXTURE(changing_dialogue, "an agent that was asked early still answers, and is another one then") {
  settings.turns.preemptive = true;
  spawn();
  connect();
  tell(subject, voice_started{100}, transcript_partial{"Hello there."});
  host.advance(300ms);
  tell(subject, voice_ended{0});
  REQUIRE(http.requests.size() == 1);
  change({{"system_prompt", "You sell chairs."}});
  host.advance(300ms);
  tell(subject, transcript_committed{"Hello there."});
  host.advance(300ms);
  reply("Which table?");
  CHECK(speech->all<speak>().at(speech->all<speak>().size() - 2).text == "Which table?");
  heard(2, "Which table?");
  say("None.");
  REQUIRE(http.requests.size() == 2);
  CHECK(asked_with("You sell chairs."));
}

TEST_CASE_FIXTURE(changing_dialogue, "changes while replies come and go leave nothing behind") {
  spawn();
  connect();
  for (int i = 0; i < 20; ++i) {
    say("Hello " + std::to_string(i));
    change({{"kind", i % 2 == 0 ? "echo" : "openai"}});
    change({{"system_prompt", "Number " + std::to_string(i)}});
    tell(subject, transcript_partial{"no"});
    host.advance(1s);
  }
  end(subject);
  CHECK(http.open == 0);
}

TEST_CASE_FIXTURE(changing_call,
                  "a call's agent is changed in its record, and whoever has the call is told") {
  settings.turns.greeting = "Good day.";
  auto dialogue = load_script(shipped_file("agents/book-a-table.json"));
  REQUIRE(dialogue);
  settings.agent.dialogue = std::make_shared<const script>(std::move(*dialogue));
  spawn(true);
  // Also while it rings.
  CHECK(change({{"timeout_ms", "2000"}}).accepted);
  auto stream = attach();
  start(*stream);
  const auto changed = change({{"kind", "script"}});
  CHECK(changed.accepted);
  CHECK(changed.call.id == "n-1-1");
  CHECK(changed.call.agent == "script");
  CHECK(last_record().agent == "script");
  CHECK(records->last<event_added>().event.name == "agent.changed");
  CHECK(records->last<event_added>().event.data == R"({"agent":"script"})");
}

TEST_CASE_FIXTURE(changing_call, "a change that cannot be changes nothing") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  const auto refused = change({{"kind", "oracle"}});
  CHECK_FALSE(refused.accepted);
  CHECK(refused.fault.find("allowed: script, openai, webhook, echo") != std::string::npos);
  CHECK(last_record().agent == "echo");
}

TEST_CASE_FIXTURE(changing_call, "a call that is ending says so") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  carrier->hold<command_outcome>();
  tell(subject, end_call{std::string(end_reason::api_hung_up)});
  const auto late = change({{"kind", "echo"}});
  CHECK_FALSE(late.accepted);
  CHECK(late.fault.empty());
  CHECK(late.why == "the call is ending");
  carrier->release<command_outcome>();
  host.run();
}

}  // namespace tandem::test
