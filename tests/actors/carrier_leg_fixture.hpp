#pragma once

#include "actors/carrier_leg.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "tests/actors/call_fixture.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::test {

using telnyx::webhook_type;

/// What the carrier has not answered yet.
using pending_dial = std::shared_ptr<caf::typed_response_promise<command_outcome>>;

/// A call that the engine answers or places, with the test as its carrier.
struct leg_fixture : call_fixture {
  leg_fixture();
  ~leg_fixture();

  static command_outcome dialled();
  void place(call_origin origin = {}, command_outcome outcome = dialled());

  /// The answer to the next dial waits for `answer_dial`.
  void be_slow();
  void answer_dial(command_outcome outcome);

  void find();
  void talk();

  void event(telnyx::webhook what, telnyx::leg_role role = telnyx::leg_role::conversation);
  void hangup(std::string cause);
  control_ruling wish(call_wish what, std::string text = {});

  std::string noted(std::string_view key) const;
  carrier_command last(std::string_view action) const;
  std::shared_ptr<fake_peer> scribe() const { return connector.peers[connector.peers.size() - 2]; }

  pending_dial dial = std::make_shared<pending_dial::element_type>();
  std::size_t providers = 0;
  std::chrono::seconds token_lasts{0};
  std::shared_ptr<fake_peer> stream;
};

}  // namespace tandem::test
