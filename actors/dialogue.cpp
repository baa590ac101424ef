#include "actors/dialogue.hpp"

#include "actors/agents/agent_seat.hpp"
#include "actors/change_teller.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "actors/runtime/http.hpp"
#include "actors/runtime/pinned.hpp"
#include "protocols/conversation/conversation.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
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

/// A call answers at once, or has ended.
constexpr auto call_deadline = std::chrono::seconds(5);

struct dialogue_state : agent_sink, agent_host {
  dialogue_pointer self = nullptr;
  http_client* http = nullptr;
  circuit_breakers* breakers = nullptr;
  call_actor call;
  scribe_actor scribe;
  speech_actor speech;
  metrics* measure = nullptr;
  event_teller watchers;
  conversation talk;
  agent_seat answers{*this};
  std::string heard;              // of the reply under way
  std::string ending;             // why the call ends
  std::uint32_t asked_early = 0;  // the reply that is not confirmed
  // An agent may reply from inside of `answer`; events wait until the actions before them are done.
  std::deque<turns::event> events;
  bool applying = false;
  moment agent_read{};  // what the agent says now
  // Of a reply that a former owner of the call began: what was heard there.
  std::uint32_t taken_turn = 0;
  std::string taken_heard;
  timer tick;
  std::optional<change_teller> changes;  // when the call wants to know

  static inline const char* name = "dialogue";

  void begin(std::shared_ptr<const call_settings> settings, std::string_view value);
  void connect(const begin_dialogue& command);
  void leave();
  void change(const use_agent& command);
  bool is_agent_at_work() const {
    const auto* reply = talk.turns().current();
    return talk.turns().early() != nullptr ||
           (reply != nullptr && reply->agent == turns::agent_part::working);
  }
  caf::result<dialogue_value> describe();
  void tell_changes();
  void apply(turns::event what);
  void await_deadline();
  std::string all_heard(std::uint32_t turn, const std::string& here) const;
  void tell(event_kind kind, std::string text, std::uint32_t turn = 0) const;

  void perform(const turns::commit& wanted) { self->send(scribe, commit_transcript{wanted.due}); }
  void perform(const turns::ask_agent& asked);
  void perform(const turns::confirm_agent& confirmed);
  void perform(const turns::cancel_agent& cancelled);
  void perform(const turns::speak& said);
  void perform(const turns::pause_speech& paused);
  void perform(const turns::resume_speech& resumed) { self->send(speech, resume_speech{resumed.turn}); }
  void perform(const turns::stop_speech& stopped) { self->send(speech, stop_speech{stopped.turn}); }
  void perform(const turns::caller_turn& turn);
  void perform(const turns::agent_turn& turn);
  void perform(const turns::note& noted) { self->send(call, call_noted{noted.key, noted.text}); }
  void perform(const turns::measured& sample);
  void perform(const turns::transfer& wish);
  void perform(const turns::on_hold& held) { self->send(call, hold_changed{true, held.by, held.time}); }
  void perform(const turns::off_hold&) { self->send(call, hold_changed{}); }
  void perform(const turns::start_sound& sound) { control(call_wish::play_on, sound.url); }
  void perform(const turns::stop_sound&) { control(call_wish::stop_playing, {}); }
  void perform(const turns::be_patient& wish) { self->send(call, silence_expected{wish.time}); }
  void perform(const turns::hang_up& wish);

  void began(std::uint32_t turn) override { apply(turns::agent_began{turn, agent_read}); }
  void sentence(std::uint32_t turn, std::string text) override {
    apply(turns::agent_sentence{turn, std::move(text), agent_read});
  }
  void note(std::uint32_t turn, std::string key, std::string text) override {
    apply(turns::agent_noted{turn, std::move(key), std::move(text)});
  }
  void busy(std::uint32_t turn, std::chrono::milliseconds wait) override {
    apply(turns::agent_busy{turn, wait});
  }
  void finished(std::uint32_t turn, turns::reply_end how) override {
    apply(turns::agent_finished{turn, std::move(how)});
  }
  void failed(std::uint32_t turn, std::string why) override {
    spdlog::warn("agent failed turn={} why={}", turn, why);
    apply(turns::agent_failed{turn});
  }

