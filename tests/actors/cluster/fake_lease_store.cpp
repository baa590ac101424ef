#include "tests/actors/cluster/fake_lease_store.hpp"

#include <algorithm>
#include <utility>

namespace tandem::test {

using namespace leases;

standing lease_rows::run(const join& request) {
  const auto epoch = static_cast<std::int64_t>(nodes.size()) + 1;
  auto& row = nodes[epoch];
  row = {.id = {.name = request.name, .epoch = epoch}, .view = epoch};
  return stand(row);
}

standing lease_rows::run(const renew& request) {
  auto& row = nodes.at(request.epoch);
  if (row.is_fenced) return {.fenced = true};
  ++row.renewals;
  row.view = request.view;
  for (auto& [epoch, other] : nodes) {
    if (request.alone && other.id.name == row.id.name && epoch < request.epoch) other.is_fenced = true;
  }
  return stand(row);
}

bool lease_rows::run(const fence& request) {
  const auto* self = acting(request.epoch);
  if (self == nullptr || self->renewals != request.renewals) return false;
  auto& other = nodes.at(request.whom);
  other.is_fenced = other.is_fenced || other.renewals == request.seen;
  return other.is_fenced;
}

bool lease_rows::run(const leave& request) {
  nodes.at(request.epoch).is_fenced = true;
  return true;
}

adoption lease_rows::run(const adopt& request) {
  const auto* self = acting(request.epoch);
  if (self == nullptr || self->renewals != request.renewals) return {};
  adoption out{.stood = true, .calls = {}};
  std::size_t taken = 0;
  for (auto& [id, row] : calls) {
    auto& what = row.what;
    if (!what.ended && nodes.at(what.owner.epoch).is_fenced && taken < request.most) {
      ++taken;
      what.owner = self->id;
      ++what.term;
      row.is_fresh = true;
    }
    if (!what.ended && what.owner == self->id && row.is_fresh) out.calls.push_back(what);
  }
  return out;
}

lease_store::found_lease lease_rows::run(const claim& request) {
  const auto* self = acting(request.epoch);
  if (self == nullptr) return {};
  const auto& carrier_id = request.carrier_call_id;
  auto of_leg = run(find_lease{.call_id = {}, .carrier_call_id = carrier_id});
  if (!of_leg.empty()) return of_leg;
  auto& what = calls[request.call_id].what;
  if (what.term == 0) {
    what = {.call_id = request.call_id, .carrier_call_id = carrier_id, .owner = self->id, .term = 1};
  } else if (what.owner == self->id && what.carrier_call_id.empty()) {
    what.carrier_call_id = carrier_id;
  }
  return {what};
}

lease_store::found_lease lease_rows::run(const take& request) {
  const auto at = calls.find(request.call_id);
  if (at == calls.end()) return {};
  auto& what = at->second.what;
  const auto* self = acting(request.epoch);
  if (self != nullptr && !what.ended && what.owner.epoch == request.from && what.term == request.term) {
    what.owner = self->id;
    ++what.term;
    at->second.is_fresh = true;
  }
  return {what};
}

lease_store::found_lease lease_rows::run(const find_lease& request) {
  const auto at = calls.find(request.call_id);
  if (at != calls.end()) return {at->second.what};
  for (const auto& [id, row] : calls) {
    if (!request.carrier_call_id.empty() && row.what.carrier_call_id == request.carrier_call_id)
      return {row.what};
  }
  return {};
}

bool lease_rows::run(const keep_ledger& request) {
  const auto at = calls.find(request.call_id);
  if (at == calls.end()) return false;
  auto& what = at->second.what;
  if (what.owner.epoch != request.epoch || what.term != request.term || what.ended) return false;
  if (what.version > request.version) return false;
  at->second.is_fresh = false;
  what.version = request.version;
  what.ledger = request.ledger;
  return true;
}

bool lease_rows::run(const release& request) {
  const auto at = calls.find(request.call_id);
  if (at == calls.end() || at->second.what.owner.epoch != request.epoch) return false;
  at->second.what.ended = true;
  return true;
}

standing lease_rows::stand(const node_row& row) const {
  standing out{.self = row.id, .renewals = row.renewals, .view = static_cast<std::int64_t>(nodes.size())};
  for (const auto& [epoch, other] : nodes) {
    if (!other.is_fenced && epoch != row.id.epoch)
      out.members.push_back({.node = other.id, .renewals = other.renewals, .view = other.view});
  }
  out.orphans = std::ranges::any_of(calls, [&](const auto& each) {
    return !each.second.what.ended && nodes.at(each.second.what.owner.epoch).is_fenced;
  });
  return out;
}

const lease_rows::node_row* lease_rows::acting(std::int64_t epoch) const {
  const auto& row = nodes.at(epoch);
  return row.is_fenced ? nullptr : &row;
}

int scripted_lease_store::count(const std::string& line) const {
  return static_cast<int>(std::ranges::count(asked, line));
}

void scripted_lease_store::let_go() {
  holds.clear();
  for (const auto& each : std::exchange(held_, {})) each();
}

template <class Request, class Answer>
void scripted_lease_store::run(const std::string& kind, const Request& request,
                               const answer_to<Answer>& answer) {
  if (is_away) return answer(std::nullopt);
  std::optional<Answer> result = shared_.run(request);
  if (loses_answers) result.reset();
  if (kind != holds) return answer(std::move(result));
  held_.push_back([answer, result = std::move(result)] { answer(result); });
}

void scripted_lease_store::ask(join request, answer_to<standing> answer) { run("join", request, answer); }

void scripted_lease_store::ask(renew request, answer_to<standing> answer) { run("renew", request, answer); }

void scripted_lease_store::ask(fence request, answer_to<bool> answer) { run("fence", request, answer); }

void scripted_lease_store::ask(adopt request, answer_to<adoption> answer) { run("adopt", request, answer); }

void scripted_lease_store::ask(leave request, answer_to<bool> answer) { run("leave", request, answer); }

void scripted_lease_store::ask(claim request, answer_to<found_lease> answer) {
  asked.push_back("claim " + request.call_id + " " + request.carrier_call_id);
  run("claim", request, answer);
}

void scripted_lease_store::ask(take request, answer_to<found_lease> answer) {
  asked.push_back("take " + request.call_id);
  run("take", request, answer);
}

void scripted_lease_store::ask(find_lease request, answer_to<found_lease> answer) {
  asked.push_back("find " + request.call_id);
  run("find", request, answer);
}

void scripted_lease_store::ask(keep_ledger request, answer_to<bool> answer) {
  asked.push_back("keep " + request.call_id + " " + request.ledger);
  run("keep", request, answer);
}

void scripted_lease_store::ask(release request, answer_to<bool> answer) {
  asked.push_back("release " + request.call_id);
  run("release", request, answer);
}

}  // namespace tandem::test
