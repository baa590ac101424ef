#pragma once

#include "protocols/conversation/key_entry.hpp"
#include "protocols/conversation/turn_timing.hpp"
#include "protocols/moment.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the turns of a call are told and what they want done; see turns.hpp for the machine between them.
/// `turn` numbers the agent's replies from 1, those included that nobody ever hears. `read_at` is when the
/// bytes that say so were read; where it is not given, that is now.
namespace tandem::turns {

/// What becomes of the call after a reply.
enum class next : std::uint8_t { listen, hang_up, transfer, hold };
constexpr std::array<std::string_view, 4> names(next) { return {"listen", "hang_up", "transfer", "hold"}; }

/// Who has put the call on hold: the caller, who hears nothing of it then, or somebody here.
enum class holder : std::uint8_t { caller, agent, api };
constexpr std::array<std::string_view, 3> names(holder) { return {"caller", "agent", "api"}; }

/// What the agent is asked about: the caller's words, the keys that they pressed, that the call begins, that
/// the caller says nothing, a transfer that nobody took, an answering machine whose greeting is over, with a
/// beep or without one, or that the call is not on hold any more.
enum class question : std::uint8_t { words, keys, start, silence, transfer_failed, machine, beep, hold_over };
constexpr std::array<std::string_view, 8> names(question) {
  return {"words", "keys", "start", "silence", "transfer_failed", "machine", "beep", "hold_over"};
}

/// Whether the reply is for a machine that records it.
constexpr bool is_for_machine(question about) {
  return about == question::machine || about == question::beep;
}

// ---- events ----

/// The caller can hear and be heard.
struct call_connected {};

/// The call is over, whoever ended it.
struct call_ended {};

/// The caller makes voice, and began to at this moment, which is not later than now.
struct voice_started {
  moment at;
};

/// The caller's voice ended at this moment. Also to be sent when the caller's audio stops coming.
struct voice_ended {
  moment at;
};

/// What the caller seems to be saying since the last commit; replaces the former one.
struct partial_transcript {
  std::string text;
};

/// What the caller said up to a commit, perhaps nothing. Answers the oldest commit that has no answer yet;
/// without one, Scribe committed by itself.
struct utterance_committed {
  std::string text;
  moment read_at{};
  /// How long its commit waited here.
  std::chrono::nanoseconds own{0};
};

/// The oldest commit without an answer will get none.
struct commit_failed {};

/// The caller pressed a key: 0 to 9, A to D, * or #.
struct key_pressed {
  char key = 0;
};

/// Nobody took the call that was transferred; the caller is back.
struct transfer_failed {};

/// From now on nothing that the caller says or presses counts, and nobody speaks to them but by `say`.
struct hold_call {
  holder by = holder::api;
  /// Said first, unless empty.
  std::string text{};
  /// The URL of what they hear meanwhile; empty = what the rules say.
  std::string sound{};
  /// 0 = as long as the rules allow.
  std::chrono::milliseconds time{0};
};

/// The call goes on. What the caller has put on hold, others can take up too, but not the other way round.
struct end_hold {
  holder by = holder::api;
};

/// The question was given to the agent.
struct agent_asked {
  std::uint32_t turn = 0;
  moment at{};
};

/// The agent's first words, which are not a sentence yet.
struct agent_began {
  std::uint32_t turn = 0;
  moment read_at{};
};

/// An answering machine took the call; its greeting goes on, or is over, perhaps with a beep.
struct machine_heard {
  bool greeting_over = false;
  bool beep = false;
};

/// Another agent answers from now on, or the same one under other rules; see `settings`.
struct agent_changed {
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds silence_prompt{0};
  bool preemptive = false;
  std::string fallback_reply;
};

/// The agent's next sentence, with words in it.
struct agent_sentence {
  std::uint32_t turn = 0;
  std::string text;
  moment read_at{};
};

/// Something about the call that its record should keep, once the caller hears this reply.
struct agent_noted {
  std::uint32_t turn = 0;
  std::string key;
  std::string text;
};

/// The agent needs so long for what comes next, on top of the usual.
struct agent_busy {
  std::uint32_t turn = 0;
  std::chrono::milliseconds wait{0};
};

/// How a reply of the agent's ends.
struct reply_end {
  next then = next::listen;
  /// Whom to transfer to, or the URL of what is heard on hold.
  std::string to{};
  /// How the keys are entered that it asked for.
  std::optional<key_rules> keys{};
  /// How long the hold lasts at most (0 = as the rules say), or how long a silence does not count because the
  /// caller asked for a moment.
  std::chrono::milliseconds time{0};

