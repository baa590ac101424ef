#include "gateway/store/sql_session.hpp"
#include "tests/gateway/store/store_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <future>
#include <soci/soci.h>

// Declared here, so that SQLite's own header is not needed.
namespace soci {
extern "C" backend_factory const* factory_sqlite3();
}

namespace tandem::test {

TEST_CASE("a call comes back from the store as it was, with its turns and events, also after a restart") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    const auto call = ended_call(1);
    auto first = call;
    first.state = call_state::ringing;
    running.store->write(first);
    running.store->write(turn_change{call.id, spoken_turn(2, "I can: 'yes'; DROP TABLE calls;\n")});
    running.store->write(turn_change{call.id, spoken_turn(1, "hello Zoë")});
    running.store->write(call_event{call.id, 1, call.started_at, "dtmf", R"({"digit":"5"})"});
    REQUIRE(running.keep(call));
    for (int start = 0; start < 2; ++start) {
      const auto found = running.find(call.id);
      REQUIRE(found);
      REQUIRE(found->size() == 1);
      const auto& stored = found->front();
      CHECK(json_of(stored.call) == json_of(call));
      REQUIRE(stored.turns.size() == 2);
      CHECK(json_of(stored.turns[0]) == json_of(spoken_turn(1, "hello Zoë")));
      CHECK(json_of(stored.turns[1]) == json_of(spoken_turn(2, "I can: 'yes'; DROP TABLE calls;\n")));
      REQUIRE(stored.events.size() == 1);
      CHECK(stored.events[0].data == R"({"digit":"5"})");
      running.restart();
    }
    CHECK(running.find("nobody")->empty());
  });
}

TEST_CASE("calls are listed newest first, page by page, without those that are not wanted") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    for (int number = 1; number < 9; ++number) running.store->write(ended_call(number));
    auto live = ended_call(9);
    live.state = call_state::connected;
    REQUIRE(running.keep(live));
    CHECK(running.numbers() == "9 8 7 6 5 4 3 2 1");
    CHECK(running.numbers({.state = "connected"}) == "9");
    CHECK(running.numbers({.limit = 3}) == "9 8 7");
    const auto place = records::place_of(ended_call(7).started_at, ended_call(7).id);
    CHECK(running.numbers({.limit = 3, .before = place}) == "6 5 4");
    CHECK(running.numbers({.state = "ended", .limit = 2, .skip = {"test-1-8", "test-1-7", "test-1-6"}}) ==
          "5 4");
    CHECK(running.numbers({.before = 1}).empty());
  });
}

TEST_CASE("texts that no database takes as they are do not stop the store") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    auto call = ended_call(1);
    call.from = std::string("+1\0 \xff", 5);
    REQUIRE(running.keep(turn_change{call.id, spoken_turn(1, std::string("a\0b\xc3", 4))}));
    REQUIRE(running.keep(call));
    const auto found = running.find(call.id);
    REQUIRE(found->size() == 1);
    CHECK(found->front().turns.front().text ==
          "a\xef\xbf\xbd"
          "b\xef\xbf\xbd");
    CHECK(running.measure.store_errors_total->Value() == 0);
  });
}

TEST_CASE("calls that no process carries any more are ended at the next start, others' calls are not") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    auto lost = ended_call(1);
    lost.state = call_state::connected;
    lost.ended_at = {};
    auto others = lost;
    others.id = "other-1-2";
    others.node = "other";
    running.store->write(turn_change{lost.id, spoken_turn(1, "hello")});
    running.store->write(others);
    REQUIRE(running.keep(lost));
    running.restart();
    const auto found = running.find(lost.id);
    REQUIRE(found->size() == 1);
    CHECK(found->front().call.state == call_state::ended);
    CHECK(found->front().call.end_reason == end_reason::internal_error);
    CHECK(found->front().call.ended_at == spoken_turn(1, "").ended_at);
    CHECK(running.find(others.id)->front().call.state == call_state::connected);
  });
}

