#pragma once

#include "actors/cluster/ownership.hpp"
#include "tests/actors/cluster/fake_lease_store.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

/// An answer that may come later, and outlive whoever waits for it.
template <class Answer>
using later_answer = std::shared_ptr<std::optional<Answer>>;

/// One of the nodes that share a store.
struct owning_node {
  owning_node(test_loop& host, metrics& measure, lease_rows& rows, const std::string& name, bool alone);

  later_answer<claim_ruling> claim(const std::string& call_id, const std::string& carrier_call_id);
  later_answer<std::optional<owned_lease>> take(const leases::offer& from);
  later_answer<bool> take_back(const std::string& call_id);
  later_answer<std::optional<leases::lease>> find(const std::string& id);

  /// Keeps this as the call's newest value.
  void keep(const std::string& call_id, const std::string& value);

  scripted_lease_store store;
  std::vector<owned_lease> adopted;
  int fences = 0;
  std::vector<std::string> lost;
  /// Whether the other nodes do not reach it, nor it them.
  bool is_cut = false;
  ownership own;
};

/// Nodes that share a store, in virtual time.
struct ownership_fixture : fixture {
  ownership_fixture();
  ~ownership_fixture();

  /// Starts one, which would adopt ten calls.
  owning_node& start(const std::string& name, bool alone = false);

  /// Ends it as a process is killed.
  void kill(const owning_node& which);

  /// Time passes, and with each heartbeat the nodes ask each other for promises.
  void live(std::chrono::milliseconds time);

  /// A call of this node's; the pass under which it may act.
  std::shared_ptr<const call_pass> own(owning_node& at, const std::string& call_id);

  bool may_act(const std::shared_ptr<const call_pass>& pass) const { return pass->valid(host.now()); }

  double counted(lease_outcome what) { return measure.leases(what).Value(); }

  const leases::lease& row(const std::string& call_id) { return rows.calls.at(call_id).what; }

  lease_rows rows;
  std::vector<std::unique_ptr<owning_node>> nodes;

 private:
  void exchange_promises(owning_node& asker);
};

}  // namespace tandem::test
