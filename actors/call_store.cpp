#include "actors/call_store.hpp"

#include <algorithm>
#include <charconv>

namespace tandem {

memory_store::memory_store(std::size_t bound) : bound_(bound) {}

void memory_store::put(const call_record& call) {
  auto [place, is_new] = places_.try_emplace(call.id, last_ + 1);
  if (is_new) ++last_;
  auto& known = calls_[place->second];
  auto was_ended = !is_new && known.call.state == call_state::ended;
  known.call = call;
  if (call.state == call_state::ended && !was_ended && ++ended_ > bound_) forget_oldest_ended();
}

void memory_store::add(std::string_view call_id, const turn_record& turn) {
  if (auto place = places_.find(call_id); place != places_.end()) calls_[place->second].turns.push_back(turn);
}

call_page memory_store::list(std::string_view state, std::size_t limit, std::string_view cursor) const {
  call_page page;
  auto end = calls_.end();
  if (!cursor.empty()) {
    std::uint64_t before = 0;
    std::from_chars(cursor.data(), cursor.data() + cursor.size(), before);
    end = calls_.lower_bound(before);
  }
  for (auto at = std::make_reverse_iterator(end); at != calls_.rend(); ++at) {
    const auto& call = at->second.call;
    if (!state.empty() && to_string(call.state) != state) continue;
    if (page.calls.size() == limit) {
      page.cursor = std::to_string(places_.find(page.calls.back().id)->second);
      break;
    }
    page.calls.push_back(call);
  }
  return page;
}

call_history memory_store::find(std::string_view id) const {
  auto place = places_.find(id);
  if (place == places_.end()) return {};
  const auto& known = calls_.at(place->second);
  return {{known.call}, known.turns};
}

void memory_store::forget_oldest_ended() {
  auto oldest = std::find_if(calls_.begin(), calls_.end(),
                             [](const auto& known) { return known.second.call.state == call_state::ended; });
  places_.erase(oldest->second.call.id);
  calls_.erase(oldest);
  --ended_;
}

}  // namespace tandem
