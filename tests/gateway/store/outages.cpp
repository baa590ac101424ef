#include "tests/gateway/store/store_fixture.hpp"

#include <filesystem>
#include <fstream>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A SQLite store whose folder can be taken away and brought back while it is closed.
struct distant_folder {
  temporary_folder folder;
  std::string here = folder / "there";

  distant_folder() { bring(); }
  store_settings settings() const {
    return {.url = "sqlite:" + here + "/calls.db", .journal = folder / "test.journal", .node = "test"};
  }
  void take() const { std::filesystem::rename(here, here + ".away"); }
  void bring() const {
    if (std::filesystem::exists(here + ".away")) return std::filesystem::rename(here + ".away", here);
    std::filesystem::create_directory(here);
  }
};

}  // namespace

TEST_CASE("while the store is away records are kept in the journal, and replayed in order once it is there") {
  const distant_folder at;
  at.take();
  open_store running(at.settings());
  auto call = ended_call(1);
  call.state = call_state::ringing;
  CHECK(running.keep(call));
  CHECK(running.keep(turn_change{call.id, spoken_turn(1, "hello")}));
  CHECK(running.keep(ended_call(1)));
  CHECK_FALSE(running.list());
  CHECK(running.measure.store_errors_total->Value() > 0);
  CHECK(running.measure.store_records_lost_total->Value() == 0);
  at.bring();
  REQUIRE(comes_true([&] { return running.list().has_value() && running.list()->size() == 1; }));
  CHECK(json_of(running.find(call.id)->front().call) == json_of(ended_call(1)));
  CHECK(running.find(call.id)->front().turns.size() == 1);
  CHECK(comes_true([&] { return std::filesystem::file_size(running.how.journal) == 0; }));
  CHECK(running.keep(ended_call(2)));
  CHECK(std::filesystem::file_size(running.how.journal) == 0);
  CHECK(running.numbers() == "2 1");
}

TEST_CASE("what the journal holds survives restarts without the store") {
  const distant_folder at;
  at.take();
  open_store running(at.settings());
  for (int number = 1; number < 4; ++number) {
    CHECK(running.keep(ended_call(number)));
    running.restart();
  }
  at.bring();
  running.restart();
  REQUIRE(comes_true([&] { return running.list().has_value() && running.list()->size() == 3; }));
}

TEST_CASE("a journal that is replayed twice changes nothing, nor does one older than the store") {
  const distant_folder at;
  const auto copy = at.folder / "copy";
  at.take();
  {
    open_store running(at.settings());
    auto early = ended_call(1);
    early.state = call_state::connected;
    early.end_reason.clear();
    CHECK(running.keep(early));
    CHECK(running.keep(turn_change{early.id, spoken_turn(1, "old")}));
  }
  std::filesystem::copy_file(at.settings().journal, copy);
  at.bring();
  open_store running(at.settings());
  CHECK(running.keep(turn_change{"test-1-1", spoken_turn(1, "new")}));
  CHECK(running.keep(ended_call(1)));
  running.close();
  std::filesystem::copy_file(copy, at.settings().journal, std::filesystem::copy_options::overwrite_existing);
  running.open();
  REQUIRE(comes_true([&] { return std::filesystem::file_size(running.how.journal) == 0; }));
  const auto found = running.find("test-1-1");
  CHECK(found->front().call.end_reason == ended_call(1).end_reason);
  REQUIRE(found->front().turns.size() == 1);
  CHECK(found->front().turns[0].text == "new");
}

TEST_CASE("without store and journal records wait in memory, and calls are refused before any is lost") {
  const distant_folder at;
  at.take();
  auto how = at.settings();
  how.journal = at.folder / "nowhere/test.journal";
  how.queue_bound = 100;
  open_store running(how, false);
  std::atomic<bool> healthy = true;
  running.open({.takes_records = [&](bool takes) { healthy = takes; }});
  for (int number = 0; number < 40; ++number) running.store->write(ended_call(number));
  CHECK_FALSE(running.list());
  CHECK(healthy);
  for (int number = 40; number < 100; ++number) running.store->write(ended_call(number));
  CHECK(comes_true([&] { return !healthy; }));
  CHECK(running.measure.store_records_lost_total->Value() == 0);
  CHECK_FALSE(running.keep(ended_call(100)));
  CHECK(running.measure.store_records_lost_total->Value() == 1);
  at.bring();
  CHECK(comes_true([&] { return healthy.load(); }));
  CHECK(running.list({.limit = 1000})->size() == 100);
  running.close();
}

TEST_CASE("a journal that is full fills the queue, and loses nothing while there is room") {
  const distant_folder at;
  at.take();
  auto how = at.settings();
  how.journal_bytes = 4000;
  open_store running(how);
  for (int number = 0; number < 50; ++number) running.store->write(ended_call(number));
  REQUIRE(comes_true([&] { return running.measure.store_waiting_records->Value() > 0; }));
  at.bring();
  REQUIRE(
      comes_true([&] { return running.list().has_value() && running.list({.limit = 1000})->size() == 50; }));
  CHECK(running.measure.store_records_lost_total->Value() == 0);
}

TEST_CASE("a PostgreSQL that crashes and comes back loses nothing that was kept" *
          doctest::skip(!postgres_server::installed())) {
  postgres_server server;
  const temporary_folder folder;
  open_store running({.url = server.make_database(), .journal = folder / "test.journal", .node = "test"});
  CHECK(running.keep(ended_call(1)));
  CHECK(running.numbers() == "1");
  server.stop();
  CHECK(running.keep(ended_call(2)));
  CHECK_FALSE(running.list());
  server.start();
  REQUIRE(comes_true([&] { return running.list().has_value(); }));
  REQUIRE(comes_true([&] { return running.numbers() == "2 1"; }));
}

TEST_CASE("a PostgreSQL that stands still is as good as away" *
          doctest::skip(!postgres_server::installed())) {
  postgres_server server;
  const temporary_folder folder;
  open_store running(
      {.url = server.make_database(), .journal = folder / "test.journal", .node = "test", .patience = 2s});
  CHECK(running.keep(ended_call(1)));
  CHECK(running.numbers() == "1");
  server.freeze(true);
  CHECK(running.keep(ended_call(2)));
  CHECK(std::filesystem::file_size(running.how.journal) > 0);
  CHECK_FALSE(running.list());
  server.freeze(false);
  REQUIRE(comes_true([&] { return running.list().has_value(); }));
  REQUIRE(comes_true([&] { return running.numbers() == "2 1"; }));
}

}  // namespace tandem::test
