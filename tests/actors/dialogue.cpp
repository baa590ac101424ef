#include "actors/dialogue.hpp"

#include "actors/agents/script_file.hpp"
#include "tests/actors/agents/shipped_file.hpp"
#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A dialogue with what stands around it.
struct side {
  probe<call_actor> call;
  probe<scribe_actor> scribe;
  probe<speech_actor> speech;
  dialogue_actor subject;
  std::uint32_t turn = 1;

  /// What it has sent since the last `forget`, one line each; by receiver.
  std::vector<std::string> sent() const {
    std::vector<std::string> lines;
    const auto add = [&](const auto& messages) {
      for (const auto& each : messages) lines.push_back(caf::deep_to_string(each));
    };
    add(scribe->all<commit_transcript>());
    add(speech->all<speak>());
    add(speech->all<pause_speech>());
    add(speech->all<resume_speech>());
    add(speech->all<stop_speech>());
    add(call->all<turn_finished>());
    add(call->all<call_noted>());
    add(call->all<end_call>());
    return lines;
  }

  void forget() {
    call->clear();
    scribe->clear();
    speech->clear();
  }
};

/// Something that happens to a dialogue, and how long it takes.
struct happening {
  std::function<void(fixture&, side&)> what;
  std::chrono::milliseconds then{0};
};

struct dialogue_fixture : fixture {
  dialogue_fixture() {
    settings.agent.kind = "script";
    auto loaded = load_script(shipped_file("agents/book-a-table.json"));
    REQUIRE(loaded);
    settings.agent.dialogue = std::make_shared<const script>(std::move(*loaded));
    settings.turns.preemptive = true;
    settings.turns.endpoint.adaptive = true;
  }

  side spawn(std::string_view value = {}) {
    side made{spawn_probe<actor_kind::call, call_actor>(),
              spawn_probe<actor_kind::scribe, scribe_actor>(),
              spawn_probe<actor_kind::speech, speech_actor>(),
              {}};
    made.subject =
        owned(spawn_dialogue(host, made.call.handle, shared_settings(), measure, nullptr, {}, value));
    host.run();
    tell(made.subject, begin_dialogue{made.scribe.handle, made.speech.handle});
    return made;
  }

  std::optional<std::string> value_of(const side& of) {
    caf::scoped_actor self(system);
    auto request = self->request(of.subject, 5s, describe_dialogue{});
    host.run();
    std::optional<std::string> out;
    request.receive([&](dialogue_value& value) { out = std::move(value.json); }, [](const caf::error&) {});
    return out;
  }

  void end(side& which) {
    fixture::end(which.subject);
    for (const auto& each :
         {caf::actor_cast<caf::actor>(which.call.handle), caf::actor_cast<caf::actor>(which.scribe.handle),
          caf::actor_cast<caf::actor>(which.speech.handle)}) {
      fixture::end(each);
    }
  }

  void play(const happening& next, const std::vector<side*>& sides) {
    for (auto* each : sides) {
      next.what(*this, *each);
      const auto spoken = each->speech->all<speak>();
      if (!spoken.empty()) each->turn = spoken.back().turn;
    }
    host.advance(next.then);
  }
};

happening voice() {
  return {[](fixture& at, side& of) { at.tell(of.subject, voice_started{100}); }, 300ms};
}
happening partial(std::string text) {
  return {[text](fixture& at, side& of) { at.tell(of.subject, transcript_partial{text}); }, 300ms};
}
happening silence() {
  return {[](fixture& at, side& of) { at.tell(of.subject, voice_ended{100}); }, 1500ms};
}
happening final(std::string text) {
  return {[text](fixture& at, side& of) { at.tell(of.subject, transcript_committed{text}); }, 100ms};
}
happening first_sound() {
  return {[](fixture& at, side& of) { at.tell(of.subject, speech_started{of.turn}); }, 800ms};
}
happening all_heard() {
  return {[](fixture& at, side& of) { at.tell(of.subject, speech_finished{of.turn, ""}); }, 200ms};
}
happening cut_at(std::string heard) {
  return {[heard](fixture& at, side& of) { at.tell(of.subject, speech_interrupted{of.turn, heard}); }, 100ms};
}

