#include "actors/carrier_leg.hpp"
#include "protocols/base64.hpp"
#include "protocols/json.hpp"
#include "protocols/telnyx/leg_label.hpp"
#include "protocols/telnyx/webhook.hpp"
#include "tests/actors/fixture.hpp"

#include <set>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A call that was another node's, as its new owner has it; the carrier accepts everything.
struct taken_fixture : fixture, leg_owner {
  taken_fixture() {
    shared.stream_token = [](std::string_view id, auto) { return "token-of-" + std::string(id); };
    settings.carrier.stream_url = "wss://b.example.com";
  }

  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    sent.push_back(std::move(command));
    if (answers) done(outcome);
  }
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }
  void leg_named(const std::string&) override {}
  void leg_answered() override {}
  void leg_over(std::string_view reason) override { ends.emplace_back(reason); }
  void transfer_failed() override {}
  void machine_heard(bool, bool) override {}
  void caller_held(bool) override {}
  void leg_noted(std::string_view, std::string_view) override {}

  std::string said(std::size_t which, std::string_view key) const {
    auto body = sent.at(which).body;
    json::document document;
    REQUIRE(document.parse(body) == json::fault::none);
    return std::string(json::text_or(document.root(), key));
  }

  void tell(telnyx::webhook_type type, std::string url) {
    leg.on_webhook({.type = type, .call_control_id = "v3:a", .stream_url = std::move(url)});
  }

  bool answers = true;
  command_outcome outcome{.accepted = true};
  std::vector<carrier_command> sent;
  std::vector<std::string> ends;
  call_origin origin{
      .id = "a-1-1", .direction = call_direction::outgoing, .carrier_call_id = "v3:a", .controlled = true};
  carrier_leg leg{*this, origin, settings, shared};
};

using reasons = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(taken_fixture, "a leg that is taken over is streamed to its new owner, and is that one's") {
  leg.take_over({.stream_id = "old", .owner = 1});
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].action == "streaming_start");
  CHECK(sent[0].carrier_call_id == "v3:a");
  CHECK(said(0, "stream_url") == "wss://b.example.com/telnyx/media/token-of-a-1-1");
  const auto label = telnyx::read_leg_label(base64::decoded_text(said(0, "client_state")).value_or(""));
  REQUIRE(label);
  CHECK(label->node == "test-node");
  CHECK(label->call_id == "a-1-1");
  leg.stream_began("v3:a", "new");
  CHECK_FALSE(leg.settled());
  leg.hang_up([] {});
  REQUIRE(sent.size() == 2);
  CHECK(sent[1].action == "hangup");
  CHECK(ends.empty());
}

TEST_CASE_FIXTURE(taken_fixture, "no owner's command has the id of another owner's") {
  std::set<std::string> ids;
  for (std::uint32_t owner = 0; owner < 3; ++owner) {
    carrier_leg one{*this, origin, settings, shared};
    one.take_over({.owner = owner});
    one.stream_began("v3:a", "s");
    one.press("1");
  }
  for (std::size_t i = 0; i < sent.size(); ++i) ids.insert(said(i, "command_id"));
  CHECK(ids.size() == 6);
}

TEST_CASE_FIXTURE(taken_fixture,
                  "a leg that was being transferred is waited for, and streamed to if nobody takes it") {
  leg.take_over({.transferring = true, .stream_id = "old"});
  CHECK(leg.transferring());
  host.advance(40s);
  CHECK(sent.empty());
  for (int seconds = 0; seconds < 10 && leg.transferring(); ++seconds) host.advance(1s);
  CHECK_FALSE(leg.transferring());
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].action == "streaming_start");
  leg.stream_began("v3:a", "new");
}

TEST_CASE_FIXTURE(taken_fixture, "what the next owner has to know goes on from owner to owner") {
  leg.take_over({.answered_by = "human", .ends_at_machine = false, .stream_id = "old", .owner = 4});
  leg.stream_began("v3:a", "new");
  CHECK(leg.facts() == leg_facts{.controlled = true,
                                 .answered = true,
                                 .answered_by = "human",
                                 .ends_at_machine = false,
                                 .codec = settings.carrier.codec,
                                 .stream_id = "new",
                                 .owner = 5});
}

TEST_CASE_FIXTURE(taken_fixture, "an old stream that keeps the new one waiting is stopped by its id") {
  leg.take_over({.stream_id = "old"});
  host.advance(3s);
  REQUIRE(sent.size() == 2);
  CHECK(sent[1].action == "streaming_stop");
  CHECK(said(1, "stream_id") == "old");
  leg.stream_began("v3:a", "new");
  host.advance(60s);
  CHECK(sent.size() == 2);
}

TEST_CASE_FIXTURE(taken_fixture,
                  "a stream to a node that has fallen silent is stopped at once, and only that one") {
  origin.former_is_silent = true;
  carrier_leg one{*this, origin, settings, shared};
  one.take_over({.stream_id = "old"});
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].action == "streaming_stop");
  CHECK(said(0, "stream_id") == "old");
  CHECK(sent[1].action == "streaming_start");
  CHECK(said(0, "command_id") != said(1, "command_id"));
  one.stream_began("v3:a", "new");
  one.stream_lost();
  host.advance(1500ms);
  REQUIRE(sent.size() == 3);
  CHECK(sent[2].action == "streaming_start");
  one.stream_began("v3:a", "newer");
}

TEST_CASE_FIXTURE(taken_fixture, "what is told late and twice of the old stream ends nothing") {
  leg.take_over({.stream_id = "old"});
  leg.stream_began("v3:a", "new");
  for (int i = 0; i < 2; ++i) {
    tell(telnyx::webhook_type::streaming_stopped, "wss://a.example.com/telnyx/media/x");
    tell(telnyx::webhook_type::streaming_failed, "wss://a.example.com/telnyx/media/x");
  }
  host.advance(60s);
  CHECK(ends.empty());
  CHECK(sent.size() == 1);
}

TEST_CASE_FIXTURE(taken_fixture, "a leg that has ended before it was taken over ends its call") {
  outcome = {false, "90018", "Call has already ended"};
  leg.take_over({.stream_id = "old"});
  CHECK(ends == reasons{"caller_hung_up"});
  CHECK(leg.settled());
}

TEST_CASE_FIXTURE(taken_fixture, "a leg that ends while it is taken over ends its call") {
  answers = false;
  leg.take_over({.stream_id = "old"});
  leg.on_webhook({.type = telnyx::webhook_type::call_hangup,
                  .call_control_id = "v3:a",
                  .hangup_cause = "normal_clearing"});
  host.advance(60s);
  CHECK(ends == reasons{"caller_hung_up"});
  CHECK(sent.size() == 1);
}

}  // namespace tandem::test
