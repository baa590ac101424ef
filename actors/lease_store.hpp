#pragma once

#include "protocols/cluster/lease.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace tandem {

/// Keeps for all nodes of a cluster who owns which call. As with `call_store`, methods return at once, and
/// callbacks come from a thread of the store's, each exactly once. Nothing stands for a store that cannot be
/// reached in time; what was asked may then have been done, or be done later. On a store that nodes cannot
/// share it is always nothing.
class lease_store {
 public:
  template <class Answer>
  using answer_to = std::function<void(std::optional<Answer>)>;
  /// One lease, or none.
  using found_lease = std::vector<leases::lease>;

  virtual ~lease_store() = default;

  /// Of the node: these wait for no request of a call.
  virtual void ask(leases::join request, answer_to<leases::standing> answer) = 0;
  virtual void ask(leases::renew request, answer_to<leases::standing> answer) = 0;
  virtual void ask(leases::fence request, answer_to<bool> answer) = 0;
  virtual void ask(leases::adopt request, answer_to<leases::adoption> answer) = 0;
  virtual void ask(leases::leave request, answer_to<bool> answer) = 0;

  /// Of a call.
  virtual void ask(leases::claim request, answer_to<found_lease> answer) = 0;
  virtual void ask(leases::take request, answer_to<found_lease> answer) = 0;
  virtual void ask(leases::find_lease request, answer_to<found_lease> answer) = 0;
  virtual void ask(leases::keep_ledger request, answer_to<bool> answer) = 0;
  virtual void ask(leases::release request, answer_to<bool> answer) = 0;
};

}  // namespace tandem
