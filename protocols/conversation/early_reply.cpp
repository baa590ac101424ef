#include "protocols/conversation/early_reply.hpp"

#include <utility>
#include <variant>

namespace tandem::turns {

bool early_reply::take(const event& what, moment since) {
  return std::visit(
      [&](const auto& each) {
        if constexpr (requires { on(each, since); }) {
          if (each.turn == turn_) on(each, since);
          return each.turn == turn_;
        } else {
          return false;
        }
      },
      what);
}

void early_reply::on(const agent_began&, moment since) {
  if (!first_token_) first_token_ = since;
}

void early_reply::on(const agent_sentence& sentence, moment since) {
  if (!keep(sentence.text.size())) return;
  sentences_.push_back(sentence.text);
  if (!first_token_) first_token_ = since;
  if (!first_sentence_) first_sentence_ = since;
}

void early_reply::on(const agent_noted& noted, moment) {
  if (keep(noted.key.size() + noted.text.size())) notes_.push_back({noted.key, noted.text});
}

void early_reply::on(const agent_finished& done, moment) {
  if (!end_) end_ = done.how;
}

void early_reply::on(const agent_failed&, moment) {
  if (!end_) has_failed_ = true;
}

/// Whether so much is kept as well; what has ended gets no more.
bool early_reply::keep(std::size_t bytes) {
  constexpr std::size_t each = 32;  // costs more than its text
  if (end_ || has_failed_) return false;
  kept_ += bytes + each;
  has_failed_ = kept_ > max_kept;
  return !has_failed_;
}

std::vector<event> early_reply::told() && {
  std::vector<event> all;
  for (auto& each : notes_) all.emplace_back(agent_noted{turn_, std::move(each.key), std::move(each.text)});
  if (first_token_) all.emplace_back(agent_began{turn_});
  for (auto& each : sentences_) all.emplace_back(agent_sentence{turn_, std::move(each)});
  if (end_) all.emplace_back(agent_finished{turn_, std::move(*end_)});
  return all;
}

}  // namespace tandem::turns
