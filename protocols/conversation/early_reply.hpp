#pragma once

#include "protocols/conversation/turn_events.hpp"
#include "protocols/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::turns {

/// A question that was asked before it was certain that the caller had finished, and what the agent has said
/// to it so far. Nothing of it is spoken, noted or done until the turn is confirmed.
class early_reply {
 public:
  /// Bytes of sentences and notes that are kept.
  static constexpr std::size_t max_kept = std::size_t{32} * 1024;

  early_reply() = default;
  early_reply(std::uint32_t turn, std::string text) : turn_(turn), text_(std::move(text)) {}

  /// False for an event that has nothing to do with it.
  bool take(const event& what);

  std::uint32_t turn() const { return turn_; }

  /// What was asked.
  const std::string& text() const { return text_; }

  /// The agent could not reply, or has more to say than is kept.
  bool has_failed() const { return has_failed_; }

  /// What the agent has told, in order; the reply is used up.
  std::vector<event> told() &&;

  static void describe(auto& a, auto& self) {
    a("turn", self.turn_);
    a("text", self.text_);
    a("notes", self.notes_);
    a("sentences", self.sentences_);
    a("kept", self.kept_);
    a("end", self.end_);
    a("failed", self.has_failed_);
  }

 private:
  struct ending {
    next then = next::listen;
    std::string to;
    std::optional<key_rules> keys;

    static void describe(auto& a, auto& self) {
      a("then", self.then);
      a("to", self.to);
      a("keys", self.keys);
    }
  };

  bool on(const agent_sentence& sentence);
  bool on(const agent_noted& noted);
  bool on(const agent_finished& done);
  bool on(const agent_failed& failed);
  // From the confirmation on the agent has all its time again.
  bool on(const agent_busy& busy) const { return busy.turn == turn_; }
  bool on(const auto&) const { return false; }
  bool keep(std::size_t bytes);

  std::uint32_t turn_ = 0;
  std::string text_;
  std::vector<note> notes_;
  std::vector<std::string> sentences_;
  std::size_t kept_ = 0;
  std::optional<ending> end_;
  bool has_failed_ = false;
};

}  // namespace tandem::turns
