#include "tests/protocols/cluster/model_store.hpp"

#include <algorithm>

namespace tandem::test {

using namespace leases;

standing model_store::run(const join& request) {
  if (wrong_ == flaw::same_epoch) {
    for (auto& [epoch, row] : nodes_) {
      if (row.id.name != request.name) continue;
      row.fenced = false;
      return standing_of(row);
    }
  }
  const auto epoch = ++last_epoch_;
  auto& row = nodes_[epoch];
  row.id = {.name = request.name, .epoch = epoch};
  row.view = epoch;
  return standing_of(row);
}

standing model_store::run(const renew& request) {
  auto& row = nodes_.at(request.epoch);
  if (row.fenced && wrong_ != flaw::fence_forgiven) return {.fenced = true};
  row.fenced = false;
  ++row.renewals;
  row.view = request.view;
  for (auto& [epoch, other] : nodes_) {
    if (request.alone && other.id.name == row.id.name && epoch < request.epoch) other.fenced = true;
  }
  return standing_of(row);
}

bool model_store::run(const fence& request) {
  if (!may(request.epoch, request.renewals)) return false;
  auto& row = nodes_.at(request.whom);
  if (row.fenced) return true;
  if (row.renewals != request.seen && wrong_ != flaw::fence_unconditional) return false;
  row.fenced = true;
  ++fences_;
  return true;
}

adoption model_store::run(const adopt& request) {
  if (!may(request.epoch, request.renewals)) return {};
  adoption out{.stood = true, .calls = {}};
  std::size_t taken = 0;
  for (auto& [id, row] : calls_) {
    const auto owner = row.what.owner.epoch;
    const bool free = is_fenced(owner) || (wrong_ == flaw::adoption_unfenced && owner != request.epoch);
    if (!row.what.ended && free && taken < request.most) {
      ++taken;
      ++adoptions_;
      own(row, nodes_.at(request.epoch).id, row.what.term + 1);
    }
    if (row.what.owner.epoch == request.epoch && row.fresh && !row.what.ended) out.calls.push_back(row.what);
  }
  return out;
}

std::vector<lease> model_store::run(const claim& request) {
  if (is_fenced(request.epoch)) return {};
  for (const auto& [id, row] : calls_) {
    if (row.what.carrier_call_id == request.carrier_call_id &&
        (wrong_ != flaw::claimed_twice || id == request.call_id)) {
      return {row.what};
    }
  }
  auto& row = calls_[request.call_id];
  row.what.call_id = request.call_id;
  row.what.carrier_call_id = request.carrier_call_id;
  own(row, nodes_.at(request.epoch).id, 1);
  row.fresh = false;
  return {row.what};
}

std::vector<lease> model_store::run(const take& request) {
  const auto at = calls_.find(request.call_id);
  if (at == calls_.end()) return {};
  auto& row = at->second;
  const bool fits = row.what.owner.epoch == request.from && row.what.term == request.term;
  const bool allowed = fits || (wrong_ == flaw::any_term && row.what.owner.epoch != request.epoch);
  if (allowed && !row.what.ended && !is_fenced(request.epoch)) {
    if (request.from != request.epoch) ++handovers_;
    own(row, nodes_.at(request.epoch).id, row.what.term + 1);
  }
  return {row.what};
}

bool model_store::run(const keep_ledger& request) {
  const auto at = calls_.find(request.call_id);
  if (at == calls_.end() || at->second.what.owner.epoch != request.epoch) return false;
  auto& row = at->second;
  if (row.what.term != request.term || row.what.ended) return false;
  row.fresh = false;
  if (row.what.version > request.version) return false;
  row.what.version = request.version;
  row.what.ledger = request.ledger;
  return true;
}

bool model_store::run(const release& request) {
  const auto at = calls_.find(request.call_id);
  if (at == calls_.end() || at->second.what.owner.epoch != request.epoch) return false;
  at->second.what.ended = true;
  return true;
}

bool model_store::is_fenced(std::int64_t epoch) const { return nodes_.at(epoch).fenced; }

standing model_store::standing_of(const node_row& row) const {
  standing out{.self = row.id, .renewals = row.renewals, .view = last_epoch_};
  for (const auto& [epoch, other] : nodes_) {
    if (other.fenced || epoch == row.id.epoch) continue;
    const auto view = wrong_ == flaw::stranger_trusted ? last_epoch_ : other.view;
    out.members.push_back({.node = other.id, .address = {}, .renewals = other.renewals, .view = view});
  }
  out.orphans = std::ranges::any_of(calls_, [&](const auto& each) {
    return !each.second.what.ended && is_fenced(each.second.what.owner.epoch);
  });
  return out;
}

bool model_store::may(std::int64_t epoch, std::optional<std::int64_t> renewals) const {
  const auto& row = nodes_.at(epoch);
  return !row.fenced && (wrong_ == flaw::late_attempts || row.renewals == renewals);
}

void model_store::own(lease_row& row, const node_id& by, std::int64_t term) {
  if (term <= row.what.term) terms_grew_ = false;
  row.what.owner = by;
  row.what.term = term;
  row.fresh = true;
}

}  // namespace tandem::test
