#include "tests/bench/cluster/load_spread.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <queue>
#include <random>
#include <utility>

namespace tandem::bench {

namespace {

/// What one node carries, and what the others think that it does.
struct node_load {
  std::uint32_t calls = 0;
  std::uint32_t reported = 0;
  double next_report = 0;
};

class simulation {
 public:
  explicit simulation(const spread_settings& how) : how_(how), random_(how.seed), nodes_(how.nodes) {
    std::uniform_real_distribution<double> phase(0, how.heartbeat.count());
    for (auto& each : nodes_) each.next_report = phase(random_);
  }

  spread_result run() {
    const double rate =
        static_cast<double>(how_.nodes) * how_.most_calls * how_.utilisation / how_.call.count();
    std::exponential_distribution<double> pause(rate);
    const double begin = how_.settling * how_.call.count();
    const double end = begin + how_.observed * how_.call.count();
    fill();
    double arrival = pause(random_);
    double look = begin;
    while (true) {
      const double departure = leaving_.empty() ? end : leaving_.top().first;
      const double next = std::min({arrival, departure, look});
      if (next >= end) break;
      if (next == look) {
        observe();
        look += 1;
      } else if (next == departure) {
        auto& node = seen(leaving_.top().second, next);
        leaving_.pop();
        --node.calls;
      } else {
        arrive(next, next >= begin);
        arrival = next + pause(random_);
      }
    }
    return conclude();
  }

 private:
  /// The steady state's calls, as evenly as may be, so that it need not be waited for.
  void fill() {
    const auto each = static_cast<std::uint32_t>(how_.most_calls * how_.utilisation);
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      for (std::uint32_t call = 0; call < each; ++call) begin_at(n, 0);
      nodes_[n].reported = each;
    }
  }

  /// The node as it is at this time, with the reports that it has made by then.
  node_load& seen(std::size_t which, double now) {
    auto& node = nodes_[which];
    if (now >= node.next_report) {
      node.reported = node.calls;
      const double beat = how_.heartbeat.count();
      node.next_report += beat * (std::floor((now - node.next_report) / beat) + 1);
    }
    return node;
  }

  /// Every node knows its own load.
  std::uint32_t load(std::size_t of, std::size_t asking, double now) {
    const auto& node = seen(of, now);
    return of == asking ? node.calls : node.reported;
  }

  void begin_at(std::size_t which, double now) {
    std::exponential_distribution<double> lasts(1 / how_.call.count());
    ++nodes_[which].calls;
    leaving_.emplace(now + lasts(random_), which);
  }

  std::vector<std::size_t> choose(std::size_t asking, double now) {
    const auto count = nodes_.size();
    if (how_.how == choice::any || count == 1) return {asking};
    if (how_.how == choice::least) {
      std::size_t best = asking;
      for (std::size_t n = 0; n < count; ++n) {
        if (load(n, asking, now) < load(best, asking, now)) best = n;
      }
      return {best, asking};
    }
    std::uniform_int_distribution<std::size_t> any(0, count - 1);
    std::uniform_int_distribution<std::size_t> other(1, count - 1);
    auto first = any(random_);
    auto second = (first + other(random_)) % count;
    const auto one = load(first, asking, now);
    const auto two = load(second, asking, now);
    if (two < one || (two == one && second == asking)) std::swap(first, second);
    return {first, second, asking};
  }

  void arrive(double now, bool counts) {
    std::uniform_int_distribution<std::size_t> any(0, nodes_.size() - 1);
    const auto wanted = choose(any(random_), now);
    if (counts) ++calls_;
    for (const auto each : wanted) {
      auto& node = seen(each, now);
      if (node.calls < how_.most_calls) return begin_at(each, now);
      if (counts && each == wanted.front()) ++second_choice_;
    }
    if (counts) ++refused_;
  }

  void observe() {
    double sum = 0;
    double squares = 0;
    std::uint32_t most = 0;
    for (const auto& each : nodes_) {
      sum += each.calls;
      squares += static_cast<double>(each.calls) * each.calls;
      most = std::max(most, each.calls);
      if (histogram_.size() <= each.calls) histogram_.resize(each.calls + 1);
      ++histogram_[each.calls];
    }
    const double mean = sum / static_cast<double>(nodes_.size());
    const double peak = mean > 0 ? most / mean : 1;
    ++looks_;
    result_.mean_peak += peak;
    result_.worst_peak = std::max(result_.worst_peak, peak);
    result_.mean_calls += mean;
    result_.variance += squares / static_cast<double>(nodes_.size());
  }

  spread_result conclude() {
    auto& out = result_;
    out.mean_peak /= looks_;
    out.mean_calls /= looks_;
    // Around the mean of all looks, not of each.
    out.variance = out.variance / looks_ - out.mean_calls * out.mean_calls;
    if (calls_ > 0) {
      out.refused = refused_ / calls_;
      out.second_choice = second_choice_ / calls_;
    }
    out.at_least.resize(histogram_.size());
    double sum = 0;
    for (auto n = histogram_.size(); n-- > 0;) {
      sum += static_cast<double>(histogram_[n]);
      out.at_least[n] = sum / looks_ / static_cast<double>(nodes_.size());
    }
    return std::move(out);
  }

  using departure = std::pair<double, std::size_t>;

  const spread_settings how_;
  std::mt19937_64 random_;
  std::vector<node_load> nodes_;
  std::priority_queue<departure, std::vector<departure>, std::greater<>> leaving_;
  std::vector<std::uint64_t> histogram_;
  spread_result result_;
  double looks_ = 0;
  double calls_ = 0;
  double refused_ = 0;
  double second_choice_ = 0;
};

}  // namespace

spread_result run_spread(const spread_settings& how) { return simulation(how).run(); }

std::vector<double> mean_field(double mean, unsigned choices) {
  // Between any two numbers of calls as many nodes go up as down: mean (s[k-1]^d - s[k]^d) = k (s[k] -
  // s[k+1]).
  const auto top = static_cast<std::size_t>(mean + 12 * std::sqrt(mean) + 12);
  std::vector<double> share(top + 2, 0);
  for (std::size_t k = 0; k <= top; ++k) share[k] = k <= mean ? 1 : 0;
  const double step = 0.4 / (mean * choices + static_cast<double>(top));
  for (double moved = 1; moved > 1e-12;) {
    moved = 0;
    auto next = share;
    for (std::size_t k = 1; k <= top; ++k) {
      const double up = mean * (std::pow(share[k - 1], choices) - std::pow(share[k], choices));
      const double down = static_cast<double>(k) * (share[k] - share[k + 1]);
      next[k] = share[k] + step * (up - down);
      moved = std::max(moved, std::abs(next[k] - share[k]));
    }
    share = std::move(next);
  }
  return share;
}

}  // namespace tandem::bench
