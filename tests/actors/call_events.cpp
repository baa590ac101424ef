#include "actors/dialogue.hpp"
#include "tests/actors/call_fixture.hpp"

#include <vector>

namespace tandem::test {

namespace {

struct watched_call : call_fixture {
  watched_call() : events(spawn_probe<actor_kind::events, events_actor>()) { shared.events = events.handle; }
  ~watched_call() { events.handle = events_actor{}; }

  /// The names of what happened, each with its text.
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const auto& each : events->all<event_happened>()) {
      const auto& event = each.event;
      CHECK(event.call_id == "n-1-1");
      CHECK(event.at > wall_time{});
      out.push_back(std::string(to_string(event.kind)));
      if (event.turn != 0) out.back() += " " + std::to_string(event.turn);
      if (!event.text.empty()) out.back() += " " + event.text;
    }
    return out;
  }

  probe<events_actor> events;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(watched_call, "a call tells when it starts, is answered, reconnects, and why it ends") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  tell(subject, dtmf_pressed{"5"}, provider_reconnected{peer::scribe, "standby", true});
  webhook(telnyx::webhook_type::call_hangup);
  host.run();
  CHECK(told() == lines{"call.started", "call.answered", "dtmf 5", "provider.reconnected scribe",
                        "call.ended caller_hung_up"});
  CHECK(events->all<event_happened>()[3].event.provider == "standby");
  const auto first = events->all<event_happened>().front().event;
  CHECK(first.direction == call_direction::incoming);
  CHECK(first.from == "+13125550100");
  CHECK(first.to == "+13125550142");
}

TEST_CASE_FIXTURE(watched_call, "keys that must not be kept are not told") {
  settings.keeps_keys = false;
  spawn(true);
  auto stream = attach();
  start(*stream);
  tell(subject, dtmf_pressed{"5"});
  CHECK(told().back() == "dtmf");
}

TEST_CASE_FIXTURE(watched_call, "a call whose supervisor dies tells its end as well") {
  spawn(true);
  end(subject, caf::exit_reason::kill);
  CHECK(told() == lines{"call.started", "call.ended internal_error"});
}

TEST_CASE_FIXTURE(watched_call, "the dialogue tells what is said on either side and what is heard of it") {
  settings.turns.greeting = "Good morning.";
  const auto call = spawn_probe<actor_kind::call, call_actor>();
  const auto scribe = spawn_probe<actor_kind::scribe, scribe_actor>();
  const auto speech = spawn_probe<actor_kind::speech, speech_actor>();
  auto dialogue = owned(spawn_dialogue(host, call.handle, shared_settings(), measure, nullptr,
                                       event_teller(events.handle, "n-1-1")));
  tell(dialogue, begin_dialogue{scribe.handle, speech.handle});
  tell(dialogue, speech_started{1}, speech_finished{1, "Good morning."});
  tell(dialogue, voice_started{0}, transcript_partial{"he"}, transcript_partial{"hello"}, voice_ended{0});
  host.advance(1s);
  tell(dialogue, transcript_committed{"hello"});
  host.advance(1s);
  tell(dialogue, speech_started{2}, speech_heard{2, "hel"}, speech_failed{2, "reset"});
  tell(dialogue, transcript_committed{""}, speech_interrupted{3, "I"});
  CHECK(told() == lines{"agent.reply 1 Good morning.", "speech.started 1", "speech.finished 1 Good morning.",
                        "transcript.partial he", "transcript.partial hello", "transcript.final hello",
                        "agent.reply 2 hello", "speech.started 2", "speech.interrupted 2 hel",
                        "speech.interrupted 3 I"});
  dialogue = dialogue_actor{};
}

}  // namespace tandem::test
