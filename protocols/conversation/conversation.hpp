#pragma once

#include "protocols/conversation/record.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/conversation/turns.hpp"
#include "protocols/moment.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tandem {

constexpr std::array<std::string_view, 2> names(speaker) { return {"caller", "agent"}; }

/// A turn as it is remembered: of the agent's words only those that the caller can have heard.
struct past_turn {
  std::uint32_t n = 0;
  speaker role = speaker::caller;
  std::string text;
  /// Whether the caller cut the agent short.
  bool interrupted = false;
  moment began;
  moment ended;

  static void describe(auto& a, auto& self) {
    a("n", self.n);
    a("role", self.role);
    a("text", self.text);
    a("interrupted", self.interrupted);
    a("began", self.began);
    a("ended", self.ended);
  }
};

/// Everything that a call's dialogue is: rebuilt from its JSON, by this process or another, it goes on
/// identically.
class conversation {
 public:
  static constexpr int version = 3;
  static constexpr std::size_t max_history =
      std::size_t{128} * 1024;                  ///< bytes of text; the oldest turns go first
  static constexpr std::size_t max_notes = 64;  ///< keys; more are not kept
  static constexpr std::size_t max_agent = std::size_t{256} * 1024;  ///< bytes of the agent's part
  static constexpr std::size_t max_json = std::size_t{8} * 1024 * 1024;

  explicit conversation(turns::settings rules = {}) : turns_(std::move(rules)) {}

  /// See `turns::machine::apply`; what is complete also goes into history and notes.
  void apply(const turns::event& what, moment now, turns::actions& out);

  /// When a `tick` is due.
  std::optional<moment> deadline() const { return turns_.deadline(); }

  const turns::machine& turns() const { return turns_; }

  /// What was said and heard, oldest first. The caller's words that the agent is just asked about are not in
  /// it, nor is a reply under way.
  const std::deque<past_turn>& history() const { return history_; }

  /// Adds what was said elsewhere to the history, as its newest turn.
  void remember(past_turn turn);

  /// What the agent noted about the call, in the order of the first mention; a later note replaces an
  /// earlier.
  const std::vector<turns::note>& notes() const { return notes_; }

  /// The agent's own state, as its `save` gave it: UTF-8, opaque here. False when it is too large to keep.
  bool keep_agent(std::string state);
  const std::string& agent() const { return agent_; }

  /// The whole value as one JSON object; times are relative to `now`.
  std::string to_json(moment now) const;

  /// The value that `to_json` wrote, with its times moved to this `now`. Refuses another version, and
  /// anything that is not such a value, with one line that says what is wrong.
  static tl::expected<conversation, std::string> from_json(std::string_view text, moment now);

 private:
  static void describe(auto& a, auto& self) {
    a("turns", self.turns_);
    a("history", self.history_);
    a("notes", self.notes_);
    a("agent", self.agent_);
  }
  void keep(const turns::note& noted);

  turns::machine turns_;
  std::deque<past_turn> history_;
  std::vector<turns::note> notes_;
  std::string agent_;
};

}  // namespace tandem
