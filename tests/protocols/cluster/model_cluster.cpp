#include "tests/protocols/cluster/model_cluster.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tandem::test {

using namespace leases;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t ms = 1000;
constexpr std::int64_t call_count = 7;

}  // namespace

model_cluster::model_cluster(std::uint64_t seed, flaw wrong)
    : random_(seed),
      wrong_(wrong),
      rules_{.heartbeat = 250ms,
             .timeout = 1000ms,
             .outage = 4000ms,
             .drift = wrong == flaw::no_margin ? 0 : drift,
             .at_once = 2},
      store_(wrong),
      nodes_(2 + random_() % 6),
      blocked_(nodes_.size(), std::vector<bool>(nodes_.size())),
      over_(call_count) {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    auto& each = nodes_[i];
    each.name = std::string("n").append(std::to_string(i));
    each.offset = between(0, 1'000'000 * ms);
    // Most at the edge of what is allowed, where it hurts.
    each.rate =
        1 + (chance(50) ? (chance(50) ? 1.0 : -1.0) : (static_cast<double>(random(201)) - 100) / 100) *
                drift / 1000;
    at(between(0, 300 * ms), [this, i] { start(i, true); });
  }
}

model_report model_cluster::run() {
  for (int carrier = 0; carrier < call_count; ++carrier) {
    const auto rings = between(500 * ms, 4000 * ms);
    const auto first = random(nodes_.size());
    at(rings, [=, this] { ring(carrier, first); });
    if (chance(40)) {
      const auto second = random(nodes_.size());
      at(rings + (chance(70) ? between(0, 20 * ms) : between(0, 2500 * ms)),
         [=, this] { ring(carrier, second); });
    }
    if (chance(30)) at(rings + between(300 * ms, 12'000 * ms), [=, this] { over_[carrier] = true; });
  }
  const auto harm_until = between(4000 * ms, 14'000 * ms);
  for (time next = between(900 * ms, 2500 * ms); next < harm_until; next += between(30 * ms, 900 * ms))
    at(next, [this] { do_harm(); });
  run_until(harm_until);
  heal();
  // What is still under way from before comes within three seconds; strangers wait for `outage`.
  const auto bound = now_ + 14'000 * ms;
  while (fault_.empty() && !is_settled()) {
    if (now_ >= bound) fail("a call has no owner, or a node cannot act");
    run_until(now_ + 200 * ms);
  }
  run_until(now_ + 500 * ms);
  return report();
}

model_report model_cluster::run_outage() {
  calm_ = true;
  for (int carrier = 0; carrier < call_count; ++carrier) {
    const auto first = random(nodes_.size());
    at(1500 * ms, [=, this] { ring(carrier, first); });
  }
  run_until(3000 * ms);
  if (!is_settled()) fail("calm does not settle");
  store_up_ = false;
  const auto owners = store_.calls();
  for (time until = now_ + 3000 * ms; now_ < until && fault_.empty();) {
    run_until(now_ + 50 * ms);
    if (!is_settled()) fail("a call does not go on without the store");
  }
  store_up_ = true;
  run_until(now_ + 3000 * ms);
  if (!is_settled()) fail("a call does not go on with the store");
  for (const auto& [id, row] : store_.calls()) {
    if (row.what.term != owners.at(id).what.term) fail("a call was taken from an owner that lives");
  }
  return report();
}

model_cluster::time model_cluster::between(time least, time most) {
  return least + static_cast<time>(random(static_cast<std::uint64_t>(most - least)));
}

model_cluster::time model_cluster::latency() {
  if (calm_ || chance(90)) return between(0, 5 * ms);
  return chance(70) ? between(0, 400 * ms) : between(0, 3000 * ms);
}

moment model_cluster::local(const node& at) const {
  return moment(std::chrono::microseconds(at.offset + std::llround(static_cast<double>(now_) * at.rate)));
}

void model_cluster::at(time when, std::function<void()> what) {
  events_.push({.at = when, .order = ++last_order_, .what = std::move(what)});
}

void model_cluster::do_harm() {
  const auto which = random(nodes_.size());
  auto& node = nodes_[which];
  const auto span = chance(60) ? between(50 * ms, 1500 * ms) : between(1000 * ms, 6000 * ms);
  const auto block = [this, span](std::size_t from, std::size_t whom) {
    blocked_[from][whom] = true;
    at(now_ + span, [=, this] { blocked_[from][whom] = false; });
  };
  switch (random(11)) {
    case 0:
    case 1:
      if (!node.alive) return;
      node.paused = true;
      return at(now_ + span, [=, this, life = node.life] {
        if (nodes_[which].life == life) resume(which);
      });
    case 2:
      stop(which);
      if (chance(80)) at(now_ + span, [=, this] { start(which, chance(50)); });
      return;
    case 3:
    case 4:
      node.cut_off = true;
      return at(now_ + span, [=, this] { nodes_[which].cut_off = false; });
    case 5:
      store_up_ = false;
      return at(now_ + span, [this] { store_up_ = true; });
    case 6:
      return block(which, random(nodes_.size()));
    case 7:
    case 8:
      // A node loses the store, and for a shorter while some peers.
      node.cut_off = true;
      for (std::size_t peer = 0; peer < nodes_.size(); ++peer) {
        if (chance(50)) block(peer, which);
      }
      return at(now_ + span + between(0, 4000 * ms), [=, this] { nodes_[which].cut_off = false; });
    case 9: {
      const auto side = random_();
      for (std::size_t from = 0; from < nodes_.size(); ++from) {
        for (std::size_t whom = 0; whom < nodes_.size(); ++whom) {
          if (((side >> from) & 1) != ((side >> whom) & 1)) block(from, whom);
        }
      }
      return;
    }
    default:
      if (!node.alive) return;
      node.draining = true;
      node.core->set_room(0);
  }
}

void model_cluster::heal() {
  calm_ = true;
  store_up_ = true;
  for (auto& row : blocked_) row.assign(row.size(), false);
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i].cut_off = false;
    if (nodes_[i].paused) resume(i);
    nodes_[i].draining = false;
    if (nodes_[i].core) nodes_[i].core->set_room(100);
  }
  if (std::ranges::none_of(nodes_, &node::alive)) start(random(nodes_.size()), chance(50));
}

bool model_cluster::acts(const node& who, const held_call& call) const {
  using enum call_lease::phase;
  const auto phase = call.lease.where();
  const bool believes = phase == held || (wrong_ == flaw::acts_on_offer && phase == offered);
  const auto now = local(who);
  return believes && (who.core->permitted()->valid(now) || now < who.flawed_until);
}

void model_cluster::check() {
  bool owned[call_count] = {};
  for (const auto& each : nodes_) {
    if (!each.alive || !each.core->self()) continue;
    const auto epoch = each.core->self()->epoch;
    const auto now = local(each);
    const bool permitted = each.core->permitted()->valid(now) || now < each.flawed_until;
    if (permitted && store_.is_fenced(epoch)) fail(each.name + " acts though it is fenced");
    for (const auto& [id, call] : each.calls) {
      if (!acts(each, call)) continue;
      if (std::exchange(owned[call.carrier], true)) fail("two nodes act on " + carrier_id(call.carrier));
      const auto row = store_.calls().find(id);
      if (row == store_.calls().end() || row->second.what.owner.epoch != epoch)
        fail(each.name + " acts on another's call");
      if (!store_up_) ++on_promises_;
    }
  }
  if (!store_.terms_grew()) fail("a term did not grow");
}

bool model_cluster::is_settled() const {
  std::map<std::string, int> holders;
  for (const auto& each : nodes_) {
    if (!each.alive) continue;
    if (!each.core->self() || !each.core->permitted()->valid(local(each))) return false;
    for (const auto& [id, call] : each.calls) {
      if (call.releasing) continue;
      if (!acts(each, call)) return false;
      ++holders[id];
    }
  }
  return std::ranges::all_of(
      store_.calls(), [&](const auto& row) { return row.second.what.ended || holders[row.first] == 1; });
}

void model_cluster::step() {
  auto next = std::move(const_cast<event&>(events_.top()));
  events_.pop();
  now_ = std::max(now_, next.at);
  next.what();
  check();
}

void model_cluster::run_until(time when) {
  while (fault_.empty() && !events_.empty() && events_.top().at <= when) step();
  now_ = std::max(now_, when);
}

void model_cluster::fail(const std::string& what) {
  if (fault_.empty()) fault_ = what + " at " + std::to_string(now_ / ms) + " ms";
}

model_report model_cluster::report() const {
  return {.fault = fault_,
          .fences = store_.fences(),
          .adoptions = store_.adoptions(),
          .handovers = store_.handovers(),
          .on_promises = on_promises_};
}

}  // namespace tandem::test