  std::unique_ptr<http_exchange> send(http_request request, std::function<void(http_answer)> done) override;
  void prepare(peer to, const std::string& url) override { http->prepare(self->home(), to, url); }
  circuit_breaker* breaker(const std::string& url, const std::string& key) override {
    return breakers == nullptr ? nullptr : &breakers->of(peer::agent, url, key);
  }
  timer after(std::chrono::milliseconds wait, std::function<void()> what) override;
  void control(call_wish wish, std::string text) override;
  void used(std::uint64_t input_tokens, std::uint64_t output_tokens) override;
  std::chrono::system_clock::time_point wall_clock() const override { return self->home().wall_clock(); }

  moment now() const override { return self->home().now(); }
  wall_time wall(moment at) const {
    auto then = self->home().wall_clock() +
                std::chrono::duration_cast<std::chrono::system_clock::duration>(at - self->home().now());
    return std::chrono::time_point_cast<std::chrono::milliseconds>(then);
  }
};

/// With a value it goes on where the dialogue that gave it was.
void dialogue_state::begin(std::shared_ptr<const call_settings> settings, std::string_view value) {
  answers.take(std::move(settings));
  if (value.empty()) {
    talk = conversation(answers.rules());
    return;
  }
  auto kept = conversation::from_json(value, now());
  if (!kept) CAF_RAISE_ERROR(kept.error().c_str());
  talk = std::move(*kept);
  if (!answers->load(talk.agent()))
    spdlog::warn("agent begins anew, it cannot take up what the call's former owner left");
}

void dialogue_state::connect(const begin_dialogue& command) {
  scribe = command.scribe;
  speech = command.speech;
  answers.begin(command.call);
  // A former owner's dialogue may not have begun yet.
  if (!command.taken_over || talk.turns().state() == "idle") return apply(turns::call_connected{});
  apply(turns::taken_over{});
  if (const auto* reply = talk.turns().current()) {
    taken_turn = reply->turn;
    taken_heard = reply->heard_text;
  }
}

/// What was heard of a reply, whoever it was spoken by.
std::string dialogue_state::all_heard(std::uint32_t turn, const std::string& here) const {
  if (turn != taken_turn || taken_heard.empty()) return here;
  return here.empty() ? taken_heard : taken_heard + " " + here;
}

void dialogue_state::change(const use_agent& command) {
  if (!speech) return begin(command.settings, {});
  answers.appoint(command.settings);
  if (!is_agent_at_work()) apply(answers.change());
}

void dialogue_state::leave() {
  apply(turns::call_ended{});
  // No later than the news of this actor's end.
  if (auto last = answers->farewell(ending, talk))
    self->send<caf::message_priority::high>(
        call, send_farewell{std::make_shared<const http_request>(std::move(*last))});
}

std::unique_ptr<http_exchange> dialogue_state::send(http_request request,
                                                    std::function<void(http_answer)> done) {
  // What it asks for next may follow from what it has just come to know.
  if (changes) changes->saw_change();
  tell_changes();
  if (request.part) {
    request.part = [this, part = std::move(request.part)](std::string_view bytes) {
      agent_read = now();
      self->guard([&] { part(bytes); });
    };
  }
  return http->send(self->home(), std::move(request), [this, done = std::move(done)](http_answer answer) {
    agent_read = now();
    self->guard([&] { done(std::move(answer)); });
  });
}

timer dialogue_state::after(std::chrono::milliseconds wait, std::function<void()> what) {
  return self->home().at(now() + wait, [this, what = std::move(what)] {
    agent_read = now();
    self->guard([&] { what(); });
  });
}

void dialogue_state::control(call_wish wish, std::string text) {
  self->request(call, call_deadline, control_call{wish, std::move(text)})
      .then(
          [](const control_ruling& ruling) {
            if (!ruling.accepted) spdlog::warn("agent's wish is refused why=\"{}\"", ruling.why);
          },
          [](const caf::error&) {});
}

