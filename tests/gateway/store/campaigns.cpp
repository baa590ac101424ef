#include "tests/gateway/store/store_fixture.hpp"

#include <atomic>
#include <fstream>
#include <iterator>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

campaigns::campaign_record campaign(int number, bool closed = false) {
  campaigns::campaign_record one;
  one.id = "test-1-campaign-" + std::to_string(number);
  one.node = "test";
  one.state = closed ? campaigns::campaign_state::finished : campaigns::campaign_state::paused;
  one.why = "because 'of'; DROP TABLE";
  one.closed = closed;
  one.created_at = wall_time(1'700'000'000'000ms) + std::chrono::seconds(number);
  if (closed) one.ended_at = one.created_at + 1h;
  one.how.name = "Zoë";
  one.how.call.from = "+13125550100";
  one.how.call.agent = {{"greeting", "Good \"morning\""}};
  one.how.concurrency = 4;
  one.how.hours = {.time_zone = "Europe/Berlin", .from = 540, .to = 1020};
  one.how.retry = {.attempts = 3, .on = {{"busy", 60s}, {"no_answer", 3600s}}};
  one.duplicates = 2;
  one.numbers = {.pending = 1, .calling = 2, .done = 3, .failed = 4, .do_not_call = 5};
  return one;
}

campaigns::entry number(std::uint32_t n, campaigns::entry_state state = campaigns::entry_state::pending) {
  campaigns::entry one;
  one.n = n;
  one.number = "+1312555" + std::to_string(1000 + n);
  one.time_zone = "America/Chicago";
  one.metadata = {{"name", "Ada"}};
  one.state = state;
  one.attempts = 2;
  one.due_at = wall_time(1'700'000'000'123ms);
  one.call_id = "test-1-c" + std::to_string(n);
  one.end_reason = "busy";
  return one;
}

std::string text_of_file(const std::string& name) {
  std::string out;
  for (const auto* end : {"", "-wal"}) {
    std::ifstream file(name + end, std::ios::binary);
    out.append(std::istreambuf_iterator<char>(file), {});
  }
  return out;
}

}  // namespace

TEST_CASE("a campaign and its numbers come back from the store as they were, also after a restart") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    for (std::uint32_t n = 1; n <= 3; ++n) running.store->write(entry_change{campaign(1).id, number(n)});
    const auto called = number(2, campaigns::entry_state::calling);
    running.store->write(entry_change{campaign(1).id, called});
    REQUIRE(running.keep(campaign(1)));
    for (int start = 0; start < 2; ++start) {
      const auto found = running.campaigns_of({.open = true});
      REQUIRE(found);
      REQUIRE(found->size() == 1);
      CHECK(found->front() == campaign(1));
      const auto numbers = running.entries({.campaign_id = campaign(1).id});
      REQUIRE(numbers);
      REQUIRE(numbers->size() == 3);
      CHECK(numbers->at(0) == number(1));
      CHECK(numbers->at(1) == called);
      running.restart();
    }
  });
}

TEST_CASE("campaigns are found by id, newest first, and open ones by their node") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    for (int n = 1; n <= 3; ++n) REQUIRE(running.keep(campaign(n, n == 2)));
    auto others = campaign(4);
    others.node = "other";
    REQUIRE(running.keep(others));
    const auto ids = [&](const stored_campaigns& query) {
      std::string out;
      const auto found = running.campaigns_of(query);
      for (const auto& each : *found) out += each.id.back();
      return out;
    };
    CHECK(ids({}) == "4321");
    CHECK(ids({.limit = 2}) == "43");
    CHECK(ids({.before = records::place_of(campaign(3).created_at, campaign(3).id)}) == "21");
    CHECK(ids({.open = true}) == (at.url.starts_with("sqlite:") ? "134" : "13"));
    CHECK(ids({.id = campaign(2).id}) == "2");
    CHECK(ids({.id = "nobody"}).empty());
  });
}

TEST_CASE("numbers of a campaign are listed in order, by state, page by page") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    for (std::uint32_t n = 1; n <= 12; ++n) {
      const auto state = n % 2 == 0 ? campaigns::entry_state::done : campaigns::entry_state::pending;
      REQUIRE(running.keep(entry_change{"c", number(n, state)}));
    }
    const auto places = [&](const stored_entries& query) {
      std::string out;
      const auto found = running.entries(query);
      for (const auto& each : *found) out += std::to_string(each.n) + " ";
      return out;
    };
    CHECK(places({.campaign_id = "c", .limit = 3}) == "1 2 3 ");
    CHECK(places({.campaign_id = "c", .limit = 3, .after = 9}) == "10 11 12 ");
    CHECK(places({.campaign_id = "c", .state = "done", .after = 6}) == "8 10 12 ");
    CHECK(places({.campaign_id = "d"}).empty());
  });
}

