#pragma once

#include "protocols/conversation/caller_draft.hpp"
#include "protocols/conversation/early_reply.hpp"
#include "protocols/conversation/key_entry.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/conversation/turn_reply.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace tandem::turns {

/// How a call's turns are taken.
struct settings {
  /// Whether the caller may cut the agent short; without it, what is said meanwhile is the next turn.
  bool barge_in = true;
  /// So much voice pauses the agent, or withdraws a reply that is not yet audible.
  std::chrono::milliseconds min_interruption{200};
  /// So many words end the agent's turn; with 0 the voice alone does.
  std::uint32_t min_interruption_words = 1;
  endpoint_rules endpoint;
  /// Whether the agent is asked as soon as the caller seems to have finished. What it says is kept back until
  /// they have, and taken back when they go on.
  bool preemptive = false;
  /// So long after the voice a paused agent waits for words, and so long for a voice that does not end.
  std::chrono::milliseconds words_grace{1000};
  std::chrono::milliseconds pause_limit{3000};
  /// From the question to the first sentence, and from one sentence to the next.
  std::chrono::milliseconds agent_timeout{8000};
  /// Speech without a sign of life, on top of what the text takes to say.
  std::chrono::milliseconds speech_timeout{8000};
  /// From `stop_speech` to its answer.
  std::chrono::milliseconds stop_timeout{1000};
  /// A caller silent for so long while it is their turn is gone.
  std::chrono::milliseconds silence{30'000};
  /// So much of it is left when the agent is asked what to say to the silence; 0 = it is not.
  std::chrono::milliseconds silence_prompt{0};
  /// A call on hold goes on by itself after so long.
  std::chrono::milliseconds hold{600'000};
  /// The URL of what the caller hears on hold; empty = silence.
  std::string hold_sound;
  /// Whether the agent is asked what to say first when there is no greeting.
  bool agent_greets = false;
  /// Said first, unless empty.
  std::string greeting;
  /// Said when the agent fails, or speech does before anything was heard, and as a goodbye when the caller
  /// cannot be understood any more, unless empty.
  std::string fallback_reply;

  static void describe(auto& a, auto& self) {
    a("barge_in", self.barge_in);
    a("min_interruption", self.min_interruption);
    a("min_interruption_words", self.min_interruption_words);
    a("endpoint", self.endpoint);
    a("preemptive", self.preemptive);
    a("words_grace", self.words_grace);
    a("pause_limit", self.pause_limit);
    a("agent_timeout", self.agent_timeout);
    a("speech_timeout", self.speech_timeout);
    a("stop_timeout", self.stop_timeout);
    a("silence", self.silence);
    a("silence_prompt", self.silence_prompt);
    a("hold", self.hold);
    a("hold_sound", self.hold_sound);
    a("agent_greets", self.agent_greets);
    a("greeting", self.greeting);
    a("fallback_reply", self.fallback_reply);
  }
};

/// The turns of one call. A value: told events and the time, it appends what is to be done. `tick` is due at
/// `deadline()`; an event that comes late passes deadlines by itself. Events of replies that are over are
/// ignored.
class machine {
 public:
  static constexpr std::size_t max_reply_text = std::size_t{32} * 1024;  ///< bytes; a longer reply ends there
  static constexpr std::size_t max_notes = 32;                           ///< of one reply; more are dropped
  static constexpr std::size_t max_note = 1024;                          ///< bytes; a longer one is dropped
  static constexpr std::size_t max_waiting_texts = 8;                    ///< of `say`; more are dropped
  static constexpr std::uint32_t max_early = 2;                          ///< early questions about one turn

  explicit machine(settings rules = {}) : rules_(std::move(rules)) {}

  void apply(const event& what, moment now, actions& out);

  /// When `tick` is due; every state between `call_connected` and the end has one.
  std::optional<moment> deadline() const;

  /// idle, listening, held, thinking, starting, speaking, paused, stopping, closing, away or ended.
  std::string_view state() const;

  /// The reply under way, if there is one.
  const reply* current() const;

  /// Whether nobody speaks, and nobody is about to: nothing would be lost if the call went on elsewhere. What
  /// is said to somebody else, or to nobody while the call is on hold, does not count.
  bool pauses() const;

  /// The question that was asked before the caller's turn is over, if there is one.
  const early_reply* early() const { return early_ ? &*early_ : nullptr; }

  const settings& rules() const { return rules_; }

  /// False for a value that no events can bring about; one read from outside may be such.
  bool is_consistent() const;

  static void describe(auto& a, auto& self) {
    a("rules", self.rules_);
    a("floor", self.floor_);
    a("draft", self.draft_);
    a("keys", self.keys_);
    a("waiting_texts", self.waiting_texts_);
    a("last_turn", self.last_turn_);
    a("recorded", self.recorded_);
    a("deaf", self.deaf_);
    a("prompted", self.prompted_);
    a("early", self.early_);
    a("asked_early", self.asked_early_);
    a("voicemail", self.voicemail_);
    a("hold", self.hold_);
    a("patient_until", self.patient_until_);
  }

 private:
  struct idle {
    static constexpr std::string_view name = "idle";
    static void describe(auto&, auto&) {}
  };
  struct listening {
    static constexpr std::string_view name = "listening";
    moment since;
    static void describe(auto& a, auto& self) { a("since", self.since); }
  };
  struct replying {
    turns::reply reply;
    moment since;
    static void describe(auto& a, auto& self) {
      a("reply", self.reply);
      a("since", self.since);
    }
  };
  struct thinking : replying {  // the agent has said nothing yet
    static constexpr std::string_view name = "thinking";
  };
  struct starting : replying {  // there are words, but nothing is audible yet
    static constexpr std::string_view name = "starting";
  };
  struct speaking : replying {  // since the last sign of speech
    static constexpr std::string_view name = "speaking";
  };
  struct paused : replying {  // was it words, or a cough?
    static constexpr std::string_view name = "paused";
  };
  struct stopping : replying {  // what was heard is still to be said
    static constexpr std::string_view name = "stopping";
    stop_cause why = stop_cause::caller;
    static void describe(auto& a, auto& self) {
      replying::describe(a, self);
      a("why", self.why);
    }
  };
  struct closing : replying {  // a goodbye, which nobody cuts short
    static constexpr std::string_view name = "closing";
  };
  struct away {  // with somebody else, if they take the call
    static constexpr std::string_view name = "away";
    moment since;
    static void describe(auto& a, auto& self) { a("since", self.since); }
  };
  struct ended {
    static constexpr std::string_view name = "ended";
    static void describe(auto&, auto&) {}
  };

  struct voicemail {  // an answering machine took the call
    moment since;
    bool greeting_over = false;
    bool beep = false;
    bool told = false;  // the agent was
    static void describe(auto& a, auto& self) {
      a("since", self.since);
      a("greeting_over", self.greeting_over);
      a("beep", self.beep);
      a("told", self.told);
    }
  };

  struct hold {  // nobody listens
    holder by = holder::api;
    moment until;
    std::string sound;
    bool sounds = false;
    bool is_over = false;  // once what is being said is said
    static void describe(auto& a, auto& self) {
      a("by", self.by);
      a("until", self.until);
      a("sound", self.sound);
      a("sounds", self.sounds);
      a("is_over", self.is_over);
    }
  };

  struct step {  // of one event
    moment now;
    moment since;  // what brought it about happened then: bytes were read, or a deadline passed
    actions& out;
  };

  void on(const call_connected&, step& at);
  void on(const call_ended&, step& at);
  void on(const voice_started&, step& at);
  void on(const voice_ended&, step& at);
  void on(const partial_transcript&, step& at);
  void on(const utterance_committed&, step& at);
  void on(const commit_failed&, step& at);
  void on(const key_pressed& press, step& at);
  void on(const transfer_failed&, step& at);
  void on(const agent_asked&, step& at);
  void on(const agent_began&, step& at);
  void on(const agent_sentence&, step& at);
  void on(const agent_noted&, step& at);
  void on(const agent_busy&, step& at);
  void on(const agent_finished&, step& at);
  void on(const agent_failed&, step& at);
  void on(const speech_arrived&, step& at);
  void on(const speech_started&, step& at);
  void on(const speech_heard&, step& at);
  void on(const speech_finished&, step& at);
  void on(const speech_interrupted&, step& at);
  void on(const speech_failed&, step& at);
  void on(const hearing_lost&, step&) { deaf_ = true; }
  void on(const say&, step& at);
  void on(const machine_heard&, step& at);
  void on(const agent_changed&, step& at);
  void on(const hold_call&, step& at);
  void on(const end_hold&, step& at);
  void on(const taken_over&, step& at);
  void on(const tick&, step&) {}

  // What time and the caller bring about in each state; each changes the state or does nothing.
  void go_on(idle&, step&) {}
  void go_on(listening& state, step& at);
  void go_on(thinking& state, step& at);
  void go_on(starting& state, step& at);
  void go_on(speaking& state, step& at);
  void go_on(paused& state, step& at);
  void go_on(stopping& state, step& at);
  void go_on(closing& state, step& at);
  void go_on(away& state, step& at);
  void go_on(ended&, step&) {}

  moment time_of(const event& what, moment now) const;
  void settle(step& at);
  reply* find(std::uint32_t turn);
  bool caller_goes_on(moment now) const;
  bool enough_words(const reply& what, moment now) const;
  bool only_listens(const reply& what) const;
  bool may_interrupt(const reply& what) const;
  bool may_be_withdrawn(const reply& what) const;
  bool stopped_by_caller() const;
  std::optional<moment> voice_due() const;
  bool may_prompt() const;
  moment silence_due(moment since) const;
  std::optional<moment> lifeless_at(const replying& state) const;
  moment resume_at(const paused& state) const;
  std::optional<moment> stalled_at(const reply& what) const;

  std::optional<moment> early_due() const;
  bool kept_early(const event& what, step& at);
  void follow_early(step& at);
  void ask_early(step& at);
  void confirm(said words, step& at);
  void take_back(step& at);

  bool awaits_greeting() const { return voicemail_ && !voicemail_->told; }
  moment greeting_due() const;
  void await_greeting(step& at);
  void forget_caller(step& at);

  void begin_hold(holder by, std::string sound, std::chrono::milliseconds time, step& at);
  void leave_caller(reply what, step& at);
  void stay_on_hold(step& at);
  void go_off_hold(step& at);
  void silence_sound(step& at);

  void think(step& at);
  void ask(question about, std::string text, std::optional<said> answers, step& at);
  void await_reply(std::uint32_t turn, question about, std::optional<said> answers, step& at);
  void say_goodbye(step& at);
  void begin(origin from, std::string_view text, std::optional<said> answers, step& at);
  void say_waiting_text(step& at);
  void add(reply& what, std::string_view text, bool last, step& at);
  void fall_back(reply& what, step& at);
  void agent_stalled(reply& what, step& at);
  void become_audible(reply what, step& at);
  void speak_on(reply what, step& at);
  void withdraw(reply what, step& at);
  void stop(reply what, stop_cause why, step& at);
  void speech_lost(reply what, step& at);
  void finish(reply what, bool cut, step& at);
  void settle_caller(reply& what, step& at);
  void record_draft(step& at);
  void record(const reply& what, bool cut, step& at);
  void end(ending why, step& at);

  settings rules_;
  std::variant<idle, listening, thinking, starting, speaking, paused, stopping, closing, away, ended> floor_;
  caller_draft draft_;
  key_entry keys_;
  std::deque<std::string> waiting_texts_;
  std::uint32_t last_turn_ = 0;
  std::uint32_t recorded_ = 0;
  bool deaf_ = false;
  // The caller has been spoken to since they said something.
  bool prompted_ = false;
  std::optional<early_reply> early_;  // only while listening
  std::uint32_t asked_early_ = 0;     // how often, about this turn
  std::optional<voicemail> voicemail_;
  std::optional<hold> hold_;
  std::optional<moment> patient_until_;
};

}  // namespace tandem::turns

namespace tandem {
using turns_settings = turns::settings;
}  // namespace tandem
