#include "tests/bench/cluster/overhead.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace tandem::bench {

void read_figures(std::istream& from, measured_figures& to) {
  for (std::string text; std::getline(from, text);) {
    std::istringstream words(text);
    std::string name;
    double nodes = 0;
    double first = 0;
    double second = 0;
    if (!(words >> name >> nodes >> first) || name.starts_with('#')) continue;
    if (name == "members" && words >> second) {
      to.bytes[nodes] = first;
      to.cpu_ms[nodes] = second;
    } else if (name != "members") {
      to.store[name][nodes] = first;
    }
  }
}

line fit(const std::map<double, double>& points) {
  const auto count = static_cast<double>(points.size());
  double x_sum = 0;
  double y_sum = 0;
  for (const auto& [x, y] : points) {
    x_sum += x;
    y_sum += y;
  }
  if (points.empty()) return {};
  double xy = 0;
  double xx = 0;
  for (const auto& [x, y] : points) {
    xy += (x - x_sum / count) * (y - y_sum / count);
    xx += (x - x_sum / count) * (x - x_sum / count);
  }
  const double slope = xx > 0 ? xy / xx : 0;
  return {.base = y_sum / count - slope * x_sum / count, .slope = slope};
}

double between(const std::map<double, double>& points, double x) {
  if (points.empty()) return 0;
  if (points.size() == 1 || x <= points.begin()->first) return points.begin()->second;
  auto after = points.lower_bound(x);
  if (after == points.end()) after = std::prev(after);
  const auto before = std::prev(after);
  const double slope = (after->second - before->second) / (after->first - before->first);
  return before->second + slope * (x - before->first);
}

namespace {

/// Of one second of the store: what so many transactions take that it can do so many of.
double share(double wanted, double possible) { return possible > 0 ? wanted / possible : 0; }

double rate(const measured_figures& known, const std::string& name, double nodes) {
  const auto found = known.store.find(name);
  if (found == known.store.end()) return 0;
  // A transaction's time grows with what it reads; how many fit into a second does not fall in a straight
  // line.
  std::map<double, double> times;
  for (const auto& [count, per_second] : found->second) times[count] = per_second > 0 ? 1 / per_second : 0;
  const double time = between(times, nodes);
  return time > 0 ? 1 / time : 0;
}

}  // namespace

cluster_cost cost_of(const cluster_use& use, const measured_figures& known) {
  cluster_cost out;
  const double peers = use.nodes - 1;
  out.connections = peers;
  // A report, a question and a promise, there and back.
  out.messages = peers * use.beats * 3 * 2;
  out.bytes = peers * use.beats * (fit(known.bytes).at(use.nodes) + use.promise_bytes);
  out.value_bytes = use.calls * use.values * use.value_bytes;
  out.cpu_ms = std::max(0.0, fit(known.cpu_ms).at(use.nodes));
  out.renewals = use.nodes * use.beats;
  out.member_rows = out.renewals * peers;
  out.calls = use.nodes * use.calls / use.call_seconds;
  out.ledgers = use.nodes * use.calls * use.ledgers;
  out.store_share = share(out.renewals, rate(known, "renew", use.nodes)) +
                    share(out.calls, rate(known, "call", use.nodes)) +
                    share(out.ledgers, rate(known, "ledger", use.nodes));
  return out;
}

}  // namespace tandem::bench
