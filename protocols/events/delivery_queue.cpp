#include "protocols/events/delivery_queue.hpp"

#include <algorithm>
#include <iterator>

namespace tandem {

std::vector<delivery> delivery_queue::add(delivery fresh, moment now) {
  const auto [at, is_new] = lanes_.try_emplace(fresh.call_id);
  auto& lane = at->second;
  if (is_new) {
    lane.not_before = now;
    order_.emplace(now, at->first);
  }
  ages_.emplace(++last_age_, at->first);
  bytes_ += fresh.body.size();
  lane.waiting.push_back({std::move(fresh), last_age_});
  std::vector<delivery> given_up;
  while (is_full()) {
    auto oldest = give_up_oldest();
    if (!oldest) break;
    given_up.push_back(std::move(*oldest));
  }
  return given_up;
}

std::optional<delivery> delivery_queue::give_up_oldest() {
  for (const auto& [age, call_id] : ages_) {
    const auto at = lanes_.find(call_id);
    const auto which = std::ranges::find(at->second.waiting, age, &entry::age);
    if (at->second.under_way && which == at->second.waiting.begin()) continue;
    return take_out(at, which);
  }
  return std::nullopt;
}

delivery delivery_queue::take_out(lanes::iterator from, std::deque<entry>::iterator which) {
  auto& lane = from->second;
  auto out = std::move(which->what);
  bytes_ -= out.body.size();
  ages_.erase(which->age);
  lane.waiting.erase(which);
  if (lane.waiting.empty()) {
    order_.erase({lane.not_before, from->first});
    lanes_.erase(from);
  }
  return out;
}

std::vector<delivery> delivery_queue::due(moment now) {
  std::vector<delivery> out;
  while (under_way_ < rules_.at_once && !order_.empty() && order_.begin()->first <= now) {
    auto& lane = lanes_.find(order_.begin()->second)->second;
    order_.erase(order_.begin());
    lane.under_way = true;
    ++under_way_;
    out.push_back(lane.waiting.front().what);
  }
  return out;
}

delivery_queue::fate delivery_queue::settle(std::string_view call_id, bool taken, moment now,
                                            wall_time time) {
  const auto at = lanes_.find(call_id);
  if (at == lanes_.end() || !at->second.under_way) return fate::again;
  auto& lane = at->second;
  lane.under_way = false;
  --under_way_;
  lane.failures = taken ? 0 : lane.failures + 1;
  lane.not_before = now + pause_after(lane.failures);
  order_.emplace(lane.not_before, at->first);
  const bool is_old = time - lane.waiting.front().what.at >= rules_.patience;
  const bool is_unwanted = std::exchange(lane.forgotten, false) || is_old;
  if (!taken && !is_unwanted) return fate::again;
  take_out(at, lane.waiting.begin());
  return taken ? fate::taken : fate::given_up;
}

void delivery_queue::forget(std::string_view call_id) {
  const auto at = lanes_.find(call_id);
  if (at == lanes_.end()) return;
  auto& lane = at->second;
  lane.forgotten = lane.under_way;
  for (auto left = lane.waiting.size() - (lane.under_way ? 1 : 0); left > 0; --left)
    take_out(at, std::prev(lane.waiting.end()));
}

std::optional<moment> delivery_queue::wake_up() const {
  if (order_.empty() || under_way_ >= rules_.at_once) return std::nullopt;
  return order_.begin()->first;
}

}  // namespace tandem