  static void describe(auto& a, auto& self) {
    a("then", self.then);
    a("to", self.to);
    a("keys", self.keys);
    a("time", self.time);
  }
};

/// The agent has said everything.
struct agent_finished {
  std::uint32_t turn = 0;
  reply_end how{};
};

/// The agent cannot reply, or not go on.
struct agent_failed {
  std::uint32_t turn = 0;
};

/// A reply's first audio came from the synthesiser.
struct speech_arrived {
  std::uint32_t turn = 0;
  moment read_at{};
  /// When its first text was given to the synthesiser, and since when that was there.
  moment given_at{};
  moment open_since{};
};

/// A reply's first audio is on its way to the caller.
struct speech_started {
  std::uint32_t turn = 0;
  moment read_at{};
  /// When its first word will have been played.
  moment word_due{};
  /// How long it waited here.
  std::chrono::nanoseconds own{0};
};

/// How much of a reply the caller can have heard so far; said again while it waits, as a sign of life.
struct speech_heard {
  std::uint32_t turn = 0;
  std::string heard_text;
  /// When the carrier said so; not given when it is so by the clock.
  moment marked_at{};
};

/// The caller has heard the whole reply.
struct speech_finished {
  std::uint32_t turn = 0;
};

/// The answer to `stop_speech`.
struct speech_interrupted {
  std::uint32_t turn = 0;
  std::string heard_text;
};

/// The reply, or its rest, cannot be spoken.
struct speech_failed {
  std::uint32_t turn = 0;
};

/// The caller will not be understood any more: what can be said is a goodbye.
struct hearing_lost {};

/// Say this between two turns.
struct say {
  std::string text;
};

/// The call has another owner from now on, with another agent, recogniser and speech than those that were
/// told so far; nothing under way at the former ones comes any more.
struct taken_over {};

/// A deadline has passed.
struct tick {};

using event =
    std::variant<call_connected, call_ended, voice_started, voice_ended, partial_transcript,
                 utterance_committed, commit_failed, key_pressed, transfer_failed, agent_asked, agent_began,
                 agent_sentence, agent_noted, agent_busy, agent_finished, agent_failed, speech_arrived,
                 speech_started, speech_heard, speech_finished, speech_interrupted, speech_failed,
                 hearing_lost, say, machine_heard, agent_changed, hold_call, end_hold, taken_over, tick>;

// ---- actions ----

/// Have Scribe commit what it has heard; answered once, by `utterance_committed` or `commit_failed`.
struct commit {
  /// When it fell due.
  moment due{};
};

/// What does the agent reply to this: the caller's words or keys, or nothing but what happened?
struct ask_agent {
  std::uint32_t turn = 0;
  std::string text;
  question about = question::words;
  /// The caller may go on: until `confirm_agent` nothing may be done that cannot be taken back.
  bool early = false;
};

/// What the agent was asked early is the caller's whole turn.
struct confirm_agent {
  std::uint32_t turn = 0;
};

/// Why the agent is to stop: nothing of the reply was heard and it counts as never asked for, it took too
/// long to begin and counts as never asked for too, or the caller has heard its beginning.
enum class dismissal : std::uint8_t { unheard, overdue, cut_short };

/// The reply is no longer wanted.
struct cancel_agent {
  std::uint32_t turn = 0;
  dismissal why = dismissal::unheard;
};

/// Speak a piece of a reply; `last` ends the reply, with or without text.
struct speak {
  std::uint32_t turn = 0;
  std::string text;
  bool last = false;
};

/// Silence at once (the carrier's `clear`), but keep what was not heard; the caller's voice began at `since`.
struct pause_speech {
  std::uint32_t turn = 0;
  moment since;
};

/// Go on after the last word heard.
struct resume_speech {
  std::uint32_t turn = 0;
};

/// Silence at once and forget the rest; `speech_interrupted` says what was heard.
struct stop_speech {
  std::uint32_t turn = 0;
};

/// A turn of the caller is complete; `n` numbers the turns of both sides together, from 1.
struct caller_turn {
  std::uint32_t n = 0;
  std::string text;
  moment began;
  moment ended;
  /// Whether it was keys; the text says so too.
  bool keys = false;
};

/// A turn of the agent is over.
struct agent_turn {
  std::uint32_t n = 0;
  std::uint32_t turn = 0;
  /// Everything that was to be said.
  std::string text;
  /// What the caller can have heard of it; only this may be remembered as said.
  std::string heard_text;
  bool interrupted = false;
  moment began;
  /// When it was heard to its end, or fell silent for good.
  moment ended;
  /// From the end of the caller's voice to the reply's first audio on its way; negative when there is none.
  std::chrono::milliseconds latency{-1};
  turn_timing timing{};
};

/// Keep this with the call.
struct note {
  std::string key;
  std::string text;