/// A caller who books, coughs, interrupts, is not understood, and goes.
std::vector<happening> visit() {
  std::vector<happening> all{first_sound(), all_heard()};
  const auto says = [&](const std::string& text) {
    for (auto each : {voice(), partial(text), silence(), final(text)}) all.push_back(each);
  };
  const auto corrects = [&](const std::string& heard, const std::string& text) {
    for (auto each : {voice(), partial(heard), silence(), final(text)}) all.push_back(each);
  };
  const auto is_answered = [&] {
    all.push_back(first_sound());
    all.push_back(all_heard());
  };
  says("a table on friday");
  is_answered();
  says("what is on the menu");
  all.push_back(first_sound());
  // Into the answer.
  for (auto each :
       {voice(), partial("half past seven"), cut_at("We have"), silence(), final("half past seven")})
    all.push_back(each);
  is_answered();
  says("purple elephants");
  all.push_back(first_sound());
  for (auto each : {voice(), silence(), final("")}) all.push_back(each);  // a cough
  all.push_back(all_heard());
  corrects("for people", "four people");
  is_answered();
  says("Robinson");
  is_answered();
  says("yes");
  is_answered();
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(dialogue_fixture,
                  "a dialogue rebuilt from its value goes on identically, its agent included") {
  const auto trace = visit();
  std::size_t said = 0;
  std::size_t noted = 0;
  for (std::size_t fork = 0; fork <= trace.size(); ++fork) {
    CAPTURE(fork);
    auto one = spawn();
    for (std::size_t i = 0; i < fork; ++i) play(trace[i], {&one});
    const auto value = value_of(one);
    REQUIRE(value);
    auto other = spawn(*value);
    other.turn = one.turn;
    CHECK(value_of(other) == value);
    one.forget();
    for (std::size_t i = fork; i < trace.size(); ++i) play(trace[i], {&one, &other});
    host.advance(60s);
    CHECK(one.sent() == other.sent());
    if (fork == 0) {
      for (const auto& each : one.speech->all<speak>()) said += each.text.empty() ? 0 : 1;
      noted = one.call->count<call_noted>();
    }
    end(one);
    end(other);
  }
  // The trace is a conversation, not a row of misunderstandings.
  CHECK(said >= 10);
  CHECK(noted >= 1);
}

TEST_CASE_FIXTURE(dialogue_fixture, "a dialogue is not built from what is no value") {
  auto one = spawn();
  const auto mine = value_of(one);
  REQUIRE(mine);
  end(one);
  const auto lives = [this](std::string_view value) {
    auto built = spawn(value);
    const bool does = value_of(built).has_value();
    end(built);
    return does;
  };
  CHECK(lives(*mine));
  CHECK_FALSE(lives("{}"));
  CHECK_FALSE(lives(std::string_view(*mine).substr(0, mine->size() / 2)));
}

TEST_CASE_FIXTURE(dialogue_fixture,
                  "an agent that cannot take up what another one left begins anew in the same conversation") {
  auto one = spawn();
  play(first_sound(), {&one});
  const auto value = value_of(one);
  REQUIRE(value);
  settings.agent.kind = "echo";
  auto other = spawn(*value);
  for (const auto& each : {all_heard(), voice(), partial("hello there"), silence(), final("hello there")}) {
    play(each, {&other});
  }
  const auto spoken = other.speech->all<speak>();
  CHECK(std::any_of(spoken.begin(), spoken.end(),
                    [](const speak& piece) { return piece.text == "hello there"; }));
  REQUIRE(other.call->count<turn_finished>() == 1);
  CHECK(other.call->last<turn_finished>().turn.n == 1);
  end(one);
  end(other);
}

}  // namespace tandem::test