void dialogue_state::used(std::uint64_t input_tokens, std::uint64_t output_tokens) {
  call_usage by;
  by.llm_input_tokens = input_tokens;
  by.llm_output_tokens = output_tokens;
  self->send(call, usage_grew{by});
}

caf::result<dialogue_value> dialogue_state::describe() {
  if (!talk.keep_agent(answers->save()))
    return caf::make_error(caf::sec::runtime_error, "the agent's state is too large");
  return dialogue_value{talk.to_json(now()), talk.turns().pauses()};
}

void dialogue_state::tell_changes() {
  if (!changes) return;
  if (talk.turns().state() == "ended") changes->stop();
  changes->settle(talk.turns().pauses());
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
    if (changes) changes->saw(next, wanted);
    for (const auto& action : wanted) std::visit([this](const auto& each) { perform(each); }, action);
    if (answers.is_to_change() && !is_agent_at_work()) apply(answers.change());
  }
  applying = false;
  await_deadline();
  tell_changes();
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

void dialogue_state::perform(const turns::ask_agent& asked) {
  if (answers.is_to_change()) apply(answers.change());
  if (asked.early) asked_early = asked.turn;
  agent_read = now();
  answers->answer({asked.turn, asked.text, talk, asked.about, asked.early}, *this);
  apply(turns::agent_asked{asked.turn, now()});
}

void dialogue_state::perform(const turns::confirm_agent& confirmed) {
  asked_early = 0;
  measure->preemptive_turns(preemptive_outcome::stood).Increment();
  answers->confirm(confirmed.turn);
}

void dialogue_state::perform(const turns::cancel_agent& cancelled) {
  if (cancelled.turn == asked_early) {
    asked_early = 0;
    measure->preemptive_turns(preemptive_outcome::withdrawn).Increment();
  }
  answers->cancel(cancelled.turn, cancelled.why);
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
  record.text = turn.keys && !answers.settings().keeps_keys ? "[pressed keys]" : turn.text;
  record.started_at = wall(turn.began);
  record.ended_at = wall(turn.ended);
  self->send(call, turn_finished{std::move(record)});
}

void dialogue_state::perform(const turns::agent_turn& turn) {
  if (turn.interrupted) {
    measure->interruptions_total->Increment();
    answers->interrupted(turn.heard_text, talk);
  }
  turn_record record;
  record.n = turn.n;
  record.role = speaker::agent;
  record.text = turn.text;
  record.heard_text = turn.heard_text;
  record.interrupted = turn.interrupted;
  record.started_at = wall(turn.began);
  record.ended_at = wall(turn.ended);
  record.latency_ms = static_cast<std::int32_t>(turn.latency.count());
  record.timing = turn.timing;
  self->send(call, turn_finished{std::move(record)});
}

void dialogue_state::perform(const turns::measured& sample) {
  measure->turn_seconds(sample.stage).Observe(std::chrono::duration<double>(sample.took).count());
}

void dialogue_state::perform(const turns::transfer& wish) {
  self->request(call, call_deadline, control_call{call_wish::transfer, wish.to})
      .then(
          [this](const control_ruling& ruling) {
            if (ruling.accepted) return;
            spdlog::warn("agent cannot transfer why=\"{}\"", ruling.why);
            apply(turns::transfer_failed{});
          },
          // The call has ended.
          [](const caf::error&) {});
}

void dialogue_state::perform(const turns::hang_up& wish) {
  auto reason = wish.why == turns::ending::caller_silent  ? end_reason::caller_silent
                : wish.why == turns::ending::hearing_lost ? end_reason::provider_failed
                                                          : end_reason::agent_hung_up;
  self->send(call, end_call{std::string(reason)});
}

