#include "actors/cluster/call_copies.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct copies_fixture {
  bool keep(const std::string& id, std::int64_t term, std::int64_t version, const std::string& value) {
    return copies.keep({owner, id, term, version, value}, now);
  }

  std::string value(const std::string& id) {
    const auto found = copies.find({id});
    return found.empty() ? "" : found.front().value;
  }

  leases::node_id owner{"a", 1};
  moment now{1h};
  call_copies copies{{.calls = 3, .bytes = 60, .memory = 10min}};
};

}  // namespace

TEST_CASE_FIXTURE(copies_fixture, "a newer copy replaces an older one, by term first") {
  CHECK(keep("x", 1, 5, "one"));
  CHECK(keep("x", 1, 4, "older"));
  CHECK(value("x") == "one");
  CHECK(keep("x", 2, 1, "two"));
  CHECK(value("x") == "two");
  CHECK(keep("x", 1, 9, "late"));
  CHECK(value("x") == "two");
  CHECK(copies.size() == 1);
  CHECK(copies.bytes() == 5);
}

TEST_CASE_FIXTURE(copies_fixture, "copies are bounded, and what has no room replaces nothing") {
  CHECK(keep("x", 1, 1, std::string(20, 'x')));
  CHECK(keep("y", 1, 1, std::string(30, 'y')));
  CHECK_FALSE(keep("z", 1, 1, std::string(10, 'z')));
  CHECK(keep("z", 1, 1, "z"));
  CHECK_FALSE(keep("w", 1, 1, ""));
  CHECK_FALSE(keep("x", 1, 2, std::string(40, 'x')));
  CHECK(value("x") == std::string(20, 'x'));
  CHECK(keep("y", 1, 2, ""));
  CHECK(keep("x", 1, 3, std::string(40, 'x')));
  CHECK(copies.bytes() == 47);
}

TEST_CASE_FIXTURE(copies_fixture, "only its owner drops a copy") {
  keep("x", 1, 1, "one");
  copies.drop("x", {"a", 2});
  CHECK(value("x") == "one");
  copies.drop("x", owner);
  CHECK(value("x").empty());
  CHECK(copies.bytes() == 0);
  copies.drop("x", owner);
}

TEST_CASE_FIXTURE(copies_fixture, "what a lost owner has left goes some time after it") {
  keep("x", 1, 1, "one");
  now += 30min;
  copies.look({owner}, now);
  CHECK(copies.size() == 1);
  now += 10min;
  copies.look({{"b", 1}}, now);
  CHECK(copies.size() == 1);
  now += 1s;
  copies.look({{"b", 1}}, now);
  CHECK(copies.size() == 0);
  CHECK(copies.bytes() == 0);
}

TEST_CASE_FIXTURE(copies_fixture, "copies are found for those calls that have one") {
  keep("x", 1, 1, "one");
  keep("y", 3, 7, "two");
  const auto found = copies.find({"y", "none", "x"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].call_id == "y");
  CHECK(found[0].term == 3);
  CHECK(found[0].version == 7);
  CHECK(found[1].value == "one");
}

}  // namespace tandem::test
