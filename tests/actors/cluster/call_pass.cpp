#include "actors/cluster/call_pass.hpp"

#include <chrono>
#include <memory>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr moment now{10s};

}  // namespace

TEST_CASE("a pass is valid while it is open and the epoch is permitted to act") {
  const auto permitted = std::make_shared<leases::permission>();
  call_pass pass(permitted);
  CHECK_FALSE(pass.valid(now));
  permitted->set(now + 1s);
  CHECK(pass.valid(now));
  CHECK_FALSE(pass.valid(now + 1s));
  pass.close();
  CHECK_FALSE(pass.valid(now));
  pass.open();
  CHECK(pass.valid(now));
  permitted->revoke();
  CHECK_FALSE(pass.valid(now));
  pass.open();
  CHECK_FALSE(pass.valid(now));
}

TEST_CASE("a pass without an epoch is valid until it has one that is not permitted") {
  call_pass pass;
  CHECK(pass.valid(now));
  pass.close();
  CHECK_FALSE(pass.valid(now));
  pass.open();
  const auto permitted = std::make_shared<leases::permission>();
  pass.bind(permitted);
  CHECK_FALSE(pass.valid(now));
  permitted->set(now + 1s);
  CHECK(pass.valid(now));
}

}  // namespace tandem::test