TEST_CASE("a call that no process carries any more costs its line up to its last turn") {
  using namespace std::chrono_literals;
  on_every_database([](const empty_database& at) {
    auto how = at.settings();
    how.prices = {.currency = "USD", .carrier_minute = 0.6};
    open_store running(how);
    const auto lost = [](int number, std::string currency) {
      auto call = ended_call(number);
      call.state = call_state::connected;
      call.ended_at = {};
      call.cost = {.currency = std::move(currency), .stt = 6};
      return call;
    };
    auto turn = spoken_turn(1, "hello");
    turn.ended_at = lost(1, "").answered_at + 3s;
    running.store->write(turn_change{lost(1, "").id, turn});
    running.store->write(lost(1, "USD"));
    running.store->write(lost(2, "USD"));
    running.store->write(lost(3, ""));
    running.store->write(turn_change{lost(3, "").id, turn});
    REQUIRE(running.keep(lost(4, "USD")));
    running.restart();
    const auto cost = [&](int number) { return running.find(lost(number, "").id)->front().call.cost; };
    CHECK(cost(1).carrier == 30'000);
    CHECK(cost(1).stt == 6);
    // Nothing was said, so far as anybody knows.
    CHECK(cost(2).carrier == 0);
    // Its line's price was not known.
    CHECK(cost(3).carrier == 0);
  });
}

TEST_CASE("whoever ends is told when the store has it, and of nothing else") {
  const empty_database at;
  open_store running(at.settings(), false);
  std::promise<std::vector<std::string>> said;
  auto saved = said.get_future();
  running.open({.saved = [&](std::vector<std::string> ids) { said.set_value(std::move(ids)); }});
  auto live = ended_call(1);
  live.state = call_state::connected;
  REQUIRE(running.keep(live));
  running.store->write(ended_call(1));
  REQUIRE(saved.wait_for(store_patience) == std::future_status::ready);
  CHECK(saved.get() == std::vector<std::string>{"test-1-1"});
  running.close();
}

TEST_CASE("many records share a transaction, and many readers the pool") {
  on_every_database([](const empty_database& at) {
    auto how = at.settings();
    how.pool = 4;
    open_store running(how);
    constexpr int calls = 2000;
    for (int number = 0; number < calls; ++number) running.store->write(ended_call(number));
    REQUIRE(running.keep(ended_call(calls)));
    std::vector<std::future<bool>> answers;
    for (int number = 0; number < 100; ++number) {
      auto promise = std::make_shared<std::promise<bool>>();
      answers.push_back(promise->get_future());
      running.store->find(ended_call(number).id,
                          [promise](const auto& found) { promise->set_value(found && found->size() == 1); });
    }
    CHECK(std::all_of(answers.begin(), answers.end(), [](auto& each) { return each.get(); }));
    CHECK(running.measure.connections(peer::store).Value() <= 4);
    CHECK(running.measure.connections(peer::store).Value() >= 2);
    running.close();
    CHECK(running.measure.connections(peer::store).Value() == 0);
    CHECK(running.measure.store_pool_in_use->Value() == 0);
  });
}

TEST_CASE("what waits when the store ends is written") {
  const empty_database at;
  open_store running(at.settings());
  for (int number = 0; number < 500; ++number) running.store->write(ended_call(number));
  running.restart();
  CHECK(running.list({.limit = 1000})->size() == 500);
}

TEST_CASE("a new SQLite file that another process is writing is waited for") {
  const temporary_folder folder;
  const auto path = folder / "tandem.db";
  soci::session other(*soci::factory_sqlite3(), path);
  other << "BEGIN IMMEDIATE";
  auto opened = std::async(std::launch::async, [&] { database base("sqlite:" + path); });
  CHECK(opened.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  other << "COMMIT";
  CHECK_NOTHROW(opened.get());
}

TEST_CASE("turns from before there were timings are found, and later ones have theirs") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    const auto call = ended_call(1);
    running.store->write(turn_change{call.id, spoken_turn(2, "old")});
    REQUIRE(running.keep(call));
    running.close();
    {
      sql_session before(at.url);
      before.sql << "ALTER TABLE turns DROP COLUMN timing";
      for (const auto* table : {"epochs", "nodes", "leases"}) before.sql << "DROP TABLE " << table;
      before.sql << "UPDATE schema_version SET version = 4";
    }
    running.open();
    running.store->write(turn_change{call.id, spoken_turn(4, "new")});
    REQUIRE(running.keep(call));
    const auto found = running.find(call.id);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    REQUIRE(found->front().turns.size() == 2);
    CHECK(found->front().turns[0].text == "old");
    CHECK(found->front().turns[0].timing == turn_timing{});
    CHECK(found->front().turns[1].timing == spoken_turn(4, "new").timing);
  });
}

TEST_CASE("processes that start at once bring the schema up to date one after the other") {
  on_every_database([](const empty_database& at) {
    std::vector<std::thread> nodes;
    for (int i = 0; i < 8; ++i) {
      nodes.emplace_back([&at] {
        database base(at.url);
        base.migrate();
      });
    }
    for (auto& each : nodes) each.join();
    database base(at.url);
    base.migrate();
    CHECK(base.works());
    CHECK(base.find("nobody").empty());
  });
}

}  // namespace tandem::test
