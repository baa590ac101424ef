#include "actors/leg_keeper.hpp"

#include "tests/actors/fixture.hpp"

#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// The test is the carrier: it answers each command as it likes.
struct keeper_fixture : fixture, leg_commander {
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    commands.push_back(std::move(command));
    auto answer = command_outcome{.accepted = reachable};
    answer.is_alive = alive;
    done(answer);
  }
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }

  std::size_t count(std::string_view action) const {
    std::size_t found = 0;
    for (const auto& each : commands) found += each.action == action;
    return found;
  }

  bool reachable = true;
  bool alive = true;
  std::vector<carrier_command> commands;
  leg_keeper keeper{*this};
};

}  // namespace

TEST_CASE_FIXTURE(keeper_fixture, "a leg whose end was only on its way is left alone") {
  keeper.watch({"v3:a", "n-1-1"});
  host.advance(4s);
  keeper.ended("v3:a");
  host.advance(600s);
  CHECK(commands.empty());
  CHECK(keeper.size() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture, "a leg that the carrier says is down is forgotten without a hang-up") {
  alive = false;
  keeper.watch({"v3:a", "n-1-1"});
  host.advance(6s);
  CHECK(count("status") == 1);
  CHECK(count("hangup") == 0);
  CHECK(keeper.size() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture, "a leg that lives on is hung up until the carrier says that it has ended") {
  keeper.watch({"v3:a", "n-1-1"});
  host.advance(30s);
  CHECK(count("hangup") > 2);
  // A command that was accepted before is not the same command.
  CHECK(commands[1].body != commands[3].body);
  alive = false;
  host.advance(60s);
  CHECK(keeper.size() == 0);
  const auto before = commands.size();
  host.advance(600s);
  CHECK(commands.size() == before);
}

TEST_CASE_FIXTURE(keeper_fixture, "looking after a leg ends, even when the carrier never confirms its end") {
  for (const bool answers : {true, false}) {
    reachable = answers;
    commands.clear();
    keeper.watch({"v3:a", "n-1-1"});
    host.advance(1h);
    CHECK(keeper.size() == 0);
    CHECK(count("status") == 12);
    CHECK(count("hangup") == (answers ? 12 : 0));
  }
}

TEST_CASE_FIXTURE(keeper_fixture, "a leg that nobody has hung up is hung up at once") {
  keeper.watch({"v3:a", "n-1-1", leg_worry::failed});
  CHECK(count("hangup") == 1);
  alive = false;
  host.advance(10s);
  CHECK(keeper.size() == 0);
}

TEST_CASE_FIXTURE(keeper_fixture, "no more legs are looked after than the bound allows, and none twice") {
  leg_keeper small(*this, {.bound = 2});
  for (const auto* leg : {"a", "a", "b", "c", ""}) small.watch({leg, "n-1-1"});
  CHECK(small.size() == 2);
}

namespace {

/// Another node may have the call by now.
struct shared_keeper : keeper_fixture {
  leg_claims claims() {
    return {.whose =
                [this](const watched_leg& leg, auto done) {
                  asked.push_back(leg);
                  done(whose);
                },
            .settled = [this](const watched_leg& leg) { settled.push_back(leg.call_id); }};
  }

  claim_outcome whose = claim_outcome::ours;
  std::vector<watched_leg> asked;
  std::vector<std::string> settled;
  leg_keeper among{*this, {}, claims()};
};

}  // namespace

TEST_CASE_FIXTURE(shared_keeper, "a leg that another node has by now gets no command, however it was found") {
  whose = claim_outcome::anothers;
  for (const auto why : {leg_worry::failed, leg_worry::left, leg_worry::refused}) {
    among.watch({"v3:a", "n-1-1", why});
    host.advance(600s);
    CHECK(asked.back().why == why);
    CHECK(among.size() == 0);
  }
  CHECK(asked.size() == 3);
  CHECK(commands.empty());
  CHECK(settled.empty());
}

TEST_CASE_FIXTURE(shared_keeper, "while nobody can tell whose a leg is, it gets no command") {
  whose = claim_outcome::unknown;
  among.watch({"v3:a", "n-1-1", leg_worry::left});
  host.advance(20s);
  CHECK(asked.size() > 2);
  CHECK(commands.empty());
  whose = claim_outcome::ours;
  host.advance(30s);
  CHECK(count("hangup") > 0);
  alive = false;
  host.advance(60s);
  CHECK(settled == std::vector<std::string>{"n-1-1"});
}

TEST_CASE_FIXTURE(shared_keeper, "a leg that is somebody's again is not settled") {
  among.watch({"v3:a", "n-1-1", leg_worry::left});
  among.let_go("v3:a");
  among.ended("v3:a");
  host.advance(600s);
  CHECK(commands.empty());
  CHECK(settled.empty());
}

}  // namespace tandem::test
