#include "actors/leg_search.hpp"

#include "tests/actors/fixture.hpp"

#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// The test is the carrier and the node: it says which legs there are, and takes what is found.
struct search_fixture : fixture, leg_searcher {
  search_fixture() {
    status.accepted = true;
    status.is_alive = true;
    status.is_unclaimed = true;
  }

  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    CHECK(command.action == "status");
    ++looks;
    done(status);
  }
  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return host.at(host.now() + wait, std::move(call));
  }
  moment now() const override { return host.now(); }
  void ask(list_legs query, std::function<void(const leg_page&)> done) override {
    asked_after.push_back(query.after);
    const auto page = pages.empty() ? leg_page{} : pages.front();
    if (!pages.empty()) pages.erase(pages.begin());
    done(page);
  }
  void ask(trace_leg query, std::function<void(const leg_trace&)> done) override {
    traced.push_back(query.leg_id);
    done(trace);
  }
  bool knows(std::string_view carrier_call_id) const override { return carrier_call_id == known; }
  void found(const known_leg& leg) override { labelled.push_back(leg.carrier_call_id); }
  bool take(const found_caller& who) override {
    if (refusals > 0) return --refusals, false;
    callers.push_back(who);
    return true;
  }

  /// The carrier lists one leg without a client state, and the search has looked at it.
  void come_upon(std::string leg_id = "leg-a") {
    pages = {{true, {{"v3:a", "", std::move(leg_id), true}}, ""}};
    search.begin();
    host.advance(1100ms);
  }

  std::vector<leg_page> pages;
  command_outcome status;
  leg_trace trace{.direction = "incoming", .from = "+1", .to = "+2"};
  std::string known = "nobody";
  int refusals = 0;
  int looks = 0;
  std::vector<std::string> asked_after, traced, labelled;
  std::vector<found_caller> callers;
  leg_search search{*this};
};

}  // namespace

TEST_CASE_FIXTURE(search_fixture,
                  "every page is looked through, and pages that cannot be had are asked for again") {
  pages = {leg_page{},
           {true, {{"v3:a", "label-a"}}, "next"},
           leg_page{},
           {true, {{"v3:b", "label-b"}, {"v3:c", "", "leg-c", true}}, ""}};
  search.begin();
  CHECK(asked_after.size() == 1);
  host.advance(10s);
  CHECK(asked_after == std::vector<std::string>{"", "", "next", "next"});
  CHECK(labelled == std::vector<std::string>{"v3:a", "v3:b"});
  REQUIRE(callers.size() == 1);
  CHECK(callers[0].carrier_call_id == "v3:c");
}

TEST_CASE_FIXTURE(search_fixture, "a list that cannot be had is given up") {
  search.begin();
  host.advance(1h);
  CHECK(asked_after.size() == 6);
}

TEST_CASE_FIXTURE(search_fixture,
                  "a caller whom nobody answered is found with both numbers, once, after a grace time") {
  pages = {{true, {{"v3:a", "", "leg-a", true}}, ""}};
  search.begin();
  host.advance(900ms);
  CHECK(looks == 0);
  host.advance(200ms);
  CHECK(traced == std::vector<std::string>{"leg-a"});
  REQUIRE(callers.size() == 1);
  CHECK(callers[0].from == "+1");
  CHECK(callers[0].to == "+2");
  CHECK(callers[0].is_certain);
  host.advance(1h);
  CHECK(callers.size() == 1);
  CHECK(looks == 1);
}

TEST_CASE_FIXTURE(search_fixture, "a leg that is down, labelled or known by now is left alone") {
  SUBCASE("down") { status.is_alive = false; }
  SUBCASE("labelled") { status.is_unclaimed = false; }
  SUBCASE("known") { known = "v3:a"; }
  come_upon();
  host.advance(1h);
  CHECK(callers.empty());
  CHECK(looks <= 1);
}

TEST_CASE_FIXTURE(search_fixture, "a leg that somebody else dialled or handles is left alone") {
  SUBCASE("dialled") { trace.direction = "outgoing"; }
  SUBCASE("handled") { trace.is_handled = true; }
  SUBCASE("handled, nothing else known") { trace = {.is_handled = true}; }
  come_upon();
  host.advance(1h);
  CHECK(callers.empty());
  CHECK(looks == 1);
}

TEST_CASE_FIXTURE(search_fixture, "a leg of which no event is known is a caller, perhaps") {
  SUBCASE("the list says nothing") { trace = {}; }
  SUBCASE("the leg has no name there") { trace.direction = "outgoing"; }
  come_upon(trace.direction.empty() ? "leg-a" : "");
  REQUIRE(callers.size() == 1);
  CHECK_FALSE(callers[0].is_certain);
}

TEST_CASE_FIXTURE(search_fixture,
                  "a carrier that does not answer is asked again, a bounded number of times") {
  status.accepted = false;
  come_upon();
  host.advance(3s);
  CHECK(looks == 4);
  status.accepted = true;
  host.advance(1s);
  CHECK(callers.size() == 1);
  status.accepted = false;
  looks = 0;
  come_upon();
  host.advance(1h);
  CHECK(looks == 20);
  CHECK(callers.size() == 1);
}

TEST_CASE_FIXTURE(search_fixture,
                  "a caller for whom there is no room yet is looked at again before being taken") {
  refusals = 2;
  come_upon();
  CHECK(callers.empty());
  host.advance(1100ms);
  CHECK(callers.empty());
  host.advance(1100ms);
  CHECK(callers.size() == 1);
  CHECK(looks == 3);
}

TEST_CASE_FIXTURE(search_fixture, "no more legs are looked at than the bound allows") {
  leg_search small(*this, {.bound = 2});
  pages = {{true, {{"1", "", "1", true}, {"2", "", "2", true}, {"3", "", "3", true}}, ""}};
  small.begin();
  host.advance(10s);
  CHECK(callers.size() == 2);
}

}  // namespace tandem::test
