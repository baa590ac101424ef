#include "tests/actors/campaigns_fixture.hpp"

namespace tandem::test {

namespace {

campaigns::plan calls(std::uint32_t attempts) {
  campaigns::plan how;
  how.retry = {.attempts = attempts, .on = {{"busy", 30s}, {"interrupted", 1s}}};
  return how;
}

/// A node whose calls may be another one's.
struct shared_campaigns : campaigns_fixture {
  shared_campaigns() : anywhere(spawn_probe<actor_kind::cluster, switchboard_actor>()) {
    switchboard = anywhere.handle;
    start_again();
    load();
  }
  ~shared_campaigns() {
    nobody_has_it();
    anywhere.handle = switchboard_actor{};
  }

  /// Another node has the only call of the campaign.
  void another_has(const std::string& call_id) {
    nobody_has_it();
    call = spawn_probe<actor_kind::call, call_actor>();
    anywhere->answer_with(call_owner{"b", call_id, call.handle});
  }
  void nobody_has_it() {
    anywhere->answer_with(call_owner{});
    call = {};
  }
  void end_there() {
    const auto gone = std::move(call.handle);
    fixture::end(gone);
    run();
  }

  probe<switchboard_actor> anywhere;
  probe<call_actor> call;
};

const std::string first = campaigns_fixture::number_of(1);

}  // namespace

TEST_CASE_FIXTURE(shared_campaigns, "a campaign's call is followed to whichever node has it") {
  const auto id = begin(calls(1), 1);
  const auto call_id = world->calls.begin()->first;
  another_has(call_id);
  advance(6s);
  CHECK(anywhere->last<find_anywhere>().id == call_id);
  // It moves on: what ends there is not its end.
  const auto left = call.handle;
  another_has(call_id);
  fixture::end(left);
  advance(120s);
  CHECK(number(id, 1).state == entry_state::calling);
  world->records[call_id] = {.id = call_id, .state = call_state::ended, .end_reason = "caller_hung_up"};
  anywhere->answer_with(call_owner{});
  end_there();
  CHECK(number(id, 1).state == entry_state::done);
  CHECK(world->asked == 1);
}

TEST_CASE_FIXTURE(shared_campaigns,
                  "after a restart nobody is called whose call another node has taken over") {
  const auto id = begin(calls(3), 1);
  const auto call_id = world->calls.begin()->first;
  // The other one cannot be reached at first.
  start_again();
  anywhere->answer_with(call_owner{"b", call_id, {}});
  load();
  advance(100s);
  another_has(call_id);
  advance(100s);
  CHECK(on_line().empty());
  CHECK(number(id, 1).state == entry_state::calling);
  CHECK(number(id, 1).attempts == 1);
  world->records[call_id] = {.id = call_id, .state = call_state::ended, .end_reason = "caller_hung_up"};
  anywhere->answer_with(call_owner{});
  end_there();
  CHECK(number(id, 1).state == entry_state::done);
}

TEST_CASE_FIXTURE(shared_campaigns, "who told another node not to be called any more is not called") {
  const auto id = begin(calls(3), 2);
  REQUIRE(on_line() == std::vector<std::string>{first});
  const auto second = number_of(2);
  store.barred[second] = {.number = second,
                          .since = std::chrono::time_point_cast<std::chrono::milliseconds>(host.wall_clock()),
                          .source = "b-1-1"};
  advance(25s);
  CHECK_FALSE(ask<number_ruling>(check_number{second}).may_be_called);
}

TEST_CASE_FIXTURE(shared_campaigns, "a call that no node has taken over is given up, and tried again") {
  const auto id = begin(calls(3), 1);
  const auto call_id = world->calls.begin()->first;
  // As the node's own start has it, which knows of no other's.
  world->records[call_id] = {.id = call_id, .state = call_state::ended, .end_reason = "internal_error"};
  start_again();
  load();
  advance(29s);
  CHECK(number(id, 1).state == entry_state::calling);
  advance(10s);
  CHECK(number(id, 1).state != entry_state::calling);
  // As after every call that died with its node.
  advance(60s);
  CHECK(on_line() == std::vector<std::string>{first});
  CHECK(number(id, 1).attempts == 2);
}

}  // namespace tandem::test
