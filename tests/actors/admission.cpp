#include "actors/admission.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/registry.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr auto probe = 100ms;

struct door_fixture {
  door_fixture() { spdlog::set_level(spdlog::level::off); }

  void open(const admission_limits& limits) { door.emplace(limits, 2, probe, measure); }

  /// Lets a call in, or says why not.
  refusal knock() {
    auto place = door->admit(now);
    if (!place) return place.error();
    taken.push_back(std::move(*place));
    return refusal::none;
  }

  double refused(refusal why) { return measure.calls_rejected(why).Value(); }

  moment now{1h};
  prometheus::Registry registry;
  metrics measure{registry};
  std::optional<admission> door;
  std::vector<admission::place> taken;
};

}  // namespace

TEST_CASE_FIXTURE(door_fixture, "the limit is never passed, and a place that comes back is given again") {
  open({.max_calls = 2});
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::none);
  CHECK(door->outlook(now) == refusal::calls);
  CHECK(knock() == refusal::calls);
  taken.pop_back();
  CHECK(door->outlook(now) == refusal::none);
  CHECK(knock() == refusal::none);
  CHECK(door->calls() == 2);
  CHECK(refused(refusal::calls) == 1);
}

TEST_CASE_FIXTURE(door_fixture,
                  "a call of another node's is taken however fast it comes, but not without room") {
  open({.max_calls = 3, .calls_per_second = 1});
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::rate);
  door->note_lag(0, 10s, now);
  CHECK(door->outlook(now) == refusal::loop_lag);
  for (int i = 0; i < 2; ++i) {
    auto place = door->adopt();
    REQUIRE(place);
    taken.push_back(std::move(*place));
  }
  CHECK(door->calls() == 3);
  CHECK(door->connections() == 3 * admission::connections_per_call);
  CHECK(door->adopt().error() == refusal::calls);
  CHECK(refused(refusal::calls) == 0);
  taken.pop_back();
  door->drain();
  CHECK(door->adopt().error() == refusal::draining);
}

TEST_CASE_FIXTURE(door_fixture, "two calls never pass one check, whoever asks at the same time") {
  open({.max_calls = 50, .calls_per_second = 100'000});
  std::atomic<int> inside{0};
  std::atomic<int> admitted{0};
  std::atomic<bool> passed{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < 4; ++i) {
    callers.emplace_back([&] {
      std::vector<admission::place> held;
      std::size_t let_in = 0;
      for (int round = 0; round < 20'000; ++round) {
        if (auto place = door->admit(now + std::chrono::milliseconds(round))) {
          if (++inside > 50) passed = true;
          ++admitted;
          held.push_back(std::move(*place));
        }
        // Now and then a call ends.
        if (++let_in % 3 == 0 && !held.empty()) {
          --inside;
          held.pop_back();
        }
      }
      inside -= static_cast<int>(held.size());
    });
  }
  for (auto& each : callers) each.join();
  CHECK_FALSE(passed);
  CHECK(admitted > 50);
  CHECK(door->calls() == 0);
  CHECK(door->connections() == 0);
}

TEST_CASE_FIXTURE(door_fixture, "a place comes back once, however it is moved about") {
  open({.max_calls = 2});
  auto first = door->admit(now);
  REQUIRE(first);
  {
    auto second = std::move(*first);
    CHECK(door->calls() == 1);
    auto other = door->admit(now);
    REQUIRE(other);
    second = std::move(*other);
    CHECK(door->calls() == 2);
  }
  CHECK(door->calls() == 0);
  first = tl::unexpected(refusal::calls);
  CHECK(door->calls() == 0);
}

TEST_CASE_FIXTURE(door_fixture, "a place may outlive the door") {
  open({});
  auto place = door->admit(now);
  REQUIRE(place);
  door.reset();
}

TEST_CASE_FIXTURE(door_fixture, "a second's worth of calls may come at once, more only as time passes") {
  open({.max_calls = 1000, .calls_per_second = 10});
  for (int i = 0; i < 10; ++i) CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::rate);
  now += 100ms;
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::rate);
  // Refusals cost nothing, and what was not used does not add up.
  now += 1h;
  for (int i = 0; i < 10; ++i) CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::rate);
  CHECK(refused(refusal::rate) == 3);
}

