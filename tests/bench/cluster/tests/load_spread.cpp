#include "tests/bench/cluster/load_spread.hpp"

#include <cmath>
#include <numeric>

#include <doctest/doctest.h>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

/// Nodes that refuse nobody.
spread_settings endless(std::size_t nodes, double mean, choice how) {
  return {.nodes = nodes,
          .most_calls = 1'000'000,
          .utilisation = mean / 1e6,
          .heartbeat = 1us,
          .call = 100s,
          .how = how,
          .settling = 5,
          .observed = 10};
}

/// P(at least k) of a Poisson distribution.
double poisson_at_least(double mean, unsigned k) {
  double less = 0;
  double one = std::exp(-mean);
  for (unsigned n = 0; n < k; ++n, one *= mean / n) less += one;
  return 1 - less;
}

/// Poisson arrivals that all fit: Erlang's formula for the share that is refused.
double erlang(double offered, unsigned places) {
  double blocked = 1;
  for (unsigned n = 1; n <= places; ++n) blocked = offered * blocked / (n + offered * blocked);
  return blocked;
}

}  // namespace

TEST_CASE("calls that come to any node are as many there as Poisson has it") {
  const auto got = run_spread(endless(400, 20, choice::any));
  CHECK(got.mean_calls == doctest::Approx(20).epsilon(0.02));
  CHECK(got.variance == doctest::Approx(20).epsilon(0.05));
  for (const unsigned k : {15u, 20u, 25u, 30u}) {
    CAPTURE(k);
    CHECK(got.at_least[k] == doctest::Approx(poisson_at_least(20, k)).epsilon(0.12));
  }
}

TEST_CASE("without choice the mean field is Poisson's distribution") {
  const auto share = mean_field(20, 1);
  for (const unsigned k : {1u, 10u, 20u, 30u, 40u})
    CHECK(share[k] == doctest::Approx(poisson_at_least(20, k)).epsilon(1e-6));
}

TEST_CASE("of two choices with fresh knowledge comes what the mean field of endless nodes has") {
  const auto share = mean_field(20, 2);
  CHECK(std::accumulate(share.begin() + 1, share.end(), 0.0) == doctest::Approx(20).epsilon(1e-6));
  const auto got = run_spread(endless(1000, 20, choice::two));
  for (const unsigned k : {16u, 18u, 20u, 22u}) {
    CAPTURE(k);
    CHECK(got.at_least[k] == doctest::Approx(share[k]).epsilon(0.06));
  }
}

TEST_CASE("a full node refuses as many as Erlang has it") {
  const auto got = run_spread(
      {.nodes = 1, .most_calls = 50, .utilisation = 0.9, .call = 100s, .settling = 5, .observed = 2000});
  CHECK(got.refused == doctest::Approx(erlang(45, 50)).epsilon(0.1));
  CHECK(got.mean_peak == 1);
}

TEST_CASE("whoever knows all loads spreads calls evenly, as long as it knows them in time") {
  auto how = endless(50, 20, choice::least);
  const auto fresh = run_spread(how);
  CHECK(fresh.mean_peak < 1.1);
  // In so long each node gets more calls than it has.
  how.heartbeat = 60s;
  const auto stale = run_spread(how);
  CHECK(stale.mean_peak > 3);
  how.how = choice::two;
  CHECK(run_spread(how).mean_peak < stale.mean_peak);
}

}  // namespace tandem::bench
