#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::bench {

/// A node with calls dies at time 0; times are in seconds.
struct failover_settings {
  std::size_t calls = 1000;
  std::size_t survivors = 9;
  double heartbeat = 0.25;
  double timeout = 1;
  /// Calls that are adopted with one request, as `leases::lease_rules` has it.
  std::size_t at_once = 8;
  /// Requests a second that the store does one after the other: with calls in them, and without.
  double adoptions = 1000;
  double vain_adoptions = 2500;
  /// To the store and back.
  double store_trip = 0.001;
  /// For newer copies of the calls' values.
  double copies = 0.02;
  /// A command's time at the carrier, from … to, and how many a second it takes from the account; 0 = any
  /// number.
  double command_least = 0.05;
  double command_most = 0.3;
  double commands = 0;
  /// A call's: one where the node's process ended, two where it fell silent with its streams open.
  std::size_t commands_each = 1;
  /// Of one node's on the wire at once, and how long one may wait, as `carrier_policy` has it.
  std::size_t commands_at_once = 64;
  double command_deadline = 14;
  /// From the carrier's yes to the first word: its stream comes in, speech is asked for.
  double first_word = 0.5;
  std::uint64_t seed = 1;
};

/// When what happened.
struct failover_result {
  double fenced = 0;
  double adopted = 0;
  /// When each call spoke again, in order; calls whose command waited too long are not among them.
  std::vector<double> spoke;
  std::size_t given_up = 0;
  /// Adoptions that the store was asked for, and those among them that were in vain.
  std::size_t requests = 0;
  std::size_t vain = 0;

  /// The time by which this share of the calls speaks; the last one's for 1.
  double by(double share) const;
};

/// Runs it in simulated time; the same settings give the same result.
failover_result run_failover(const failover_settings& how);

}  // namespace tandem::bench