TEST_CASE_FIXTURE(door_fixture, "a provider's sessions are booked with the call") {
  open({.scribe_sessions = 2, .speech_sessions = 1});
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::provider);
  door->set_limits({.scribe_sessions = 2, .speech_sessions = 0});
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::provider);
  CHECK(refused(refusal::provider) == 2);
}

TEST_CASE_FIXTURE(door_fixture, "a call books all the connections it may need, and other peers the rest") {
  open({.max_connections = 2 * admission::connections_per_call + 1});
  CHECK(knock() == refusal::none);
  auto other = door->admit_connection();
  REQUIRE(other);
  CHECK(knock() == refusal::none);
  CHECK(door->connections() == 11);
  CHECK_FALSE(door->admit_connection());
  CHECK(knock() == refusal::connections);
  taken.clear();
  other.reset();
  CHECK(door->connections() == 0);
}

TEST_CASE_FIXTURE(door_fixture, "memory is booked from one measurement to the next") {
  constexpr std::uint64_t mib = 1024 * 1024;
  open({.memory_bytes = 100 * mib, .call_bytes = mib});
  door->note_memory(98 * mib, now);
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::memory);
  // The calls were cheaper than they might have been.
  door->note_memory(98 * mib + 1000, now);
  CHECK(knock() == refusal::none);
  CHECK(knock() == refusal::memory);
  door->note_memory(90 * mib, now);
  CHECK(knock() == refusal::none);
}

TEST_CASE_FIXTURE(door_fixture, "a loop that runs late refuses calls until it is clearly on time again") {
  open({.loop_lag = 100ms});
  const auto both = [&](std::chrono::milliseconds late) {
    now += probe;
    door->note_lag(0, 0ms, now);
    door->note_lag(1, late, now);
  };
  both(150ms);
  CHECK(door->outlook(now) == refusal::none);
  both(150ms);
  both(150ms);
  CHECK(knock() == refusal::loop_lag);
  // Not before it is below half of the limit.
  both(80ms);
  both(80ms);
  CHECK(knock() == refusal::loop_lag);
  both(20ms);
  both(20ms);
  CHECK(knock() == refusal::none);
  CHECK(refused(refusal::loop_lag) == 2);
}

TEST_CASE_FIXTURE(door_fixture, "a loop that hangs refuses calls before it can say so") {
  open({.loop_lag = 100ms});
  CHECK(knock() == refusal::none);
  door->note_lag(0, 0ms, now);
  door->note_lag(1, 0ms, now);
  now += probe + 150ms;
  door->note_lag(0, 0ms, now);
  CHECK(knock() == refusal::none);
  now += 100ms;
  door->note_lag(0, 0ms, now);
  CHECK(knock() == refusal::loop_lag);
}

TEST_CASE_FIXTURE(door_fixture, "a store that takes no records any more lets no call in until it does") {
  open({});
  CHECK(knock() == refusal::none);
  door->note_store(false);
  CHECK(knock() == refusal::store);
  CHECK(door->outlook(now) == refusal::store);
  CHECK(refused(refusal::store) == 1);
  door->note_store(true);
  CHECK(knock() == refusal::none);
}

TEST_CASE_FIXTURE(door_fixture, "a draining node lets nobody in") {
  open({});
  CHECK(knock() == refusal::none);
  door->drain();
  CHECK(knock() == refusal::draining);
  CHECK(door->outlook(now) == refusal::draining);
}

TEST_CASE_FIXTURE(door_fixture, "refusals are logged once in a while, with their number") {
  std::ostringstream out;
  auto former = spdlog::default_logger();
  spdlog::set_default_logger(
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out)));
  const auto lines = [&] {
    auto text = out.str();
    out.str("");
    return text;
  };
  open({.max_calls = 1});
  knock();
  CHECK(lines().empty());
  knock();
  CHECK(lines().find("reason=calls count=1") != std::string::npos);
  for (int i = 0; i < 1000; ++i) knock();
  CHECK(lines().empty());
  // The last ones are told even when nobody knocks any more.
  now += 10s;
  door->note_memory(0, now);
  CHECK(lines().find("reason=calls count=1000") != std::string::npos);
  now += 10s;
  door->note_memory(0, now);
  CHECK(lines().empty());
  spdlog::set_default_logger(former);
}

}  // namespace tandem::test
