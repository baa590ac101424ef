#include "tests/bench/cluster/failover.hpp"

#include <cmath>

#include <doctest/doctest.h>

namespace tandem::bench {

namespace {

/// A carrier and a store that take no time.
failover_settings immediate(std::size_t calls, std::size_t survivors) {
  return {.calls = calls,
          .survivors = survivors,
          .adoptions = 1e9,
          .vain_adoptions = 1e9,
          .store_trip = 0,
          .copies = 0,
          .command_least = 0,
          .command_most = 0,
          .commands_at_once = 1'000'000,
          .first_word = 0};
}

}  // namespace

TEST_CASE("a node is fenced between one timeout less a heartbeat and one timeout") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    for (const std::size_t survivors : {1u, 2u, 50u}) {
      auto how = immediate(8, survivors);
      how.seed = seed;
      const auto got = run_failover(how);
      CHECK(got.fenced >= how.timeout - how.heartbeat);
      CHECK(got.fenced <= how.timeout);
      // Then each survivor hears of it with its next renewal.
      CHECK(got.adopted >= got.fenced);
      CHECK(got.adopted <= got.fenced + how.heartbeat + 1e-6);
    }
  }
}

TEST_CASE("every call is adopted once, eight with a request") {
  for (const std::size_t calls : {1u, 8u, 9u, 1000u}) {
    for (const std::size_t survivors : {1u, 3u, 200u}) {
      auto how = immediate(calls, survivors);
      how.adoptions = how.vain_adoptions = 1000;
      const auto got = run_failover(how);
      CHECK(got.spoke.size() == calls);
      CHECK(got.requests - got.vain == (calls + 7) / 8);
      CHECK(got.vain <= survivors);
    }
  }
}

TEST_CASE("one survivor takes as long as its requests, one after the other") {
  auto how = immediate(1000, 1);
  how.adoptions = 100;
  how.store_trip = 0.01;
  const auto got = run_failover(how);
  // 125 of them, of 10 ms and a trip each; the fence's own trip, and that of the renewal, are before.
  CHECK(got.adopted - got.fenced >= 125 * 0.02 - 1e-6);
  CHECK(got.adopted - got.fenced <= 125 * 0.02 + how.heartbeat + how.store_trip + 1e-6);
}

TEST_CASE("many survivors take as long as the store") {
  auto how = immediate(1000, 50);
  how.adoptions = 100;
  const auto got = run_failover(how);
  CHECK(got.adopted - got.fenced >= 125 / 100.0 - 1e-6);
  CHECK(got.adopted - got.fenced <= 125 / 100.0 + how.heartbeat);
}

TEST_CASE("a carrier that takes so many commands a second is what calls wait for") {
  auto how = immediate(200, 20);
  how.commands = 20;
  const auto got = run_failover(how);
  CHECK(got.by(1) - got.by(0.005) == doctest::Approx(199 / 20.0).epsilon(0.01));
  CHECK(got.by(0.5) - got.by(0.005) == doctest::Approx(99 / 20.0).epsilon(0.01));
  how.calls = 100;
  how.commands_each = 2;
  const auto silent = run_failover(how);
  CHECK(silent.by(1) - silent.by(0.01) == doctest::Approx(99 / 10.0).epsilon(0.01));
  how.calls = 1000;
  how.commands_each = 1;
  const auto many = run_failover(how);
  // The commands of the others have waited too long.
  CHECK(many.spoke.size() == doctest::Approx(20 * how.command_deadline).epsilon(0.02));
  CHECK(many.spoke.size() + many.given_up == 1000);
}

TEST_CASE("a node sends so many commands at once, and the others behind them") {
  auto how = immediate(640, 1);
  how.at_once = 640;
  how.command_least = how.command_most = 0.1;
  how.commands_at_once = 64;
  const auto got = run_failover(how);
  CHECK(got.by(1) - got.adopted == doctest::Approx(10 * 0.1).epsilon(0.001));
}

}  // namespace tandem::bench
