#include "tests/actors/campaigns_fixture.hpp"

namespace tandem::test {

namespace {

using numbers = std::vector<std::string>;

campaigns::plan calls(std::uint32_t concurrency, std::uint32_t attempts) {
  campaigns::plan how;
  how.concurrency = concurrency;
  how.retry = {.attempts = attempts, .on = {{"busy", 30s}, {"interrupted", 1s}}};
  return how;
}

const std::string first = campaigns_fixture::number_of(1);
const std::string second = campaigns_fixture::number_of(2);
const std::string third = campaigns_fixture::number_of(3);

}  // namespace

TEST_CASE_FIXTURE(campaigns_fixture, "after a restart a campaign goes on, and nobody is called twice") {
  const auto id = begin(calls(2, 1), 4);
  end(first, "caller_hung_up");
  CHECK(on_line() == numbers{second, third});
  start_again();
  load();
  CHECK(about(id).numbers == counts{.calling = 1, .done = 1, .failed = 2});
  CHECK(on_line().size() == 1);
  CHECK(number(id, 2).end_reason == "interrupted");
  end(campaigns_fixture::number_of(4), "caller_hung_up");
  CHECK(about(id).numbers == counts{.done = 2, .failed = 2});
  CHECK(about(id).state == campaign_state::finished);
}

TEST_CASE_FIXTURE(campaigns_fixture, "a call whose end the store knows is settled by it after a restart") {
  const auto id = begin(calls(2, 3), 2);
  for (const auto& [call, each] : world->calls) {
    world->records[call] = {.id = call,
                            .state = call_state::ended,
                            .end_reason = each.order.to == first ? "caller_hung_up" : "internal_error"};
  }
  start_again();
  load();
  CHECK(number(id, 1).state == entry_state::done);
  CHECK(number(id, 2).end_reason == "interrupted");
  CHECK(number(id, 2).state == entry_state::pending);
  // The old leg may be up still.
  advance(59s);
  CHECK(on_line().empty());
  advance(1s);
  CHECK(on_line() == numbers{second});
  CHECK(number(id, 2).attempts == 2);
}

TEST_CASE_FIXTURE(campaigns_fixture, "what was paused stays so after a restart") {
  const auto id = begin(calls(1, 1), 2);
  end(first, "caller_hung_up");
  end(second, "busy");
  const auto other = begin(calls(1, 1), 2);
  ask<campaign_ruling>(steer_campaign{other, campaign_wish::pause});
  start_again();
  load();
  CHECK(on_line().empty());
  CHECK(about(other).state == campaign_state::paused);
  CHECK(about(id).state == campaign_state::finished);
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "before the store is there nothing begins, and everything is tried again") {
  const auto id = begin(calls(1, 2), 2);
  start_again();
  store.away = true;
  load();
  CHECK(ask<campaign_ruling>(start_campaign{calls(1, 1), {{.n = 1, .number = third}}, 0}).outcome ==
        campaign_outcome::store_away);
  CHECK_FALSE(ask<change_kept>(unbar_number{first}).durable);
  CHECK(on_line().empty());
  store.away = false;
  advance(5s);
  CHECK(on_line() == numbers{second});
  CHECK(about(id).numbers == counts{.pending = 1, .calling = 1});
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "the do-not-call list outlives the process, and whoever asks waits for it") {
  REQUIRE(ask<change_kept>(bar_numbers{{first, second}, "api"}).durable);
  REQUIRE(ask<change_kept>(unbar_number{second}).durable);
  start_again();
  caf::scoped_actor self(system);
  auto request = self->request(subject, 5s, check_number{first});
  host.run();
  CHECK(self->mailbox().empty());
  load();
  request.receive([](const number_ruling& ruling) { CHECK_FALSE(ruling.may_be_called); },
                  [](const caf::error&) { FAIL("no answer"); });
  CHECK(ask<number_ruling>(check_number{second}).may_be_called);
}

TEST_CASE_FIXTURE(campaigns_fixture, "while nobody knows the list, that is said after a moment") {
  start_again();
  advance(2s);
  auto ruling = ask<number_ruling>(check_number{first});
  CHECK(ruling.may_be_called);
  CHECK_FALSE(ruling.is_known);
  ask<change_kept>(bar_numbers{{first}, "api"});
  CHECK_FALSE(ask<number_ruling>(check_number{first}).may_be_called);
  CHECK_FALSE(ask<barred_page>(list_barred{}).complete);
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "the do-not-call list is told page by page, and takes only what can be called") {
  CHECK_FALSE(ask<change_kept>(bar_numbers{{third, "nobody", first}, "api"}).durable);
  CHECK(ask<change_kept>(bar_numbers{{second}, "a call"}).durable);
  const auto page = ask<barred_page>(list_barred{.limit = 2});
  REQUIRE(page.numbers.size() == 2);
  CHECK(page.numbers[0].number == first);
  CHECK(page.numbers[1].source == "a call");
  const auto last = ask<barred_page>(list_barred{.limit = 2, .after = page.cursor});
  CHECK(last.numbers.size() == 1);
  CHECK(last.cursor.empty());
}

TEST_CASE_FIXTURE(campaigns_fixture, "campaigns are listed newest first, page by page") {
  const auto one = begin(calls(1, 1), 1);
  end(first, "caller_hung_up");
  advance(1s);
  const auto two = begin(calls(1, 1), 1);
  const auto page = ask<campaign_page>(list_campaigns{.limit = 1});
  REQUIRE(page.found.size() == 1);
  CHECK(page.found.front().id == two);
  CHECK_FALSE(page.cursor.empty());
}

}  // namespace tandem::test
