#include "tests/lab/cluster/trial_report.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// How many gaps of such a scenario are too long.
std::size_t faults(const std::string& scenario, const std::vector<std::chrono::milliseconds>& gaps) {
  trial_result result;
  result.scenario = scenario;
  for (const auto gap : gaps) result.moves.push_back({.gap = gap});
  require_targets(result);
  return result.faults.size();
}

}  // namespace

TEST_CASE("calls of a lost node have to speak within 3 s, and half of them within 1.5 s") {
  for (const auto* scenario : {"kill", "freeze", "cut"}) {
    CAPTURE(scenario);
    CHECK(faults(scenario, {1400ms, 1500ms, 2900ms}) == 0);
    CHECK(faults(scenario, {1400ms, 1500ms, 3100ms}) == 1);
    CHECK(faults(scenario, {1400ms, 1600ms, 3100ms}) == 2);
  }
  CHECK(faults("store", {1400ms, 5000ms, 5000ms}) == 0);
}

TEST_CASE("calls that are given away have to speak within a second") {
  CHECK(faults("rolling", {200ms, 900ms}) == 0);
  CHECK(faults("rolling", {200ms, 1100ms}) == 1);
}

}  // namespace tandem::lab
