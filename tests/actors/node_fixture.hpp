#pragma once

#include "actors/admission.hpp"
#include "actors/node.hpp"
#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tandem::test {

using namespace std::chrono_literals;

/// The actor that owns the calls, with real calls on two loops; the test is carrier, store and providers, and
/// the switchboard of a node that is not alone.
struct node_fixture : fixture {
  explicit node_fixture(const admission_limits& limits = {.max_calls = 3}, call_limits of_calls = {},
                        link_connector* network = nullptr, bool is_alone = true);
  ~node_fixture();

  void run();
  void advance(std::chrono::milliseconds by);

  void webhook(telnyx::webhook_type type, std::string call, std::string id,
               std::string direction = "incoming");
  void announce(std::string call, std::string direction = "incoming");
  void hang_up(std::string call) { webhook(telnyx::webhook_type::call_hangup, call, "hangup-" + call); }

  /// A stream on the fixed token comes, and says that it carries this call, if any.
  std::shared_ptr<fake_peer> come_in(const std::string& call, open_stream door = {});

  /// A frame of the caller's, as the carrier sends it.
  static constexpr const char* frame =
      R"({"event":"media","media":{"track":"inbound","payload":"/////w=="}})";

  /// What the node answers. What tests ask is instantiated in the source.
  template <class Answer, class Question>
  Answer ask(Question question);

  std::uint32_t calls();
  std::size_t commands(std::string_view action) const;

  test_loop other{system};
  std::shared_ptr<admission> door;
  probe<records_actor> records;
  probe<carrier_actor> carrier;
  probe<switchboard_actor> switchboard;
  node_actor subject;
};

}  // namespace tandem::test
