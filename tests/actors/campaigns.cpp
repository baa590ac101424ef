#include "tests/actors/campaigns_fixture.hpp"

namespace tandem::test {

namespace {

using numbers = std::vector<std::string>;

campaigns::plan calls(std::uint32_t concurrency, std::uint32_t attempts = 1) {
  campaigns::plan how;
  how.concurrency = concurrency;
  how.retry = {.attempts = attempts, .on = {{"busy", 30s}, {"interrupted", 1s}}};
  return how;
}

const std::string first = campaigns_fixture::number_of(1);
const std::string second = campaigns_fixture::number_of(2);
const std::string third = campaigns_fixture::number_of(3);

}  // namespace

TEST_CASE_FIXTURE(campaigns_fixture,
                  "numbers are called so many at once, and a campaign ends with its last call") {
  const auto id = begin(calls(2), 3);
  CHECK(on_line() == numbers{first, second});
  CHECK(about(id).numbers == counts{.pending = 1, .calling = 2});
  end(first, "caller_hung_up");
  CHECK(on_line() == numbers{second, third});
  end(second, "busy");
  end(third, "agent_hung_up");
  CHECK(about(id).state == campaign_state::finished);
  CHECK(about(id).numbers == counts{.done = 2, .failed = 1});
  CHECK(store.records.at(id).closed);
  CHECK(number(id, 2).end_reason == "busy");
}

TEST_CASE_FIXTURE(campaigns_fixture, "that a call begins is in the store before anybody is called") {
  const auto id = begin(calls(1), 2);
  keeps = false;
  end(first, "caller_hung_up");
  CHECK(store.numbers[id][2].state == entry_state::calling);
  CHECK(on_line().empty());
  keeps = true;
  run();
  REQUIRE(on_line() == numbers{second});
  CHECK(world->calls.begin()->first == store.numbers[id][2].call_id);
}

TEST_CASE_FIXTURE(campaigns_fixture, "without the store nobody is called, and it is tried again") {
  begin(calls(1), 2);
  keeps = false;
  end(first, "caller_hung_up");
  for (auto& each : std::exchange(store.waiting, {})) each(false);
  keeps = true;
  run();
  CHECK(on_line().empty());
  advance(6s);
  CHECK(on_line() == numbers{second});
}

TEST_CASE_FIXTURE(campaigns_fixture, "who is on the do-not-call list is left out, also at the last moment") {
  CHECK(ask<change_kept>(bar_numbers{{first}, "api"}).durable);
  const auto id = begin(calls(1), 3);
  CHECK(on_line() == numbers{second});
  CHECK(about(id).numbers == counts{.pending = 1, .calling = 1, .do_not_call = 1});
  keeps = false;
  end(second, "caller_hung_up");
  tell(subject, bar_numbers{{third}, "a call"});
  keeps = true;
  run();
  CHECK(on_line().empty());
  CHECK(about(id).numbers == counts{.done = 1, .do_not_call = 2});
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "a number that is busy is called again after the wait, so often and no more") {
  const auto id = begin(calls(1, 2), 1);
  end(first, "busy");
  CHECK(on_line().empty());
  advance(29s);
  CHECK(on_line().empty());
  advance(1s);
  CHECK(on_line() == numbers{first});
  CHECK(number(id, 1).attempts == 2);
  end(first, "busy");
  advance(600s);
  CHECK(on_line().empty());
  CHECK(about(id).numbers == counts{.failed = 1});
}

TEST_CASE_FIXTURE(campaigns_fixture, "while there is no room calls wait, and it is no try") {
  world->answer = {.why = refusal::calls, .retry_after_seconds = 7};
  const auto id = begin(calls(1000), 3);
  CHECK(world->asked == 3);
  advance(6s);
  CHECK(world->asked == 3);
  world->answer = {};
  advance(1s);
  CHECK(on_line().size() == 3);
  CHECK(number(id, 1).attempts == 1);
}

TEST_CASE_FIXTURE(campaigns_fixture, "no more calls wait for the node than it takes at once") {
  world->answer = {.why = refusal::rate, .retry_after_seconds = 7};
  const auto id = begin(calls(1000), 60);
  CHECK(world->asked == 20);
  CHECK(about(id).numbers.pending == 60);
  world->answer = {};
  advance(1s);
  CHECK(on_line().size() == 60);
}

TEST_CASE_FIXTURE(campaigns_fixture, "a campaign whose calls cannot be placed at all pauses and says why") {
  world->answer.fault = "telnyx.connection_id is not set";
  const auto id = begin(calls(2), 3);
  CHECK(about(id).state == campaign_state::paused);
  CHECK(about(id).why == "telnyx.connection_id is not set");
  CHECK(about(id).numbers == counts{.pending = 3});
  world->answer = {};
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::resume}).outcome == campaign_outcome::done);
  CHECK(on_line() == numbers{first, second});
}

