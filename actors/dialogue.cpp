#include "actors/dialogue.hpp"

#include "actors/agents/agent.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/conversation/conversation.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

struct dialogue_state;
using dialogue_pointer = pinned_actor<actor_kind::dialogue, dialogue_actor, dialogue_state>*;

struct dialogue_state : agent_sink {
  dialogue_pointer self = nullptr;
  call_actor call;
  scribe_actor scribe;
  speech_actor speech;
  metrics* measure = nullptr;
  event_teller watchers;
  conversation talk;
  std::unique_ptr<agent> answers;
  std::string heard;  // of the reply under way
  // An agent may reply from inside of `answer`; events wait until the actions before them are done.
  std::deque<turns::event> events;
  bool applying = false;
  timer tick;

  static inline const char* name = "dialogue";

  void begin(const call_settings& settings, std::string_view value);
  caf::result<dialogue_value> describe();
  void apply(turns::event what);
  void await_deadline();
  void tell(event_kind kind, std::string text, std::uint32_t turn = 0) const;

  void perform(const turns::commit&) { self->send(scribe, commit_transcript{}); }
  void perform(const turns::ask_agent& asked) { answers->answer({asked.turn, asked.text, talk}, *this); }
  void perform(const turns::cancel_agent& cancelled) { answers->cancel(cancelled.turn, cancelled.why); }
  void perform(const turns::speak& said);
  void perform(const turns::pause_speech& paused);
  void perform(const turns::resume_speech& resumed) { self->send(speech, resume_speech{resumed.turn}); }
  void perform(const turns::stop_speech& stopped) { self->send(speech, stop_speech{stopped.turn}); }
  void perform(const turns::caller_turn& turn);
  void perform(const turns::agent_turn& turn);
  void perform(const turns::note& noted) { self->send(call, call_noted{noted.key, noted.text}); }
  void perform(const turns::measured& sample);
  void perform(const turns::hang_up& wish);

  void sentence(std::uint32_t turn, std::string text) override {
    apply(turns::agent_sentence{turn, std::move(text)});
  }
  void note(std::uint32_t turn, std::string key, std::string text) override {
    apply(turns::agent_noted{turn, std::move(key), std::move(text)});
  }
  void finished(std::uint32_t turn, turns::next then) override { apply(turns::agent_finished{turn, then}); }
  void failed(std::uint32_t turn, std::string why) override {
    spdlog::warn("agent failed turn={} why={}", turn, why);
    apply(turns::agent_failed{turn});
  }

  moment now() const { return self->home().now(); }
  wall_time wall(moment at) const {
    auto then = self->home().wall_clock() +
                std::chrono::duration_cast<std::chrono::system_clock::duration>(at - self->home().now());
    return std::chrono::time_point_cast<std::chrono::milliseconds>(then);
  }
};

void dialogue_state::begin(const call_settings& settings, std::string_view value) {
  auto made = make_agent(settings.agent);
  // The settings were checked before the engine started; a call without an agent has no sense.
  if (!made) CAF_RAISE_ERROR(made.error().c_str());
  answers = std::move(*made);
  if (value.empty()) {
    auto rules = settings.turns;
    if (rules.greeting.empty()) rules.greeting = answers->greeting();
    talk = conversation(rules);
    return;
  }
  auto kept = conversation::from_json(value, now());
  if (!kept) CAF_RAISE_ERROR(kept.error().c_str());
  talk = std::move(*kept);
  if (!answers->load(talk.agent())) CAF_RAISE_ERROR("the dialogue's value is of another agent");
}

caf::result<dialogue_value> dialogue_state::describe() {
  if (!talk.keep_agent(answers->save()))
    return caf::make_error(caf::sec::runtime_error, "the agent's state is too large");
  return dialogue_value{talk.to_json(now())};
}

void dialogue_state::apply(turns::event what) {
  events.push_back(std::move(what));
  if (std::exchange(applying, true)) return;
  turns::actions wanted;
  while (!events.empty()) {
    auto next = std::move(events.front());
    events.pop_front();
    wanted.clear();
    talk.apply(next, now(), wanted);
    for (const auto& action : wanted) std::visit([this](const auto& each) { perform(each); }, action);
  }
  applying = false;
  await_deadline();
}

void dialogue_state::await_deadline() {
  tick.cancel();
  if (auto due = talk.deadline()) {
    tick = self->home().at(*due, [this] { self->guard([this] { apply(turns::tick{}); }); });
  }
}

void dialogue_state::tell(event_kind kind, std::string text, std::uint32_t turn) const {
  watchers.tell({.at = wall(now()), .kind = kind, .turn = turn, .text = std::move(text)});
}

void dialogue_state::perform(const turns::speak& said) {
  if (!said.text.empty()) tell(event_kind::agent_reply, said.text, said.turn);
  self->send(speech, speak{said.turn, said.text, said.last});
}

