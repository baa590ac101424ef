#pragma once

#include <istream>
#include <map>
#include <string>
#include <vector>

namespace tandem::bench {

/// What was measured of one cluster or store on one machine.
struct measured_figures {
  /// By number of nodes: bytes of payload for each heartbeat and peer, and what processors do for a node that
  /// has no calls, in ms a second.
  std::map<double, double> bytes;
  std::map<double, double> cpu_ms;
  /// Transactions a second of a store that does nothing else, by name and number of nodes.
  std::map<std::string, std::map<double, double>> store;
};

/// Reads lines as tests/bench/cluster/members and tests/bench/cluster/store print them; other lines count for
/// nothing.
void read_figures(std::istream& from, measured_figures& to);

/// A straight line through points, by least squares; through one point it is level.
struct line {
  double base = 0;
  double slope = 0;

  double at(double x) const { return base + slope * x; }
};
line fit(const std::map<double, double>& points);

/// The value at `x`: straight from one point to the next, and beyond the last as between the last two; before
/// the first one that one's.
double between(const std::map<double, double>& points, double x);

/// How a cluster is used.
struct cluster_use {
  double nodes = 10;
  /// Calls at once at each node, and how long one lasts.
  double calls = 400;
  double call_seconds = 180;
  double beats = 4;
  /// A call's value is written so often a second while somebody speaks, and so many bytes go to a peer for
  /// each change.
  double ledgers = 0.5;
  double value_bytes = 4000;
  double values = 2;
  /// Bytes of a question and its promise, where `measured_figures` were taken without.
  double promise_bytes = 0;
};

/// What it costs that the nodes are one cluster.
struct cluster_cost {
  /// At each node.
  double connections = 0;
  double messages = 0;
  double bytes = 0;
  double value_bytes = 0;
  double cpu_ms = 0;
  /// At the store, a second.
  double renewals = 0;
  double member_rows = 0;
  double calls = 0;
  double ledgers = 0;
  /// Of what the measured store can do; 1 = all.
  double store_share = 0;
};

cluster_cost cost_of(const cluster_use& use, const measured_figures& known);

}  // namespace tandem::bench
