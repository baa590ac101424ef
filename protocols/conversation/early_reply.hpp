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

  /// False for an event that has nothing to do with it; `since` is when it happened.
  bool take(const event& what, moment since);

  std::uint32_t turn() const { return turn_; }

  /// What was asked.
  const std::string& text() const { return text_; }

  /// When it was asked, and when the agent's first words and its first sentence came.
  std::optional<moment> asked() const { return asked_; }
  std::optional<moment> first_token() const { return first_token_; }
  std::optional<moment> first_sentence() const { return first_sentence_; }

  /// The agent could not reply, or has more to say than is kept.
  bool has_failed() const { return has_failed_; }

  /// Nothing more is to come.
  bool is_over() const { return end_.has_value() || has_failed_; }

  /// What the agent has told, in order; the reply is used up.
  std::vector<event> told() &&;

  static void describe(auto& a, auto& self) {
    a("turn", self.turn_);
    a("text", self.text_);
    a("asked", self.asked_);
    a("first_token", self.first_token_);
    a("first_sentence", self.first_sentence_);
    a("notes", self.notes_);
    a("sentences", self.sentences_);
    a("kept", self.kept_);
    a("end", self.end_);
    a("failed", self.has_failed_);
  }

 private:
  void on(const agent_asked& asked, moment) { asked_ = asked.at; }
  void on(const agent_began&, moment since);
  void on(const agent_sentence& sentence, moment since);
  void on(const agent_noted& noted, moment);
  // From the confirmation on the agent has all its time again.
  void on(const agent_busy&, moment) {}
  void on(const agent_finished& done, moment);
  void on(const agent_failed&, moment);
  bool keep(std::size_t bytes);

  std::uint32_t turn_ = 0;
  std::string text_;
  std::optional<moment> asked_;
  std::optional<moment> first_token_;
  std::optional<moment> first_sentence_;
  std::vector<note> notes_;
  std::vector<std::string> sentences_;
  std::size_t kept_ = 0;
  std::optional<reply_end> end_;
  bool has_failed_ = false;
};

}  // namespace tandem::turns
