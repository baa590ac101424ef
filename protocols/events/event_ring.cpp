#include "protocols/events/event_ring.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

void event_ring::add(std::uint64_t n, std::string_view call_id, std::string text,
                     std::string_view foreign_id) {
  entries_.push_back({n, std::string(call_id), std::move(text), std::string(foreign_id)});
  bytes_ += entries_.back().size();
  while (bytes_ > bound_) {
    lost_ = entries_.front().n;
    bytes_ -= entries_.front().size();
    entries_.pop_front();
  }
}

std::optional<std::uint64_t> event_ring::place_of(std::string_view foreign_id) const {
  const auto found = std::ranges::find(entries_, foreign_id, &entry::foreign_id);
  if (foreign_id.empty() || found == entries_.end()) return std::nullopt;
  return found->n;
}

std::string event_ring::after(std::uint64_t n, std::string_view call_id) const {
  std::string out;
  const auto first = std::ranges::upper_bound(entries_, n, {}, &entry::n);
  for (auto each = first; each != entries_.end(); ++each) {
    if (call_id.empty() || each->call_id == call_id) out += each->text;
  }
  return out;
}

void event_ring::forget(const std::vector<std::string>& call_ids) {
  std::erase_if(entries_, [&](const entry& each) {
    if (std::ranges::find(call_ids, each.call_id) == call_ids.end()) return false;
    bytes_ -= each.size();
    return true;
  });
}

}  // namespace tandem
