#include "protocols/cluster/call_lease.hpp"

#include <utility>

namespace tandem::leases {

call_lease::call_lease(node_id self, std::shared_ptr<const permission> permitted, claim wanted)
    : self_(std::move(self)), permitted_(std::move(permitted)), wanted_(std::move(wanted)) {
  auto& asked = std::get<claim>(wanted_);
  asked.epoch = self_.epoch;
  known_.call_id = asked.call_id;
  known_.carrier_call_id = asked.carrier_call_id;
}

call_lease::call_lease(node_id self, std::shared_ptr<const permission> permitted, const offer& from)
    : self_(std::move(self)),
      permitted_(std::move(permitted)),
      wanted_(
          take{.epoch = self_.epoch, .call_id = from.call_id, .from = from.from.epoch, .term = from.term}) {
  known_.call_id = from.call_id;
  known_.owner = from.from;
  known_.term = from.term;
}

call_lease::call_lease(node_id self, std::shared_ptr<const permission> permitted, lease adopted)
    : self_(std::move(self)),
      permitted_(std::move(permitted)),
      phase_(phase::held),
      known_(std::move(adopted)) {}

std::optional<call_lease::request> call_lease::wanted() const {
  if (phase_ != phase::asking && phase_ != phase::offered) return std::nullopt;
  return wanted_;
}

call_lease::phase call_lease::learn(const std::vector<lease>& answer) {
  if (phase_ != phase::asking && phase_ != phase::offered) return phase_;
  const bool is_this = !answer.empty() && answer.front().call_id == known_.call_id && !answer.front().ended;
  // What was so before it was offered is no answer to whose it is since.
  if (is_this && answer.front().term <= known_.term) return phase_;
  const bool mine = is_this && answer.front().owner == self_;
  if (!answer.empty()) known_ = answer.front();
  phase_ = mine ? phase::held : phase::gone;
  return phase_;
}

std::optional<offer> call_lease::give_away() {
  if (phase_ != phase::held) return std::nullopt;
  phase_ = phase::offered;
  wanted_ = take{.epoch = self_.epoch, .call_id = known_.call_id, .from = self_.epoch, .term = known_.term};
  return offer{.call_id = known_.call_id, .from = self_, .term = known_.term};
}

void call_lease::handed_over(std::int64_t term) {
  if (phase_ == phase::offered && known_.term == term) phase_ = phase::gone;
}

std::optional<release> call_lease::end() {
  if (phase_ != phase::held && phase_ != phase::offered) return std::nullopt;
  phase_ = phase::gone;
  return release{.epoch = self_.epoch, .call_id = known_.call_id};
}

}  // namespace tandem::leases