TEST_CASE("the do-not-call list is kept until a number is taken off it") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    const campaigns::barred_number one{"+13125550101", wall_time(5ms), "api"};
    const campaigns::barred_number other{"+13125550102", wall_time(6ms), "test-1-7"};
    running.store->write(bar_change{one});
    running.store->write(bar_change{other});
    REQUIRE(running.keep(bar_change{{.number = "+13125550103"}, false}));
    running.restart();
    CHECK(*running.barred() == std::vector{one, other});
    CHECK(running.barred(1)->size() == 1);
    CHECK(*running.barred(2, wall_time(6ms)) == std::vector{other});
    REQUIRE(running.keep(bar_change{one, false}));
    CHECK(*running.barred() == std::vector{other});
  });
}

TEST_CASE(
    "sealed numbers of campaigns and of the do-not-call list are nowhere in the file, and can be read") {
  const empty_database at;
  auto how = at.settings();
  how.numbers = how.words = text_policy::encrypt;
  how.key.emplace();
  open_store running(how);
  REQUIRE(running.keep(entry_change{"c", number(1)}));
  REQUIRE(running.keep(bar_change{{"+13125551001", {}, "api"}}));
  REQUIRE(running.keep(bar_change{{"+13125551001", {}, "api"}}));
  CHECK(running.entries({.campaign_id = "c"})->front() == number(1));
  REQUIRE(running.barred()->size() == 1);
  CHECK(running.barred()->front().number == "+13125551001");
  const auto file = text_of_file(at.folder / "calls.db");
  CHECK(file.find("13125551001") == std::string::npos);
  CHECK(file.find("Ada") == std::string::npos);
}

TEST_CASE("numbers that are to be left out are kept as long as they are still to be called") {
  const empty_database at;
  auto how = at.settings();
  how.numbers = how.words = text_policy::omit;
  open_store running(how);
  REQUIRE(running.keep(entry_change{"c", number(1)}));
  CHECK(running.entries({.campaign_id = "c"})->front() == number(1));
  REQUIRE(running.keep(entry_change{"c", number(1, campaigns::entry_state::done)}));
  CHECK(running.entries({.campaign_id = "c"})->front().number.empty());
  CHECK(running.entries({.campaign_id = "c"})->front().metadata.empty());
  REQUIRE(running.keep(bar_change{{"+13125551001", {}, "api"}}));
  CHECK(running.barred()->front().number == "+13125551001");
}

TEST_CASE("a caller who is forgotten is gone from campaigns, but not from the do-not-call list") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    running.store->write(entry_change{"c", number(1, campaigns::entry_state::done)});
    running.store->write(entry_change{"c", number(2, campaigns::entry_state::done)});
    running.store->write(bar_change{{number(1).number, {}, "api"}});
    REQUIRE(running.keep(caller_gone{number(1).number}));
    const auto numbers = running.entries({.campaign_id = "c"});
    CHECK(numbers->front().number.empty());
    CHECK(numbers->front().metadata.empty());
    CHECK(numbers->back().number == number(2).number);
    CHECK(running.barred()->size() == 1);
  });
}

TEST_CASE("campaigns are deleted with age, and those that go on are not") {
  on_every_database([](const empty_database& at) {
    auto how = at.settings();
    how.keep_calls_days = 1;
    {
      open_store running(at.settings());
      running.store->write(entry_change{campaign(1, true).id, number(1)});
      running.store->write(entry_change{campaign(2).id, number(1)});
      running.store->write(campaign(1, true));
      REQUIRE(running.keep(campaign(2)));
    }
    open_store running(how);
    REQUIRE(comes_true([&] { return running.campaigns_of({})->size() == 1; }));
    CHECK(running.campaigns_of({})->front().id == campaign(2).id);
    CHECK(running.entries({.campaign_id = campaign(1).id})->empty());
    CHECK(running.entries({.campaign_id = campaign(2).id})->size() == 1);
  });
}

TEST_CASE("it is said once when everything of an earlier process is in the store, its journal too") {
  const empty_database at;
  auto nowhere = at.settings();
  nowhere.url = "sqlite:" + (at.folder / "nowhere/calls.db");
  {
    open_store away(nowhere);
    REQUIRE(away.keep(entry_change{"c", number(1)}));
  }
  open_store running(at.settings(), false);
  std::atomic<int> said = 0;
  std::promise<void> first;
  running.open({.caught_up = [&] {
    if (++said == 1) first.set_value();
  }});
  REQUIRE(first.get_future().wait_for(store_patience) == std::future_status::ready);
  CHECK(running.entries({.campaign_id = "c"})->size() == 1);
  running.close();
  CHECK(said == 1);
}

}  // namespace tandem::test
