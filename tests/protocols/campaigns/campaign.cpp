#include "protocols/campaigns/campaign.hpp"

#include <doctest/doctest.h>

namespace tandem::campaigns {

namespace {

using namespace std::chrono_literals;

/// A Wednesday at noon in UTC.
const wall_time noon{std::chrono::milliseconds(1782907200000)};

std::vector<entry> numbers(std::size_t count, const std::string& zone = {}) {
  std::vector<entry> out;
  for (std::size_t i = 0; i < count; ++i) {
    entry one;
    one.n = static_cast<std::uint32_t>(i + 1);
    one.number = "+1312555010" + std::to_string(i);
    one.time_zone = zone;
    out.push_back(std::move(one));
  }
  return out;
}

struct rig {
  explicit rig(plan how, std::vector<entry> list = numbers(3))
      : subject({.id = "c", .how = std::move(how)}, std::move(list)) {}

  /// Begins the next call, if it is time; its place, or 0.
  std::uint32_t next() {
    const auto found = look();
    if (!found.next) return 0;
    subject.begin(*found.next, "call", now);
    return *found.next;
  }
  campaign::outlook look() {
    return subject.look(now, [this](const std::string& number) { return busy.contains(number); });
  }

  campaign subject;
  wall_time now = noon;
  std::set<std::string> busy;
};

plan calls(std::uint32_t concurrency, std::uint32_t attempts = 1) {
  plan how;
  how.concurrency = concurrency;
  how.retry.attempts = attempts;
  how.retry.on = retry_rule::usual(60s);
  return how;
}

}  // namespace

TEST_CASE("numbers are called in their order, so many at once") {
  rig it(calls(2));
  CHECK(it.next() == 1);
  CHECK(it.next() == 2);
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == wall_time::max());
  it.subject.settle(1, "agent_hung_up", it.now);
  CHECK(it.next() == 3);
  CHECK(it.subject.about().numbers == counts{.pending = 0, .calling = 2, .done = 1});
}

TEST_CASE("a call that was no try costs none, and its number waits a while") {
  rig it(calls(1), numbers(2));
  CHECK(it.next() == 1);
  it.subject.postpone(1, "carrier_unavailable", it.now);
  CHECK(it.subject.at(1).attempts == 0);
  CHECK(it.subject.at(1).call_id.empty());
  CHECK(it.subject.about().numbers == counts{.pending = 2});
  CHECK(it.next() == 2);
  it.subject.settle(2, "caller_hung_up", it.now);
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == noon + 60s);
  it.now += 60s;
  CHECK(it.next() == 1);
}

TEST_CASE("the pace spreads calls evenly, and a clock that is set back does not stop it") {
  auto how = calls(10);
  how.calls_per_minute = 30;
  rig it(how);
  CHECK(it.next() == 1);
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == noon + 2s);
  it.now += 2s;
  CHECK(it.next() == 2);
  it.now -= 1h;
  CHECK(it.next() == 0);
  it.now += 2s;
  CHECK(it.next() == 3);
}

TEST_CASE("a number is called again after the wait, if that end of its call is one to retry") {
  rig it(calls(1, 2), numbers(1));
  CHECK(it.next() == 1);
  it.subject.settle(1, "busy", it.now);
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == noon + 60s);
  it.now += 60s;
  CHECK(it.next() == 1);
  it.subject.settle(1, "busy", it.now);
  CHECK(it.subject.at(1).state == entry_state::failed);
  CHECK(it.subject.at(1).attempts == 2);
  CHECK(it.subject.at(1).end_reason == "busy");
}

TEST_CASE("each end of a call has a wait of its own, and nobody is called again while an old leg may live") {
  auto how = calls(3, 2);
  how.retry.on = {{"busy", 5s}, {"machine", 3600s}, {"interrupted", 1s}};
  rig it(how);
  while (it.next() != 0) {
  }
  it.subject.settle(1, "busy", it.now);
  it.subject.settle(2, "machine", it.now);
  it.subject.settle(3, interrupted, it.now);
  CHECK(it.subject.at(1).due_at == noon + 5s);
  CHECK(it.subject.at(2).due_at == noon + 1h);
  CHECK(it.subject.at(3).due_at == noon + 60s);
}

TEST_CASE("who was reached, or rejects, or does not exist is not called again") {
  rig it(calls(3, 5));
  while (it.next() != 0) {
  }
  it.subject.settle(1, "caller_hung_up", it.now);
  it.subject.settle(2, "rejected", it.now);
  it.subject.settle(3, "unreachable", it.now);
  CHECK(it.subject.at(1).state == entry_state::done);
  CHECK(it.subject.about().numbers == counts{.done = 1, .failed = 2});
}

TEST_CASE("those who wait for another try do not hold up the others") {
  rig it(calls(1, 2));
  CHECK(it.next() == 1);
  it.subject.settle(1, "no_answer", it.now);
  CHECK(it.next() == 2);
  it.subject.settle(2, "agent_hung_up", it.now);
  it.now += 60s;
  CHECK(it.next() == 3);
  it.subject.settle(3, "agent_hung_up", it.now);
  CHECK(it.next() == 1);
}

TEST_CASE("a number that is busy with another call waits, and the next one goes first") {
  rig it(calls(1));
  it.busy = {it.subject.at(1).number};
  CHECK(it.next() == 2);
  it.busy.clear();
  it.subject.settle(2, "agent_hung_up", it.now);
  CHECK(it.next() == 1);
}

