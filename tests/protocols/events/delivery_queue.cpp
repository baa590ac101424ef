#include "protocols/events/delivery_queue.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

using fate = delivery_queue::fate;

struct queue_fixture {
  std::vector<delivery> add(const std::string& call_id, std::int64_t n) {
    return queue.add({.call_id = call_id, .n = n, .at = time, .body = std::string(10, 'x')}, now);
  }

  /// What is to be made now: calls and numbers.
  std::string due() { return names(queue.due(now)); }

  static std::string names(const std::vector<delivery>& all) {
    std::string out;
    for (const auto& each : all) out += each.call_id + std::to_string(each.n) + " ";
    return out;
  }

  fate settle(std::string_view call_id, bool taken) { return queue.settle(call_id, taken, now, time); }

  void pass(std::chrono::seconds by) {
    now += by;
    time += by;
  }

  moment now{1h};
  wall_time time{std::chrono::milliseconds(1'700'000'000'000)};
  delivery_queue queue;
};

}  // namespace

TEST_CASE_FIXTURE(queue_fixture,
                  "a call's events are made one after the other, those of others beside them") {
  add("a", 1);
  add("a", 2);
  add("b", 3);
  CHECK(due() == "a1 b3 ");
  CHECK(due().empty());
  CHECK(settle("a", true) == fate::taken);
  CHECK(due() == "a2 ");
  add("b", 4);
  CHECK(due().empty());
  CHECK(settle("b", true) == fate::taken);
  CHECK(settle("a", true) == fate::taken);
  CHECK(due() == "b4 ");
  CHECK(settle("b", true) == fate::taken);
  CHECK(queue.size() == 0);
  CHECK_FALSE(queue.wake_up());
}

TEST_CASE_FIXTURE(queue_fixture, "what fails is made again, later each time, and holds up its call alone") {
  add("a", 1);
  add("a", 2);
  add("b", 3);
  CHECK(due() == "a1 b3 ");
  for (const auto wait : {1s, 2s, 4s}) {
    CHECK(settle("a", false) == fate::again);
    CHECK(due().empty());
    CHECK(queue.wake_up() == now + wait);
    pass(wait);
    CHECK(due() == "a1 ");
  }
  CHECK(settle("b", true) == fate::taken);
  CHECK(settle("a", true) == fate::taken);
  CHECK(due() == "a2 ");
  CHECK(settle("a", false) == fate::again);
  CHECK(queue.wake_up() == now + 1s);
}

TEST_CASE_FIXTURE(queue_fixture, "no more are under way than are allowed") {
  queue = delivery_queue({.at_once = 2});
  for (const auto* call : {"a", "b", "c", "d"}) add(call, 1);
  CHECK(due() == "a1 b1 ");
  CHECK_FALSE(queue.wake_up());
  CHECK(settle("a", true) == fate::taken);
  CHECK(due() == "c1 ");
  CHECK(settle("b", false) == fate::again);
  CHECK(due() == "d1 ");
}

TEST_CASE_FIXTURE(queue_fixture, "what is too old when it fails is given up, and the next is tried") {
  queue = delivery_queue({.patience = 1h});
  add("a", 1);
  pass(30min);
  add("a", 2);
  CHECK(due() == "a1 ");
  CHECK(settle("a", false) == fate::again);
  pass(30min);
  CHECK(due() == "a1 ");
  CHECK(settle("a", false) == fate::given_up);
  // The receiver has not come back for it.
  CHECK(due().empty());
  pass(2s);
  CHECK(due() == "a2 ");
  CHECK(settle("a", true) == fate::taken);
  CHECK(queue.size() == 0);
}

TEST_CASE_FIXTURE(queue_fixture, "an old one that is taken is taken") {
  queue = delivery_queue({.patience = 1h});
  add("a", 1);
  pass(2h);
  CHECK(due() == "a1 ");
  CHECK(settle("a", true) == fate::taken);
}

TEST_CASE_FIXTURE(queue_fixture, "beyond the bound the oldest make room, but for what is under way") {
  queue = delivery_queue({.bound = 3});
  add("a", 1);
  add("b", 2);
  add("a", 3);
  CHECK(names(add("c", 4)) == "a1 ");
  CHECK(due() == "a3 b2 c4 ");
  CHECK(add("a", 5).size() == 1);
  CHECK(queue.size() == 3);
  CHECK(settle("a", true) == fate::taken);
  CHECK(due().empty());
  CHECK(queue.size() == 2);
}

TEST_CASE_FIXTURE(queue_fixture, "events that are large make room for each other sooner") {
  queue = delivery_queue({.bytes = 25});
  add("a", 1);
  add("a", 2);
  CHECK(names(add("a", 3)) == "a1 ");
  CHECK(due() == "a2 ");
}

TEST_CASE_FIXTURE(queue_fixture, "what waits of a call that is forgotten is given up") {
  for (std::int64_t n = 1; n <= 3; ++n) add("a", n);
  add("b", 1);
  CHECK(due() == "a1 b1 ");
  queue.forget("a");
  queue.forget("nobody");
  CHECK(queue.size() == 2);
  CHECK(settle("a", false) == fate::given_up);
  CHECK(settle("b", false) == fate::again);
  queue.forget("b");
  CHECK(queue.size() == 0);
  pass(1h);
  CHECK(due().empty());
  CHECK(settle("a", true) == fate::again);
}
