#pragma once

#include "actors/cluster/call_pass.hpp"
#include "protocols/conversation/call_value.hpp"
#include "tests/actors/carrier_leg_fixture.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::test {

/// A call of a node in a cluster; the test is its switchboard as well, and says when the node may act.
struct shared_call : leg_fixture {
  shared_call();
  ~shared_call();

  void permit(bool may_act) { permitted->set(may_act ? moment::max() : moment::min()); }

  /// A caller's call that has its stream and its dialogue.
  void converse();

  /// The call as its node had it kept last.
  call_value kept() const { return read(desk->last<keep_value>().value); }
  static call_value read(const std::string& value);

  /// The call goes on here with what its former owner left, or with nothing.
  void adopt(std::shared_ptr<const call_value> former);

  std::size_t events(std::string_view called) const;

  /// Whether the call is gone without a word to the carrier, the store and whoever watches.
  void check_left_quietly();

  probe<switchboard_actor> desk;
  std::shared_ptr<leases::permission> permitted = std::make_shared<leases::permission>();
  std::shared_ptr<call_pass> pass = std::make_shared<call_pass>(permitted);
};

}  // namespace tandem::test
