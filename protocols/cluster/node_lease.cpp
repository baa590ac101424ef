#include "protocols/cluster/node_lease.hpp"

#include <algorithm>
#include <utility>

namespace tandem::leases {

node_lease::node_lease(const lease_rules& rules, join how, bool alone)
    : rules_(rules), how_(std::move(how)), alone_(alone), promises_(rules) {}

std::optional<node_lease::order> node_lease::due(moment now) {
  if (left_) return std::nullopt;
  if (under_way_) {
    if (now < under_way_->at + rules_.timeout / 2) return std::nullopt;
    under_way_.reset();
  }
  if (now >= next_renewal_) {
    next_renewal_ = now + rules_.heartbeat;
    auto out =
        self_ ? issue(renew{.epoch = self_->epoch, .view = view_, .alone = alone_}, now) : issue(how_, now);
    std::erase_if(sent_, [&](const auto& each) { return each.at + rules_.timeout <= now; });
    sent_.push_back(*under_way_);
    return out;
  }
  if (!may_try(now)) return std::nullopt;
  if (const auto next = next_fence(now)) {
    open_against_ = next->whom;
    auto out = issue(*next, now);
    open_ = out.ticket;
    return out;
  }
  if ((!orphans_ || room_ == 0) && !adopt_again_) return std::nullopt;
  auto out = issue(
      adopt{.epoch = self_->epoch, .renewals = renewals_, .most = std::min(room_, rules_.at_once)}, now);
  open_ = out.ticket;
  open_against_ = 0;
  adopt_again_ = true;
  parted_.clear();
  return out;
}

moment node_lease::wake_up(moment now) const {
  if (left_) return moment::max();
  if (under_way_) return under_way_->at + rules_.timeout / 2;
  auto next = next_renewal_;
  if (!may_try(now)) return next;
  for (const auto& each : members_) next = std::min(next, fence_at(each, now));
  return next;
}

node_lease::news node_lease::settle(std::uint64_t ticket, const std::optional<standing>& answer, moment now) {
  const auto when = sent_at(ticket, now);
  answered(ticket);
  if (!when || !answer || left_) return news::none;
  const bool joins = !self_;
  if (joins) {
    if (answer->fenced) return news::none;
    self_ = answer->self;
    permission_ = std::make_shared<permission>();
    // The others, asked for at the same time, end as epochs of nobody.
    sent_.clear();
    next_renewal_ = now;
  } else if (answer->fenced) {
    lose();
    next_renewal_ = now;
    return news::fenced;
  } else {
    // The first one that is answered has done it.
    alone_ = false;
  }
  renewed_sent_ = joins ? *when : std::max(renewed_sent_, *when);
  if (ticket > renewed_) {
    observe(*answer, now);
    renewed_ = ticket;
    renewed_at_ = now;
    // It voids what was attempted before it, and tells what was done.
    if (ticket > open_) open_ = 0;
  }
  reckon();
  return joins ? news::joined : news::none;
}

void node_lease::settle(std::uint64_t ticket, std::optional<bool> is_fenced, moment) {
  answered(ticket);
  if (!is_fenced || ticket != open_) return;
  if (!*is_fenced) {
    // One of the two has renewed since: nothing is tried again before the next renewal says more.
    open_against_ = 0;
    return;
  }
  open_ = 0;
  std::erase_if(members_, [&](const auto& each) { return each.node.epoch == open_against_; });
  orphans_ = true;
  reckon();
}

std::vector<lease> node_lease::settle(std::uint64_t ticket, std::optional<adoption> answer, moment) {
  answered(ticket);
  // After a later renewal it may name calls that have gone on to others; what is ours is named again.
  if (!answer || ticket != open_) return {};
  // Refused: as with a fence.
  if (!answer->stood) return {};
  open_ = 0;
  adopt_again_ = false;
  orphans_ = answer->calls.size() >= rules_.at_once;
  std::erase_if(answer->calls, [&](const auto& each) {
    const auto parted = parted_.find(each.call_id);
    return parted != parted_.end() && each.term <= parted->second;
  });
  return std::move(answer->calls);
}

std::optional<question> node_lease::ask(moment now) const {
  if (!self_ || left_) return std::nullopt;
  return question{.asker = *self_, .asked = now, .renewals = renewals_};
}

std::optional<promise> node_lease::promised_to(const question& from, moment now) {
  if (!self_ || left_) return std::nullopt;
  auto& said = said_[from.asker.epoch];
  if (from.renewals > said.renewals) said = {.renewals = from.renewals, .since = now};
  if (is_fenced(from.asker.epoch) || (open_ != 0 && open_against_ == from.asker.epoch)) return std::nullopt;
  return promises_.give(*self_, from, now);
}

void node_lease::take(const promise& from, moment now) {
  if (!self_ || std::ranges::find(members_, from.by, &member::node) == members_.end()) return;
  promises_.take(from, *self_, now);
  reckon();
}

void node_lease::part_with(const std::string& call_id, std::int64_t term) {
  if (open_ == 0 || open_against_ != 0) return;
  auto& last = parted_[call_id];
  last = std::max(last, term);
}

void node_lease::leave() {
  lose();
  left_ = true;
}

bool node_lease::is_fenced(std::int64_t epoch) const {
  return self_ && epoch != self_->epoch && epoch <= view_ &&
         std::ranges::none_of(members_, [&](const auto& each) { return each.node.epoch == epoch; });
}

std::optional<fence> node_lease::next_fence(moment now) const {
  for (const auto& each : members_) {
    if (fence_at(each, now) > now) continue;
    return fence{.epoch = self_->epoch,
                 .renewals = renewals_,
                 .whom = each.node.epoch,
                 .seen = observations_.at(each.node.epoch).renewals};
  }
  return std::nullopt;
}

moment node_lease::fence_at(const member& who, moment now) const {
  const auto at = observations_.find(who.node.epoch);
  if (at == observations_.end()) return moment::max();
  // One that did not know this node when it last renewed has asked it for no promise.
  const bool knows_us = self_->epoch <= who.view;
  const auto silent = at->second.since + (knows_us ? rules_.timeout : rules_.outage);
  return std::max(silent, promises_.bound_until(who.node.epoch, now).value_or(silent));
}

bool node_lease::may_try(moment now) const {
  return self_ && open_ == 0 && now < renewed_sent_ + rules_.safe(rules_.timeout);
}

node_lease::order node_lease::issue(request what, moment now) {
  under_way_ = sent{.ticket = ++last_ticket_, .at = now};
  return {.ticket = last_ticket_, .what = std::move(what)};
}

std::optional<moment> node_lease::sent_at(std::uint64_t ticket, moment now) {
  const auto at = std::ranges::find(sent_, ticket, &sent::ticket);
  if (at == sent_.end()) return std::nullopt;
  const auto when = at->at;
  sent_.erase(at);
  if (when + rules_.timeout <= now) return std::nullopt;
  return when;
}

void node_lease::answered(std::uint64_t ticket) {
  if (under_way_ && under_way_->ticket == ticket) under_way_.reset();
}

void node_lease::observe(const standing& now_is, moment now) {
  // Whoever could not reach the store for a while gives the others time to reach it again.
  const bool was_away = now - renewed_at_ > rules_.timeout;
  renewals_ = now_is.renewals;
  view_ = now_is.view;
  members_ = now_is.members;
  orphans_ = now_is.orphans;
  std::map<std::int64_t, observation> seen;
  for (const auto& each : members_) {
    observation fresh{.renewals = each.renewals, .since = now};
    const auto is_same = [&](const auto& known, const auto& at) {
      return at != known.end() && at->second.renewals == each.renewals && !was_away;
    };
    const auto before = observations_.find(each.node.epoch);
    const auto said = said_.find(each.node.epoch);
    if (is_same(observations_, before)) {
      fresh.since = before->second.since;
    } else if (is_same(said_, said)) {
      // The store is asked a while after a renewal, of which its node itself has told before.
      fresh.since = said->second.since;
    }
    seen.emplace(each.node.epoch, fresh);
  }
  observations_ = std::move(seen);
  std::erase_if(
      said_, [this](const auto& each) { return each.first <= view_ && !observations_.contains(each.first); });
}

void node_lease::reckon() {
  auto until = renewed_sent_ + rules_.safe(rules_.timeout);
  if (const auto promised = promises_.held_until(members_))
    until = std::max(until, std::min(*promised, renewed_sent_ + rules_.safe(rules_.outage)));
  permission_->set(until);
}

void node_lease::lose() {
  permission_->revoke();
  promises_.renounce();
  self_.reset();
  members_.clear();
  observations_.clear();
  parted_.clear();
  sent_.clear();
  under_way_.reset();
  open_ = 0;
  open_against_ = 0;
  renewed_ = 0;
  orphans_ = false;
  adopt_again_ = false;
}

}  // namespace tandem::leases
