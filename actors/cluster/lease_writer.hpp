#pragma once

#include "actors/cluster/store_line.hpp"
#include "actors/runtime/back_off.hpp"
#include "protocols/cluster/lease.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace tandem {

/// Writes to the store what nobody waits for: ledgers of calls, and the ends of their leases. Again until the
/// store answers; one write of a call at a time, and few altogether, so that no claim waits behind them.
class lease_writer {
 public:
  /// Ends of leases that may wait for the store; beyond, see `end`.
  static constexpr std::size_t most_ends = 10'000;

  /// Is told when the lease that a call had in this term is over.
  using ended = std::function<void(const std::string& call_id, std::int64_t term)>;

  lease_writer(store_line& line, std::uint32_t seed, ended heard);

  /// Takes the place of an older ledger of this call that has not been written.
  void keep(leases::keep_ledger ledger);

  /// Ends a lease, in place of any ledger; false when too many wait, and it is forgotten. A lease that nobody
  /// ends stays this node's for as long as its epoch lasts. Whoever adopts it then asks the carrier, hears
  /// that the call is over, and ends it.
  bool end(leases::release what, std::int64_t term);

  /// Its ledger does not matter any more.
  void forget(const std::string& call_id);

  /// Whether the end of its lease is on its way.
  bool is_ending(const std::string& call_id) const;

  /// Tries at once what waits; done when no end of a lease waits any more, or the store does not answer.
  void flush(std::function<void()> done);

 private:
  struct job {
    std::optional<leases::keep_ledger> ledger{};
    std::optional<leases::release> end{};
    std::int64_t term = 0;
    /// Its place in the queue, 0 when it is in none; the write that is under way, 0 when none is.
    std::uint64_t place = 0;
    std::uint64_t ticket = 0;
  };

  void enqueue(const std::string& call_id, job& which);
  void pump();
  void write(const std::string& call_id, job& which);
  /// Without a version it was the end.
  void settle(const std::string& call_id, std::uint64_t ticket, std::optional<std::int64_t> version,
              bool is_answered);
  void rest();
  void be_flushed();

  store_line& line_;
  const ended heard_;
  std::map<std::string, job> jobs_;
  std::map<std::uint64_t, std::string> queue_;
  std::uint64_t last_ = 0;
  std::size_t ends_ = 0;
  std::size_t under_way_ = 0;
  back_off waits_;
  /// The store did not answer: until it is to be asked again.
  bool rests_ = false;
  timer again_;
  std::function<void()> flushed_;
};

}  // namespace tandem
