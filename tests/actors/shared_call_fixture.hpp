#pragma once

#include "actors/cluster/call_pass.hpp"
#include "protocols/conversation/call_value.hpp"
#include "tests/actors/carrier_leg_fixture.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <prometheus/counter.h>

namespace tandem::test {

/// A call of a node in a cluster; the test is its switchboard as well, and says when the node may act.
struct shared_call : leg_fixture {
  shared_call() : desk(spawn_probe<actor_kind::cluster, switchboard_actor>()) {
    shared.switchboard = desk.handle;
    settings.turns.silence = 600s;
    permit(true);
    desk->answer_with(claim_ruling{claim_outcome::ours, pass});
  }

  ~shared_call() {
    // What waits for a permission would wait beyond the test.
    permit(true);
    host.advance(50ms);
    shared.switchboard = switchboard_actor{};
    desk.handle = switchboard_actor{};
  }

  void permit(bool may_act) { permitted->set(may_act ? moment::max() : moment::min()); }

  /// A caller's call that has its stream and its dialogue.
  void converse() {
    spawn(true);
    talk();
  }

  /// The call as its node had it kept last.
  call_value kept() const { return read(desk->last<keep_value>().value); }

  static call_value read(const std::string& value) {
    auto read = call_value::from_json(value);
    REQUIRE_MESSAGE(read, read.error());
    return std::move(*read);
  }

  /// The call goes on here with what its former owner left, or with nothing.
  void adopt(std::shared_ptr<const call_value> former) {
    subject = owned(spawn_call(host,
                               {.id = "n-1-1",
                                .carrier_call_id = "v3:a",
                                .controlled = true,
                                .former = std::move(former),
                                .pass = pass},
                               std::make_shared<const call_settings>(settings), shared, node.handle));
    host.run();
  }

  std::size_t events(std::string_view called) const {
    const auto told = records->all<event_added>();
    return static_cast<std::size_t>(std::count_if(
        told.begin(), told.end(), [called](const event_added& each) { return each.event.name == called; }));
  }

  /// Whether the call is gone without a word to the carrier, the store and whoever watches.
  void check_left_quietly() {
    subject = call_actor{};
    CHECK(comes_to(actor_kind::call, 0));
    CHECK(childless());
    CHECK(node->last<call_moved>().call_id == "n-1-1");
    CHECK(node->count<leg_settled>() == 0);
    CHECK(commands("hangup") == 0);
    CHECK(ended_records() == 0);
    CHECK(events("call.ended") == 0);
    CHECK(desk->count<end_lease>() == 0);
    CHECK(active() == 0);
  }

  probe<switchboard_actor> desk;
  std::shared_ptr<leases::permission> permitted = std::make_shared<leases::permission>();
  std::shared_ptr<call_pass> pass = std::make_shared<call_pass>(permitted);
};

}  // namespace tandem::test
