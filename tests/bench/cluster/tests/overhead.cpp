#include "tests/bench/cluster/overhead.hpp"

#include <sstream>

#include <doctest/doctest.h>

namespace tandem::bench {

namespace {

measured_figures known() {
  std::istringstream text(
      "members 2 140 2.5\nmembers 12 300 7.5\nrenew 10 4000\nrenew 110 2000\nledger 100 4000\n"
      "call 100 1000\n# a remark\nwhatever\n");
  measured_figures out;
  read_figures(text, out);
  return out;
}

}  // namespace

TEST_CASE("figures are read as the measuring programs print them") {
  const auto got = known();
  CHECK(got.bytes == std::map<double, double>{{2, 140}, {12, 300}});
  CHECK(got.cpu_ms == std::map<double, double>{{2, 2.5}, {12, 7.5}});
  CHECK(got.store.size() == 3);
  CHECK(got.store.at("renew").at(110) == 2000);
}

TEST_CASE("a line goes through points that lie on one, and between those that do not") {
  const auto exact = fit({{1, 5}, {2, 7}, {10, 23}});
  CHECK(exact.base == doctest::Approx(3));
  CHECK(exact.slope == doctest::Approx(2));
  CHECK(fit({{0, 0}, {1, 1}, {2, 0}}).at(50) == doctest::Approx(1 / 3.0));
  CHECK(fit({{7, 4}}).at(100) == 4);
  CHECK(fit({}).at(100) == 0);
}

TEST_CASE("between two points is what lies between, and beyond them what goes on so") {
  const std::map<double, double> points{{10, 1}, {20, 2}, {40, 6}};
  CHECK(between(points, 5) == 1);
  CHECK(between(points, 15) == doctest::Approx(1.5));
  CHECK(between(points, 30) == doctest::Approx(4));
  CHECK(between(points, 50) == doctest::Approx(8));
  CHECK(between({}, 50) == 0);
}

TEST_CASE("what a cluster costs is what its nodes do for each other") {
  const auto cost = cost_of({.nodes = 10,
                             .calls = 360,
                             .call_seconds = 180,
                             .beats = 4,
                             .ledgers = 0.5,
                             .value_bytes = 1000,
                             .values = 2,
                             .promise_bytes = 32},
                            known());
  CHECK(cost.connections == 9);
  CHECK(cost.messages == 9 * 4 * 6);
  CHECK(cost.bytes == doctest::Approx(9 * 4 * (108 + 16 * 10 + 32)));
  CHECK(cost.value_bytes == 720'000);
  CHECK(cost.cpu_ms == doctest::Approx(6.5));
  CHECK(cost.renewals == 40);
  CHECK(cost.member_rows == 360);
  CHECK(cost.calls == 20);
  CHECK(cost.ledgers == 1800);
  CHECK(cost.store_share == doctest::Approx(40 / 4000.0 + 20 / 1000.0 + 1800 / 4000.0));
}

TEST_CASE("a store's transactions become slower as nodes become more") {
  const auto share_of_renewals = [](double nodes) {
    return cost_of({.nodes = nodes, .calls = 0}, known()).store_share;
  };
  // 0.25 ms at ten nodes, 0.5 ms at 110, so 0.375 ms at 60 and 0.75 ms at 210.
  CHECK(share_of_renewals(60) == doctest::Approx(60 * 4 * 0.000375));
  CHECK(share_of_renewals(210) == doctest::Approx(210 * 4 * 0.00075));
}

}  // namespace tandem::bench