  static void describe(auto& a, auto& self) {
    a("key", self.key);
    a("text", self.text);
  }
};

/// Where in a turn time was spent: endpoint, from the end of the caller's voice to the question to the agent;
/// stt_final, from a commit to its transcript; first_token and first_sentence, from the question to the
/// agent's first words and its first sentence, 0 for those that were there before; first_audio, from there to
/// the synthesiser's first audio; on_wire, to its way to the caller; heard, to its first word's having been
/// played; total, the caller's wait for the first sound; own, how much of that this program took.
enum class stage : std::uint8_t {
  endpoint,
  stt_final,
  first_token,
  first_sentence,
  first_audio,
  on_wire,
  heard,
  total,
  own
};
constexpr std::array<std::string_view, 9> names(stage) {
  return {"endpoint", "stt_final", "first_token", "first_sentence", "first_audio", "on_wire",
          "heard",    "total",     "own"};
}

/// A stage took so long.
struct measured {
  turns::stage stage = turns::stage::total;
  moment::duration took{};
};

/// Why a call is ended from here.
enum class ending : std::uint8_t { caller_silent, agent_goodbye, hearing_lost };
constexpr std::array<std::string_view, 3> names(ending) {
  return {"caller_silent", "agent_goodbye", "hearing_lost"};
}

/// Give the caller to somebody else; `transfer_failed` follows when nobody takes them.
struct transfer {
  std::string to;
};

/// The call is on hold, for so long at most.
struct on_hold {
  holder by = holder::api;
  std::chrono::milliseconds time{0};
};

/// The call is not on hold any more.
struct off_hold {};

/// Let the caller hear the sound at this URL, over and over.
struct start_sound {
  std::string url;
};

/// No more of it.
struct stop_sound {};

/// The caller may say nothing for so long without being gone.
struct be_patient {
  std::chrono::milliseconds time{0};
};

/// End the call; nothing follows.
struct hang_up {
  ending why = ending::caller_silent;
};

using action = std::variant<commit, ask_agent, confirm_agent, cancel_agent, speak, pause_speech,
                            resume_speech, stop_speech, caller_turn, agent_turn, note, measured, transfer,
                            on_hold, off_hold, start_sound, stop_sound, be_patient, hang_up>;
using actions = std::vector<action>;

}  // namespace tandem::turns