void dialogue_state::perform(const turns::pause_speech& paused) {
  // Speech runs next on this loop and sends `clear` before it returns.
  measure->interruption_seconds->Observe(std::chrono::duration<double>(now() - paused.since).count());
  self->send(speech, pause_speech{paused.turn});
}

void dialogue_state::perform(const turns::caller_turn& turn) {
  turn_record record;
  record.n = turn.n;
  record.role = speaker::caller;
  record.text = turn.text;
  record.started_at = wall(turn.began);
  record.ended_at = wall(turn.ended);
  self->send(call, turn_finished{std::move(record)});
}

void dialogue_state::perform(const turns::agent_turn& turn) {
  if (turn.interrupted) measure->interruptions_total->Increment();
  turn_record record;
  record.n = turn.n;
  record.role = speaker::agent;
  record.text = turn.text;
  record.heard_text = turn.heard_text;
  record.interrupted = turn.interrupted;
  record.started_at = wall(turn.began);
  record.ended_at = wall(turn.ended);
  record.latency_ms = static_cast<std::int32_t>(turn.latency.count());
  self->send(call, turn_finished{std::move(record)});
}

void dialogue_state::perform(const turns::measured& sample) {
  measure->turn_seconds(static_cast<turn_stage>(sample.stage))
      .Observe(std::chrono::duration<double>(sample.took).count());
}

void dialogue_state::perform(const turns::hang_up& wish) {
  auto reason = wish.why == turns::ending::caller_silent  ? end_reason::caller_silent
                : wish.why == turns::ending::hearing_lost ? end_reason::provider_failed
                                                          : end_reason::agent_hung_up;
  self->send(call, end_call{std::string(reason)});
}

dialogue_actor::behavior_type dialogue(dialogue_pointer self, const call_actor& call,
                                       const call_settings& settings, metrics* measure,
                                       const event_teller& watchers, const std::string& value) {
  auto& state = self->state;
  state.self = self;
  state.call = call;
  state.measure = measure;
  state.watchers = watchers;
  state.begin(settings, value);
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    if (self->state.speech) self->state.apply(turns::call_ended{});
    self->quit(exit.reason);
  });
  return {
      [&state](const begin_dialogue& command) {
        state.scribe = command.scribe;
        state.speech = command.speech;
        state.apply(turns::call_connected{});
      },
      [&state](const provider_failed&) { state.apply(turns::hearing_lost{}); },
      [&state](const say_words& command) { state.apply(turns::say{command.text}); },
      [&state](const describe_dialogue&) { return state.describe(); },
      [&state](const voice_started& event) {
        state.apply(turns::voice_started{state.now() - std::chrono::milliseconds(event.lasted_ms)});
      },
      [&state](const voice_ended& event) {
        state.apply(turns::voice_ended{state.now() - std::chrono::milliseconds(event.ago_ms)});
      },
      [](const dtmf_pressed&) {},
      [&state](const transcript_partial& event) {
        state.tell(event_kind::transcript_partial, event.text);
        state.apply(turns::partial_transcript{event.text});
      },
      [&state](const transcript_committed& event) {
        if (!event.text.empty()) state.tell(event_kind::transcript_final, event.text);
        state.apply(turns::utterance_committed{event.text});
      },
      [&state](const commit_failed& event) {
        spdlog::debug("commit failed why={}", event.why);
        state.apply(turns::commit_failed{});
      },
      [&state](const speech_arrived& event) { state.apply(turns::speech_arrived{event.turn}); },
      [&state](const speech_started& event) {
        state.heard.clear();
        state.tell(event_kind::speech_started, {}, event.turn);
        state.apply(turns::speech_started{event.turn});
      },
      [&state](const speech_heard& event) {
        state.heard = event.heard_text;
        state.apply(turns::speech_heard{event.turn, event.heard_text});
      },
      [&state](const speech_finished& event) {
        state.tell(event_kind::speech_finished, event.heard_text, event.turn);
        state.apply(turns::speech_finished{event.turn});
      },
      [&state](const speech_interrupted& event) {
        state.tell(event_kind::speech_interrupted, event.heard_text, event.turn);
        state.apply(turns::speech_interrupted{event.turn, event.heard_text});
      },
      [&state](const speech_failed& event) {
        spdlog::warn("speech failed turn={} why={}", event.turn, event.why);
        // What is heard of it ends here as well.
        state.tell(event_kind::speech_interrupted, std::exchange(state.heard, {}), event.turn);
        state.apply(turns::speech_failed{event.turn});
      },
  };
}

}  // namespace

dialogue_actor spawn_dialogue(loop& home, const call_actor& call, const call_settings& settings,
                              metrics& measure, const event_teller& watchers, std::string_view value) {
  return spawn_on<dialogue_actor>(home, dialogue, call, settings, &measure, watchers, std::string(value));
}

}  // namespace tandem
