#include "protocols/cluster/promises.hpp"

#include <algorithm>

namespace tandem::leases {

promise promises::give(const node_id& by, const question& from, moment now) {
  std::erase_if(given_, [&](const auto& each) { return each.second <= now; });
  given_[from.asker.epoch] = now + rules_.timeout;
  return {.by = by, .to = from.asker, .asked = from.asked};
}

std::optional<moment> promises::bound_until(std::int64_t epoch, moment now) const {
  const auto at = given_.find(epoch);
  if (at == given_.end() || at->second <= now) return std::nullopt;
  return at->second;
}

void promises::take(const promise& from, const node_id& self, moment now) {
  if (from.to != self || from.asked > now) return;
  std::erase_if(held_, [&](const auto& each) { return each.second + rules_.timeout <= now; });
  auto& asked = held_.try_emplace(from.by.epoch, from.asked).first->second;
  asked = std::max(asked, from.asked);
}

std::optional<moment> promises::held_until(const std::vector<member>& members) const {
  auto until = moment::max();
  for (const auto& each : members) {
    const auto at = held_.find(each.node.epoch);
    if (at == held_.end()) return std::nullopt;
    until = std::min(until, at->second + rules_.safe(rules_.timeout));
  }
  return until;
}

}  // namespace tandem::leases
