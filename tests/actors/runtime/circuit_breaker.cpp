#include "actors/runtime/circuit_breaker.hpp"

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr circuit_breaker::settings rules{.failures = 3, .window = 10s, .under_way = 4};

struct breaker_fixture {
  circuit_breaker breaker{"test", rules};
  moment now{1h};

  void fail(std::size_t times) {
    for (; times != 0; --times) {
      auto one = breaker.enter(now);
      REQUIRE(one);
      one->failed(now);
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(breaker_fixture, "failures in a short time open the breaker, and nobody connects") {
  fail(3);
  CHECK_FALSE(breaker.is_closed());
  CHECK_FALSE(breaker.admits(now + 999ms));
  const auto refused = breaker.enter(now + 999ms);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == now + 1s);
  CHECK(breaker.admits(now + 1s));
}

TEST_CASE_FIXTURE(breaker_fixture,
                  "failures that are far apart, or with a success between, leave it closed") {
  fail(2);
  now += 10s;
  fail(2);
  CHECK(breaker.is_closed());
  breaker.enter(now)->succeeded(now);
  fail(2);
  CHECK(breaker.is_closed());
  fail(1);
  CHECK_FALSE(breaker.is_closed());
}

TEST_CASE_FIXTURE(breaker_fixture, "after the wait one alone tries, and its success closes the breaker") {
  fail(3);
  now += 1s;
  auto probe = breaker.enter(now);
  REQUIRE(probe);
  const auto refused = breaker.enter(now);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() <= now + 1s);
  probe->succeeded(now);
  CHECK(breaker.is_closed());
  CHECK(breaker.enter(now));
}

TEST_CASE_FIXTURE(breaker_fixture, "a probe that fails doubles the wait, up to its limit") {
  fail(3);
  now += 1s;
  for (const auto wait : {2s, 4s, 8s, 8s}) {
    fail(1);
    const auto refused = breaker.enter(now + wait - 1ms);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == now + wait);
    now += wait;
  }
}

TEST_CASE_FIXTURE(breaker_fixture, "a probe whose call ends, or that gets no answer, gives way to the next") {
  fail(3);
  now += 1s;
  { auto probe = breaker.enter(now); }
  auto silent = breaker.enter(now);
  REQUIRE(silent);
  CHECK_FALSE(breaker.enter(now + rules.probe_limit - 1ms));
  now += rules.probe_limit;
  auto next = breaker.enter(now);
  REQUIRE(next);
  // The outcome of the one that was given up counts no more, unless it is good.
  silent->failed(now);
  CHECK_FALSE(breaker.enter(now));
  next->succeeded(now);
  CHECK(breaker.is_closed());
}

TEST_CASE_FIXTURE(breaker_fixture, "only so many connect at once") {
  std::vector<circuit_breaker::attempt> many;
  for (std::size_t i = 0; i < rules.under_way; ++i) many.push_back(std::move(*breaker.enter(now)));
  const auto refused = breaker.enter(now);
  REQUIRE_FALSE(refused);
  CHECK(refused.error() > now);
  // It works, and there is only a crowd.
  CHECK(breaker.admits(now));
  many.pop_back();
  CHECK(breaker.enter(now));
}

TEST_CASE_FIXTURE(breaker_fixture, "who refuses us opens the breaker at once, and is probed like any other") {
  breaker.trip(now);
  CHECK_FALSE(breaker.is_closed());
  CHECK_FALSE(breaker.enter(now + 999ms));
  now += 1s;
  fail(1);
  // It is open already: the wait does not begin anew.
  breaker.trip(now + 1500ms);
  CHECK_FALSE(breaker.enter(now + 1999ms));
  breaker.enter(now + 2s)->succeeded(now + 2s);
  CHECK(breaker.is_closed());
}

TEST_CASE("each provider and key has a breaker of its own") {
  circuit_breakers all(rules);
  auto& one = all.of(peer::scribe, "wss://a", "key");
  CHECK(&one == &all.of(peer::scribe, "wss://a", "key"));
  CHECK(&one != &all.of(peer::speech, "wss://b", "key"));
  CHECK(&one != &all.of(peer::scribe, "wss://a", "other"));
}

TEST_CASE("a model's server opens after fewer failures, and lets any number of questions wait") {
  circuit_breakers all;
  auto& model = all.of(peer::agent, "http://a", "key");
  auto& other = all.of(peer::scribe, "wss://a", "key");
  const moment now{1h};
  std::vector<circuit_breaker::attempt> many;
  for (int i = 0; i < 1000; ++i) {
    auto one = model.enter(now);
    REQUIRE(one);
    many.push_back(std::move(*one));
  }
  for (auto* each : {&model, &other}) {
    for (int i = 0; i < 10; ++i) {
      if (auto one = each->enter(now)) one->failed(now);
    }
  }
  CHECK(!model.is_closed());
  CHECK(other.is_closed());
}

TEST_CASE("many threads that fail at once let one probe through at a time") {
  circuit_breaker breaker("test", {.failures = 50, .under_way = 1000});
  std::atomic<int> entered = 0;
  const moment now{1h};
  const auto crowd = [&](auto each) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 100; ++j) each();
      });
    }
    for (auto& thread : threads) thread.join();
  };
  crowd([&] {
    if (auto one = breaker.enter(now)) one->failed(now);
  });
  CHECK_FALSE(breaker.is_closed());
  std::mutex mutex;
  std::vector<circuit_breaker::attempt> probes;
  crowd([&] {
    auto one = breaker.enter(now + 1s);
    if (!one) return;
    std::lock_guard guard(mutex);
    probes.push_back(std::move(*one));
  });
  CHECK(probes.size() == 1);
}
