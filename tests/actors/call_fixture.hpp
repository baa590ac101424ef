#pragma once

#include "actors/call.hpp"
#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::test {

using namespace std::chrono_literals;

/// One call's supervisor with its real children; the test is carrier, node and providers.
struct call_fixture : fixture {
  call_fixture();
  ~call_fixture();

  void spawn(bool controlled);
  /// With a call that came to be in some other way.
  void spawn(const call_origin& origin);

  std::shared_ptr<fake_peer> attach();
  void start(fake_peer& stream, const std::string& call = "v3:a");
  void webhook(telnyx::webhook_type type);

  std::size_t commands(std::string_view action) const;
  call_record last_record() const;
  double active() const { return measure.calls_active->Value(); }
  std::size_t ended_records() const;

  /// Whether nothing of a call is left but its supervisor.
  bool childless() const;

  probe<records_actor> records;
  probe<carrier_actor> carrier;
  probe<node_actor> node;
  call_actor subject;
};

}  // namespace tandem::test
