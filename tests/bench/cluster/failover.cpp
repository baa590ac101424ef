#include "tests/bench/cluster/failover.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <utility>

namespace tandem::bench {

namespace {

using times = std::priority_queue<double, std::vector<double>, std::greater<>>;

class simulation {
 public:
  explicit simulation(const failover_settings& how) : how_(how), random_(how.seed) {}

  failover_result run() {
    notice();
    adopt();
    ask_carrier();
    std::ranges::sort(out_.spoke);
    return std::move(out_);
  }

 private:
  double chance(double least, double most) {
    return std::uniform_real_distribution<double>(least, most)(random_);
  }

  /// Survivors wait from when the node told them of its last renewal, and asked for their promise.
  void notice() {
    const double told = how_.store_trip - chance(0, how_.heartbeat);
    for (std::size_t n = 0; n < how_.survivors; ++n) phases_.push_back(chance(0, how_.heartbeat));
    out_.fenced = told + how_.timeout + how_.store_trip;
  }

  /// A survivor learns of orphans with its next renewal, and asks again as long as it gets as many as it may.
  void adopt() {
    using turn = std::pair<double, std::size_t>;
    std::priority_queue<turn, std::vector<turn>, std::greater<>> turns;
    for (std::size_t n = 0; n < how_.survivors; ++n) {
      const double beats = std::ceil((out_.fenced - phases_[n]) / how_.heartbeat);
      turns.emplace(phases_[n] + std::max(0.0, beats) * how_.heartbeat + how_.store_trip, n);
    }
    std::size_t left = how_.calls;
    double store_free = 0;
    while (!turns.empty()) {
      const auto [asked, who] = turns.top();
      turns.pop();
      // Whoever renews behind the last adoption hears of no orphans.
      if (left == 0 && asked > store_free) break;
      const auto got = std::min(left, how_.at_once);
      const double begun = std::max(store_free, asked + how_.store_trip / 2);
      store_free = begun + 1 / (got > 0 ? how_.adoptions : how_.vain_adoptions);
      const double answered = store_free + how_.store_trip / 2;
      left -= got;
      ++out_.requests;
      if (got == 0) ++out_.vain;
      if (got > 0) out_.adopted = answered;
      for (std::size_t n = 0; n < got; ++n) owned_.emplace_back(answered + how_.copies, who);
      if (got == how_.at_once) turns.emplace(answered, who);
    }
  }

  /// Each call needs a new stream, and perhaps an old one stopped at the same time; what is under way is
  /// bounded at each node, and by the carrier for all of them.
  void ask_carrier() {
    std::ranges::sort(owned_);
    std::vector<times> under_way(how_.survivors);
    double next_slot = 0;
    for (const auto& [ready, who] : owned_) {
      auto& wire = under_way[who];
      double sent = ready;
      if (wire.size() >= how_.commands_at_once) {
        sent = std::max(sent, wire.top());
        wire.pop();
      }
      if (how_.commands > 0) {
        sent = std::max(sent, next_slot);
        next_slot = sent + static_cast<double>(how_.commands_each) / how_.commands;
      }
      const double accepted = sent + chance(how_.command_least, how_.command_most);
      if (accepted - ready > how_.command_deadline) {
        ++out_.given_up;
        continue;
      }
      wire.push(accepted);
      out_.spoke.push_back(accepted + how_.first_word);
    }
  }

  const failover_settings how_;
  std::mt19937_64 random_;
  std::vector<double> phases_;
  /// When each call may be gone on with, and at which survivor.
  std::vector<std::pair<double, std::size_t>> owned_;
  failover_result out_;
};

}  // namespace

double failover_result::by(double share) const {
  if (spoke.empty()) return 0;
  const auto count = static_cast<double>(spoke.size());
  const auto index = static_cast<std::size_t>(std::ceil(share * count)) - 1;
  return spoke[std::min(index, spoke.size() - 1)];
}

failover_result run_failover(const failover_settings& how) { return simulation(how).run(); }

}  // namespace tandem::bench
