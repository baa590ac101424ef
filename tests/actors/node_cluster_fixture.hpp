#pragma once

#include "actors/cluster/call_pass.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/node_fixture.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

/// A node that is not alone: whatever its calls claim is its own, and no other node takes anything.
struct cluster_node : node_fixture {
  explicit cluster_node(const admission_limits& limits = {.max_calls = 3});

  static std::shared_ptr<const call_pass> pass();
  void claims(claim_outcome whose);
  static std::shared_ptr<const telnyx::webhook> event(telnyx::webhook_type type, std::string leg,
                                                      std::string id, const std::string& state = {});

  /// Another node passes a webhook on: whether it is taken here.
  bool offer(telnyx::webhook_type type, std::string leg, std::string id, bool begins = false);
  bool offer(std::string leg);

  /// A sign of life of a leg with this node's label, whose call is not here.
  void find_leg(std::string leg, const std::string& call_id);

  void alive(bool is);
  void dials(std::string leg);
  std::string id_of(const std::string& leg);
  std::vector<telnyx::webhook_type> routed() const;
};

}  // namespace tandem::test
