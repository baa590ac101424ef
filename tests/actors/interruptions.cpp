#include "actors/dialogue.hpp"
#include "tests/actors/fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A dialogue whose agent is speaking.
struct speaking_fixture : fixture {
  speaking_fixture()
      : call(spawn_probe<actor_kind::call, call_actor>()),
        scribe(spawn_probe<actor_kind::scribe, scribe_actor>()),
        speech(spawn_probe<actor_kind::speech, speech_actor>()) {
    settings.agent.kind = "echo";
    settings.turns.greeting = "Good morning and welcome.";
    subject = owned(spawn_dialogue(host, call.handle, shared_settings(), measure));
    tell(subject, begin_dialogue{scribe.handle, speech.handle});
    tell(subject, speech_started{1});
  }

  ~speaking_fixture() {
    subject = dialogue_actor{};
    call.handle = call_actor{};
    scribe.handle = scribe_actor{};
    speech.handle = speech_actor{};
  }

  void make_voice() {
    host.advance(300ms);
    tell(subject, voice_started{250});
  }

  double interruptions() const { return measure.interruptions_total->Value(); }

  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
};

}  // namespace

TEST_CASE_FIXTURE(speaking_fixture, "a cough makes the agent pause, and is no interruption") {
  make_voice();
  CHECK(speech->count<pause_speech>() == 1);
  CHECK(samples(*measure.interruption_seconds) == 1);
  tell(subject, voice_ended{0});
  host.advance(3s);
  CHECK(speech->count<resume_speech>() == 1);
  tell(subject, speech_finished{1, "Good morning and welcome."});
  CHECK(interruptions() == 0);
}

TEST_CASE_FIXTURE(speaking_fixture, "who says that they listen does not end the reply") {
  make_voice();
  tell(subject, transcript_partial{"Mhm."}, voice_ended{0});
  host.advance(300ms);
  tell(subject, transcript_committed{"Mhm."});
  host.advance(1s);
  CHECK(speech->count<stop_speech>() == 0);
  CHECK(speech->count<resume_speech>() == 1);
  CHECK(call->count<turn_finished>() == 0);
}

TEST_CASE_FIXTURE(speaking_fixture, "words that end a reply are one interruption") {
  make_voice();
  tell(subject, transcript_partial{"wait a moment"});
  CHECK(speech->count<stop_speech>() == 1);
  CHECK(interruptions() == 0);
  tell(subject, speech_interrupted{1, "Good"});
  CHECK(interruptions() == 1);
  CHECK(samples(*measure.interruption_seconds) == 1);
  tell(subject, transcript_partial{"wait a moment please"});
  CHECK(interruptions() == 1);
  REQUIRE(call->count<turn_finished>() == 1);
  CHECK(call->last<turn_finished>().turn.interrupted);
}

}  // namespace tandem::test
