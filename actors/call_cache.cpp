#include "actors/call_cache.hpp"

#include "protocols/records/row.hpp"

#include <algorithm>

namespace tandem {

call_cache::call_cache(std::size_t bound) : bound_(bound) {}

void call_cache::put(const call_record& call) {
  auto place = places_.find(call.id);
  if (place == places_.end()) {
    if (call.state == call_state::ended) return;
    auto free = records::place_of(call.started_at, call.id);
    while (calls_.contains(free)) ++free;
    place = places_.emplace(call.id, free).first;
    // Every call rings before it is answered.
    calls_[free].came_from_elsewhere = call.answered_at != wall_time{};
  }
  calls_[place->second].call = call;
  if (call.state != call_state::ended) return;
  ended_.insert(place->second);
  if (ended_.size() > bound_) erase(*ended_.begin());
}

void call_cache::add(std::string_view call_id, const turn_record& turn) {
  if (auto place = places_.find(call_id); place != places_.end()) calls_[place->second].turns.push_back(turn);
}

std::vector<call_record> call_cache::list(std::string_view state, std::size_t limit,
                                          std::int64_t before) const {
  std::vector<call_record> page;
  const auto end = before > 0 ? calls_.lower_bound(before) : calls_.end();
  for (auto at = std::make_reverse_iterator(end); at != calls_.rend() && page.size() < limit; ++at) {
    const auto& call = at->second.call;
    if (state.empty() || to_string(call.state) == state) page.push_back(call);
  }
  return page;
}

const known_call* call_cache::find(std::string_view id) const {
  const auto place = places_.find(id);
  return place == places_.end() ? nullptr : &calls_.at(place->second);
}

std::set<std::string, std::less<>> call_cache::ids() const {
  std::set<std::string, std::less<>> all;
  for (const auto& [id, place] : places_) all.insert(all.end(), id);
  return all;
}

void call_cache::forget(std::string_view id) {
  const auto place = places_.find(id);
  if (place != places_.end() && ended_.contains(place->second)) erase(place->second);
}

void call_cache::part_with(std::string_view id) {
  const auto place = places_.find(id);
  if (place != places_.end()) erase(place->second);
}

void call_cache::forget_caller(std::string_view number) {
  for (auto at = ended_.begin(); at != ended_.end();) {
    const auto place = *at++;
    const auto& call = calls_.at(place).call;
    if ((call.direction == call_direction::incoming ? call.from : call.to) == number) erase(place);
  }
}

void call_cache::erase(std::int64_t place) {
  const auto known = calls_.find(place);
  places_.erase(known->second.call.id);
  calls_.erase(known);
  ended_.erase(place);
}

}  // namespace tandem