dialogue_actor::behavior_type dialogue(dialogue_pointer self, const call_actor& call,
                                       std::shared_ptr<const call_settings> settings, metrics* measure,
                                       http_client* http, const event_teller& watchers,
                                       const std::string& value, circuit_breakers* breakers,
                                       bool tells_changes) {
  auto& state = self->state;
  state.self = self;
  state.http = http;
  state.breakers = breakers;
  state.call = call;
  state.measure = measure;
  state.watchers = watchers;
  if (tells_changes) {
    state.changes.emplace(self->home(),
                          [self] { self->guard([self] { self->send(self->state.call, talk_changed{}); }); });
  }
  state.begin(std::move(settings), value);
  self->set_exit_handler([self](const caf::exit_msg& exit) {
    if (self->state.speech) self->state.leave();
    self->quit(exit.reason);
  });
  return {
      [&state](const begin_dialogue& command) { state.connect(command); },
      [&state](const provider_failed&) { state.apply(turns::hearing_lost{}); },
      [&state](const say_words& command) { state.apply(turns::say{command.text}); },
      [&state](const describe_dialogue&) { return state.describe(); },
      [&state](const transfer_failed&) { state.apply(turns::transfer_failed{}); },
      [&state](const hold_call& wish) {
        state.apply(turns::hold_call{wish.by, wish.text, wish.sound, wish.time});
      },
      [&state](const end_hold& wish) { state.apply(turns::end_hold{wish.by}); },
      [&state](const machine_heard& event) {
        if (state.answers->wants(turns::question::machine))
          state.apply(turns::machine_heard{event.greeting_over, event.beep});
      },
      [&state](const use_agent& command) { state.change(command); },
      [&state](const call_ending& event) { state.ending = event.reason; },
      [&state](const voice_started& event) {
        state.answers->expect();
        state.apply(turns::voice_started{state.now() - std::chrono::milliseconds(event.lasted_ms)});
      },
      [&state](const voice_ended& event) {
        state.apply(turns::voice_ended{state.now() - std::chrono::milliseconds(event.ago_ms)});
      },
      [&state](const dtmf_pressed& event) {
        if (event.digit.size() == 1) state.apply(turns::key_pressed{event.digit.front()});
      },
      [&state](const transcript_partial& event) {
        state.tell(event_kind::transcript_partial, event.text);
        state.apply(turns::partial_transcript{event.text});
      },
      [&state](const transcript_committed& event) {
        if (!event.text.empty()) state.tell(event_kind::transcript_final, event.text);
        state.apply(turns::utterance_committed{event.text, event.read_at, event.own});
      },
      [&state](const commit_failed& event) {
        spdlog::debug("commit failed why={}", event.why);
        state.apply(turns::commit_failed{});
      },
      [&state](const speech_arrived& event) {
        state.apply(turns::speech_arrived{event.turn, event.read_at, event.given_at, event.open_since});
      },
      [&state](const speech_started& event) {
        state.heard = state.all_heard(event.turn, {});
        state.tell(event_kind::speech_started, {}, event.turn);
        state.apply(turns::speech_started{event.turn, event.sent_at, event.word_due, event.own});
      },
      [&state](const speech_heard& event) {
        state.heard = state.all_heard(event.turn, event.heard_text);
        state.apply(turns::speech_heard{event.turn, state.heard, event.marked_at});
      },
      [&state](const speech_finished& event) {
        state.tell(event_kind::speech_finished, state.all_heard(event.turn, event.heard_text), event.turn);
        state.apply(turns::speech_finished{event.turn});
      },
      [&state](const speech_interrupted& event) {
        const auto heard = state.all_heard(event.turn, event.heard_text);
        state.tell(event_kind::speech_interrupted, heard, event.turn);
        state.apply(turns::speech_interrupted{event.turn, heard});
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

dialogue_actor spawn_dialogue(loop& home, const call_actor& call,
                              std::shared_ptr<const call_settings> settings, metrics& measure,
                              http_client* http, const event_teller& watchers, std::string_view value,
                              circuit_breakers* breakers, bool tells_changes) {
  return spawn_on<dialogue_actor>(home, dialogue, call, std::move(settings), &measure, http, watchers,
                                  std::string(value), breakers, tells_changes);
}

}  // namespace tandem