TEST_CASE("a call that was not placed counts for nothing") {
  rig it(calls(1));
  CHECK(it.next() == 1);
  it.subject.put_back(1);
  CHECK(it.subject.at(1).attempts == 0);
  CHECK(it.subject.about().numbers == counts{.pending = 3});
  CHECK(it.next() == 1);
}

TEST_CASE("everybody is called by their own clock") {
  auto how = calls(10);
  how.hours = {.time_zone = "Europe/Berlin", .from = 9 * 60, .to = 17 * 60};
  auto list = numbers(3);
  // At noon in UTC it is 14:00 in Berlin, 5:00 in Los Angeles and 20:00 in Perth.
  list[1].time_zone = "America/Los_Angeles";
  list[2].time_zone = "Australia/Perth";
  rig it(how, list);
  CHECK(it.next() == 1);
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == noon + 4h);
  it.now += 4h;
  CHECK(it.next() == 2);
  it.now += 9h;
  CHECK(it.next() == 3);
}

TEST_CASE("what is paused begins no call, and goes on where it was") {
  rig it(calls(1));
  CHECK(it.subject.pause("why"));
  CHECK_FALSE(it.subject.pause());
  CHECK(it.next() == 0);
  CHECK(it.look().again_at == wall_time::max());
  CHECK(it.subject.about().why == "why");
  CHECK(it.subject.resume());
  CHECK_FALSE(it.subject.resume());
  CHECK(it.subject.about().why.empty());
  CHECK(it.next() == 1);
}

TEST_CASE("what is stopped is over for good, and closed with its last call") {
  rig it(calls(1));
  CHECK(it.next() == 1);
  CHECK(it.subject.stop(it.now));
  CHECK_FALSE(it.subject.stop(it.now));
  CHECK_FALSE(it.subject.resume());
  CHECK_FALSE(it.subject.tidy(it.now));
  it.subject.settle(1, "agent_hung_up", it.now);
  CHECK(it.next() == 0);
  CHECK(it.subject.tidy(it.now + 1s));
  CHECK(it.subject.about().closed);
  CHECK(it.subject.about().ended_at == it.now);
  CHECK(it.subject.about().state == campaign_state::stopped);
  CHECK(it.subject.about().numbers == counts{.pending = 2, .done = 1});
}

TEST_CASE("a campaign is finished when every number is settled") {
  rig it(calls(3));
  it.subject.exclude(2);
  CHECK(it.next() == 1);
  CHECK(it.next() == 3);
  it.subject.settle(1, "agent_hung_up", it.now);
  CHECK_FALSE(it.subject.tidy(it.now));
  it.subject.settle(3, "busy", it.now);
  CHECK(it.subject.tidy(it.now));
  CHECK_FALSE(it.subject.tidy(it.now));
  CHECK(it.subject.about().state == campaign_state::finished);
  CHECK(it.subject.about().numbers == counts{.done = 1, .failed = 1, .do_not_call = 1});
}

TEST_CASE("who wishes to be forgotten is not called, and nothing is left of them") {
  rig it(calls(1));
  CHECK(it.next() == 1);
  CHECK(it.subject.forget(it.subject.at(1).number).empty());
  CHECK(it.subject.forget(it.subject.at(2).number) == std::vector<std::uint32_t>{2});
  CHECK(it.subject.at(2).number.empty());
  CHECK(it.subject.at(2).state == entry_state::failed);
  it.subject.settle(1, "agent_hung_up", it.now);
  CHECK(it.next() == 3);
}

TEST_CASE("a campaign goes on from its numbers as they were kept") {
  auto list = numbers(4);
  list[0].state = entry_state::done;
  list[1].state = entry_state::calling;
  list[1].attempts = 1;
  list[2].due_at = noon + 5s;
  rig it(calls(2, 2), list);
  CHECK(it.subject.about().numbers == counts{.pending = 2, .calling = 1, .done = 1});
  CHECK(it.next() == 4);
  it.subject.settle(2, interrupted, it.now);
  CHECK(it.look().again_at == noon + 5s);
  it.now += 60s;
  CHECK(it.next() == 3);
  it.subject.settle(4, "agent_hung_up", it.now);
  CHECK(it.next() == 2);
}

TEST_CASE("a campaign is told with its settings and its counts") {
  campaign_record one{.id = "c", .node = "n", .created_at = noon, .how = calls(2)};
  one.numbers = {.pending = 1, .calling = 2, .done = 3, .failed = 4, .do_not_call = 5};
  std::string text;
  append_json(text, one);
  CHECK(text.starts_with(R"({"id":"c","node":"n","state":"running","created_at":"2026-07-01T12:00:00.000Z",)"
                         R"("ended_at":null,"settings":{)"));
  CHECK(text.ends_with(R"("numbers":{"total":15,"pending":1,"calling":2,"done":3,"failed":4,)"
                       R"("do_not_call":5,"duplicates":0}})"));
}

TEST_CASE("states have names") {
  for (auto state : {entry_state::pending, entry_state::calling, entry_state::done, entry_state::do_not_call})
    CHECK(entry_state_of(to_string(state)) == state);
  CHECK(entry_state_of("x") == entry_state::failed);
  for (auto state : {campaign_state::running, campaign_state::paused, campaign_state::finished})
    CHECK(campaign_state_of(to_string(state)) == state);
  CHECK(campaign_state_of("x") == campaign_state::stopped);
}

}  // namespace tandem::campaigns
