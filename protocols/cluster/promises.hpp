#pragma once

#include "protocols/cluster/lease.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace tandem::leases {

/// Asks a peer not to fence this node; sent to every peer with each heartbeat, best when the asker has just
/// renewed.
struct question {
  node_id asker;
  /// By the asker's clock; comes back unread.
  moment asked{};
  /// The asker's renewals, as far as the store has answered them.
  std::int64_t renewals = 0;
};

/// The answer: for `lease_rules::timeout` from when the question came, `by` does not fence `to`.
struct promise {
  node_id by;
  node_id to;
  moment asked{};
};

/// What peers have promised this node, and what it has promised them.
class promises {
 public:
  explicit promises(const lease_rules& rules) : rules_(rules) {}

  /// Promises; who promises may have no attempt under way against whoever asks.
  promise give(const node_id& by, const question& from, moment now);

  /// When this node may fence that one, as far as its word goes; nothing = at once.
  std::optional<moment> bound_until(std::int64_t epoch, moment now) const;

  /// Takes a promise to `self`; one that was asked for by an earlier epoch counts for nothing.
  void take(const promise& from, const node_id& self, moment now);

  /// Until when every one of these has promised; nothing when one has not.
  std::optional<moment> held_until(const std::vector<member>& members) const;

  /// Forgets what is promised to this node: its epoch is another.
  void renounce() { held_.clear(); }

 private:
  const lease_rules rules_;
  /// By epoch, until when; bounded by dropping those that are over.
  std::map<std::int64_t, moment> given_;
  /// By epoch, when the question was asked.
  std::map<std::int64_t, moment> held_;
};

}  // namespace tandem::leases
