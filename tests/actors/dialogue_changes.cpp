#include "actors/dialogue.hpp"
#include "tests/actors/fixture.hpp"

#include <string>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A dialogue whose call wants to know what changes.
struct changing_fixture : fixture {
  changing_fixture()
      : call(spawn_probe<actor_kind::call, call_actor>()),
        scribe(spawn_probe<actor_kind::scribe, scribe_actor>()),
        speech(spawn_probe<actor_kind::speech, speech_actor>()) {
    settings.agent.kind = "echo";
    settings.turns.silence = 600s;
  }

  ~changing_fixture() {
    subject = dialogue_actor{};
    call.handle = call_actor{};
    scribe.handle = scribe_actor{};
    speech.handle = speech_actor{};
  }

  void spawn(bool tells_changes = true) {
    subject = owned(spawn_dialogue(host, call.handle, shared_settings(), measure, nullptr, {}, {}, nullptr,
                                   tells_changes));
    tell(subject, begin_dialogue{scribe.handle, speech.handle});
  }

  /// How often it has told since the last time that this was asked.
  std::size_t told() {
    const auto count = call->count<talk_changed>();
    call->clear();
    return count;
  }

  dialogue_value value() {
    caf::scoped_actor self(system);
    auto request = self->request(subject, 5s, describe_dialogue{});
    host.run();
    dialogue_value out;
    request.receive([&](dialogue_value& given) { out = std::move(given); }, [](const caf::error&) {});
    return out;
  }

  /// The caller has said this; the agent is asked.
  void say(const std::string& text) {
    tell(subject, voice_started{100});
    host.advance(800ms);
    tell(subject, voice_ended{0});
    host.advance(450ms);
    tell(subject, transcript_committed{text});
    host.advance(200ms);
  }

  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
};

}  // namespace

TEST_CASE_FIXTURE(changing_fixture, "a dialogue tells nothing unless it is asked to") {
  spawn(false);
  say("hello there");
  tell(subject, speech_started{1}, speech_heard{1, "hello"}, speech_finished{1, "hello there"});
  host.advance(5s);
  CHECK(told() == 0);
}

TEST_CASE_FIXTURE(changing_fixture, "a dialogue tells that it began, and nothing while nothing happens") {
  spawn();
  CHECK(told() == 1);
  host.advance(60s);
  CHECK(told() == 0);
}

TEST_CASE_FIXTURE(changing_fixture, "voice alone is no change") {
  spawn();
  host.advance(1s);
  told();
  tell(subject, voice_started{100});
  host.advance(400ms);
  CHECK(told() == 0);
}

TEST_CASE_FIXTURE(changing_fixture, "many changes are told twice a second, the last one too") {
  spawn();
  host.advance(1s);
  told();
  tell(subject, voice_started{100});
  for (int words = 0; words < 20; ++words) {
    tell(subject, transcript_partial{std::string(static_cast<std::size_t>(words) + 1, 'a')});
    host.advance(50ms);
  }
  // At 0, 500 and 1000 ms.
  CHECK(told() == 3);
  tell(subject, transcript_partial{"the last one"});
  CHECK(told() == 0);
  host.advance(500ms);
  CHECK(told() == 1);
  CHECK(value().json.find("the last one") != std::string::npos);
}

TEST_CASE_FIXTURE(changing_fixture, "a turn that is over is told at once, behind the turn") {
  spawn();
  say("hello there");
  told();
  tell(subject, speech_started{1});
  CHECK(call->is<turn_finished>(0));
  CHECK(call->is<talk_changed>(call->size() - 1));
  told();
  tell(subject, speech_heard{1, "hello"});
  CHECK(told() == 0);
  tell(subject, speech_finished{1, "hello there"});
  CHECK(told() == 1);
  // Nothing is left to be told.
  host.advance(5s);
  CHECK(told() == 0);
}

TEST_CASE_FIXTURE(changing_fixture, "holding a call and going on are changes") {
  spawn();
  host.advance(1s);
  told();
  tell(subject, hold_call{.by = turns::holder::api});
  CHECK(told() == 1);
  host.advance(1s);
  tell(subject, end_hold{turns::holder::api});
  CHECK(told() == 1);
}

TEST_CASE_FIXTURE(changing_fixture, "a dialogue pauses while it listens to silence, and says when it does") {
  spawn();
  host.advance(1s);
  CHECK(value().pauses);
  tell(subject, voice_started{100});
  CHECK_FALSE(value().pauses);
  host.advance(400ms);
  told();
  // It was a cough: nothing else comes of it.
  tell(subject, voice_ended{0});
  host.advance(450ms);
  CHECK_FALSE(value().pauses);
  tell(subject, transcript_committed{""});
  host.advance(500ms);
  CHECK(value().pauses);
  CHECK(told() == 1);
}

TEST_CASE_FIXTURE(changing_fixture, "a dialogue that is over tells nothing more") {
  settings.turns.silence = 2s;
  spawn();
  told();
  host.advance(3s);
  CHECK(call->count<end_call>() == 1);
  CHECK(told() == 0);
}

}  // namespace tandem::test
