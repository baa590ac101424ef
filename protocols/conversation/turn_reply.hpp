#pragma once

#include "protocols/conversation/caller_draft.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/conversation/turn_timing.hpp"
#include "protocols/moment.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::turns {

/// Where the words of a reply come from.
enum class origin : std::uint8_t { agent, greeting, operator_text, fallback };
constexpr std::array<std::string_view, 4> names(origin) {
  return {"agent", "greeting", "operator_text", "fallback"};
}

/// What the agent does for a reply: nothing (it was not asked, or was told to stop), work, or it is done.
enum class agent_part : std::uint8_t { none, working, done };
constexpr std::array<std::string_view, 3> names(agent_part) { return {"none", "working", "done"}; }

/// Why a reply is stopped: the caller spoke, the speech gave no sign of life, a machine hears it, or the call
/// is put on hold.
enum class stop_cause : std::uint8_t { caller, lifeless, machine, hold };
constexpr std::array<std::string_view, 4> names(stop_cause) {
  return {"caller", "lifeless", "machine", "hold"};
}

/// A reply under way.
struct reply {
  std::uint32_t turn = 0;
  origin from = origin::agent;
  question about = question::words;
  agent_part agent = agent_part::none;
  next then = next::listen;
  /// What that needs; see `reply_end`.
  std::string to;
  std::chrono::milliseconds time{0};
  /// The caller's words that it answers, until they are on record.
  std::optional<said> answers;
  std::string text;
  std::string heard_text;
  std::vector<note> notes;
  /// The agent's last sign, or until when it said to be busy.
  moment news;
  std::optional<moment> written;
  std::optional<moment> arrived;
  std::optional<moment> audible;
  /// Since when it is paused or stopped.
  std::optional<moment> silenced;
  std::optional<std::chrono::nanoseconds> latency;
  reply_trace trace;

  /// From now on it answers these words, if any.
  void take(std::optional<said> words) {
    if (words) {
      trace.voice_end = words->ended;
      trace.transcribed = words->transcribed;
      trace.commit_own = words->commit_own;
    }
    answers = std::move(words);
  }

  static void describe(auto& a, auto& self) {
    a("turn", self.turn);
    a("from", self.from);
    a("about", self.about);
    a("agent", self.agent);
    a("then", self.then);
    a("to", self.to);
    a("time", self.time);
    a("answers", self.answers);
    a("text", self.text);
    a("heard_text", self.heard_text);
    a("notes", self.notes);
    a("news", self.news);
    a("written", self.written);
    a("arrived", self.arrived);
    a("audible", self.audible);
    a("silenced", self.silenced);
    a("latency", self.latency);
    a("trace", self.trace);
  }
};

}  // namespace tandem::turns