TEST_CASE_FIXTURE(campaigns_fixture, "while the carrier has no line calls wait, and it is no try") {
  const auto id = begin(calls(2), 3);
  end(second, "carrier_unavailable");
  CHECK(on_line() == numbers{first});
  CHECK(about(id).state == campaign_state::running);
  CHECK(number(id, 2).state == entry_state::pending);
  CHECK(number(id, 2).attempts == 0);
  CHECK(number(id, 2).end_reason == "carrier_unavailable");
  // The others' turn comes first: it may be ringing there all the same.
  advance(11s);
  CHECK(on_line() == numbers{first, third});
  end(first, "caller_hung_up");
  end(third, "caller_hung_up");
  advance(40s);
  CHECK(on_line().empty());
  advance(10s);
  CHECK(on_line() == numbers{second});
  CHECK(number(id, 2).attempts == 1);
}

TEST_CASE_FIXTURE(campaigns_fixture, "a campaign whose carrier takes no calls from us pauses and says why") {
  const auto id = begin(calls(2), 3);
  end(first, "carrier_denied");
  CHECK(about(id).state == campaign_state::paused);
  CHECK_FALSE(about(id).why.empty());
  CHECK(store.records.at(id).state == campaign_state::paused);
  end(second, "carrier_denied");
  advance(600s);
  CHECK(on_line().empty());
  CHECK(about(id).numbers == counts{.pending = 3});
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::resume}).outcome == campaign_outcome::done);
  CHECK(on_line().size() == 2);
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "a campaign is paused, resumed and stopped, and says when that cannot be") {
  const auto id = begin(calls(1), 3);
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::pause}).outcome == campaign_outcome::done);
  CHECK(store.records.at(id).state == campaign_state::paused);
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::pause}).outcome ==
        campaign_outcome::wrong_state);
  end(first, "caller_hung_up");
  CHECK(on_line().empty());
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::resume}).outcome == campaign_outcome::done);
  CHECK(on_line() == numbers{second});
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::stop}).outcome == campaign_outcome::done);
  CHECK_FALSE(store.records.at(id).closed);
  end(second, "caller_hung_up");
  CHECK(on_line().empty());
  CHECK(store.records.at(id).closed);
  CHECK(ask<campaign_ruling>(steer_campaign{id, campaign_wish::resume}).outcome ==
        campaign_outcome::wrong_state);
  CHECK(ask<campaign_ruling>(steer_campaign{"nobody", campaign_wish::stop}).outcome ==
        campaign_outcome::unknown);
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "a campaign that is paused while a call waits for the store does not place it") {
  const auto id = begin(calls(1), 2);
  keeps = false;
  end(first, "caller_hung_up");
  tell(subject, steer_campaign{id, campaign_wish::pause});
  keeps = true;
  run();
  CHECK(on_line().empty());
  CHECK(number(id, 2).attempts == 0);
}

TEST_CASE_FIXTURE(campaigns_fixture, "a number has one call at a time, whoever wants to call it") {
  begin(calls(1), 1);
  const auto other = begin(calls(2), 2);
  CHECK(on_line() == numbers{first, second});
  CHECK(about(other).numbers == counts{.pending = 1, .calling = 1});
  end(first, "caller_hung_up");
  CHECK(about(other).numbers == counts{.calling = 2});
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "calls have the campaign's metadata and the number's, which comes first") {
  auto how = calls(1);
  how.call.metadata = {{"offer", "spring"}, {"name", "nobody"}};
  start_campaign command{std::move(how), {{.n = 1, .number = first, .metadata = {{"name", "Ada"}}}}, 0};
  const auto made = ask<campaign_ruling>(std::move(command));
  REQUIRE(world->calls.size() == 1);
  const decltype(call_order::metadata) wanted{
      {"offer", "spring"}, {"name", "Ada"}, {"campaign", made.campaign.id}};
  CHECK(world->calls.begin()->second.order.metadata == wanted);
}

TEST_CASE_FIXTURE(campaigns_fixture,
                  "a long list is kept whole before there is a campaign, or there is none") {
  const auto id = begin(calls(1), 1200);
  CHECK(store.numbers.at(id).size() == 1200);
  keeps = false;
  caf::scoped_actor self(system);
  start_campaign command{calls(1), {{.n = 1, .number = second}}, 0};
  auto request = self->request(subject, 5s, command);
  host.run();
  for (auto& each : std::exchange(store.waiting, {})) each(false);
  host.run();
  request.receive(
      [](const campaign_ruling& ruling) { CHECK(ruling.outcome == campaign_outcome::store_away); },
      [](const caf::error&) { FAIL("no answer"); });
  CHECK(store.records.size() == 1);
}

TEST_CASE_FIXTURE(campaigns_fixture, "who wishes to be forgotten is not called any more") {
  const auto id = begin(calls(1), 3);
  tell(subject, forget_caller{second});
  CHECK(store.numbers[id][2].number.empty());
  end(first, "caller_hung_up");
  CHECK(on_line() == numbers{third});
}

}  // namespace tandem::test
