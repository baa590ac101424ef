#include "protocols/conversation/early_reply.hpp"

#include <utility>
#include <variant>

namespace tandem::turns {

bool early_reply::take(const event& what) {
  return std::visit([this](const auto& each) { return on(each); }, what);
}

bool early_reply::on(const agent_sentence& sentence) {
  if (sentence.turn != turn_) return false;
  if (keep(sentence.text.size())) sentences_.push_back(sentence.text);
  return true;
}

bool early_reply::on(const agent_noted& noted) {
  if (noted.turn != turn_) return false;
  if (keep(noted.key.size() + noted.text.size())) notes_.push_back({noted.key, noted.text});
  return true;
}

bool early_reply::on(const agent_finished& done) {
  if (done.turn != turn_) return false;
  if (!end_) end_ = {done.then, done.to, done.keys};
  return true;
}

bool early_reply::on(const agent_failed& failed) {
  if (failed.turn != turn_) return false;
  if (!end_) has_failed_ = true;
  return true;
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
  for (auto& each : sentences_) all.emplace_back(agent_sentence{turn_, std::move(each)});
  if (end_) all.emplace_back(agent_finished{turn_, end_->then, std::move(end_->to), std::move(end_->keys)});
  return all;
}

}  // namespace tandem::turns
