#include "actors/pass_gate.hpp"

#include "actors/cluster/call_pass.hpp"
#include "tests/actors/fixture.hpp"

#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using names = std::vector<std::string>;

/// A gate before a carrier that accepts everything.
struct gated : fixture, leg_commander {
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    gate.send(std::move(command), std::move(done));
  }
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }

  void permit(bool may_act) { permitted->set(may_act ? moment::max() : moment::min()); }

  void send(const std::string& action) {
    send_command({"v3:a", action, {}}, [this, action](const command_outcome& outcome) {
      (outcome.accepted ? accepted : failed).push_back(action);
    });
  }

  names sent;
  names accepted;
  names failed;
  std::shared_ptr<leases::permission> permitted = std::make_shared<leases::permission>();
  std::shared_ptr<call_pass> pass = std::make_shared<call_pass>(permitted);
  pass_gate gate{*this, [this](const carrier_command& command, const pass_gate::outcome_handler& done) {
                   sent.push_back(command.action);
                   done({.accepted = true});
                 }};
};

}  // namespace

TEST_CASE_FIXTURE(gated, "without a pass, and under a valid one, commands go through at once") {
  send("a");
  permit(true);
  gate.use(pass);
  send("b");
  CHECK(sent == names{"a", "b"});
  CHECK(host.armed_timers() == 0);
}

TEST_CASE_FIXTURE(gated, "commands wait for the pass and keep their order") {
  gate.use(pass);
  send("a");
  host.advance(1s);
  CHECK(sent.empty());
  permit(true);
  send("b");
  CHECK(sent.empty());
  host.advance(20ms);
  CHECK(sent == names{"a", "b"});
  CHECK(accepted == sent);
  CHECK(host.armed_timers() == 0);
}

TEST_CASE_FIXTURE(gated, "a closed pass lets nothing through until it is open again") {
  permit(true);
  gate.use(pass);
  pass->close();
  send("a");
  host.advance(1s);
  CHECK(sent.empty());
  pass->open();
  host.advance(20ms);
  CHECK(sent == names{"a"});
}

TEST_CASE_FIXTURE(gated, "a gate that is held lets nothing through, whatever the pass says") {
  gate.hold(true);
  send("a");
  host.advance(1s);
  CHECK(sent.empty());
  gate.hold(false);
  host.advance(20ms);
  CHECK(sent == names{"a"});
}

TEST_CASE_FIXTURE(gated, "what waited for as long as a command may take was not accepted") {
  gate.use(pass);
  send("a");
  host.advance(8s);
  send("b");
  host.advance(8s);
  CHECK(failed == names{"a"});
  permit(true);
  host.advance(20ms);
  CHECK(sent == names{"b"});
}

TEST_CASE_FIXTURE(gated, "so many commands wait, and no more") {
  gate.use(pass);
  for (int i = 0; i < 40; ++i) send(std::to_string(i));
  CHECK(failed.size() == 8);
  CHECK(failed.front() == "32");
  permit(true);
  host.advance(20ms);
  CHECK(sent.size() == 32);
}

TEST_CASE_FIXTURE(gated, "behind a gate that is shut nobody hears of anything") {
  gate.use(pass);
  send("a");
  gate.shut();
  permit(true);
  send("b");
  host.advance(20s);
  CHECK(sent.empty());
  CHECK(failed.empty());
  CHECK(host.armed_timers() == 0);
}

}  // namespace tandem::test
