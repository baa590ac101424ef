#include "tests/gateway/store/postgres_server.hpp"
#include "tests/system/staying_caller.hpp"

#include <filesystem>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

double value(running_engine& running, std::string_view name) {
  return lab::metric(running.view->get("/metrics").value_or(""), name);
}

/// A call with a caller who says something and hears the answer.
void hold_call(running_engine& running) {
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK_FALSE(caller.heard.empty());
}

/// Whether so many whole calls are in the store, going by an engine that has just begun to look there.
bool remembers(running_engine& running, std::size_t calls) {
  CHECK(running.engine->stop(30s) == 0);
  running.start_again();
  const auto page = running.view->get("/v1/calls?state=ended").value_or("");
  std::size_t found = 0;
  for (auto at = page.find(R"("end_reason":"caller_hung_up")"); at != page.npos;
       at = page.find(R"("end_reason":"caller_hung_up")", at + 1))
    ++found;
  return found == calls && running.view->newest_call().turns.size() == 2;
}

}  // namespace

TEST_CASE("an engine that starts without its store takes calls, and keeps them once it is there") {
  const temporary_folder folder;
  const auto there = folder / "there";
  running_engine running(
      {.flags = {"--store.url=sqlite:" + there + "/tandem.db", "--store.journal=" + folder.path()}});
  hold_call(running);
  CHECK(value(running, "tandem_store_errors_total") > 0);
  CHECK(value(running, "tandem_store_journal_bytes") > 0);
  CHECK(running.left().empty());
  std::filesystem::create_directory(there);
  CHECK(becomes([&] { return value(running, "tandem_store_journal_bytes") == 0; }));
  CHECK(value(running, "tandem_store_records_lost_total") == 0);
  CHECK(remembers(running, 1));
}

TEST_CASE("calls go on and come while the database is down, and all of them are in it afterwards" *
          doctest::skip(!postgres_server::installed())) {
  postgres_server server;
  const temporary_folder folder;
  running_engine running(
      {.flags = {"--store.url=" + server.make_database(), "--store.journal=" + folder.path()}});
  staying_caller before;
  auto over = running.place(before);
  REQUIRE(becomes([&] { return connected(running); }));
  server.stop();
  hold_call(running);
  CHECK(active(running) == 1);
  before.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.left().empty());
  CHECK(value(running, "tandem_store_journal_bytes") > 0);
  server.start();
  CHECK(becomes([&] { return value(running, "tandem_store_journal_bytes") == 0; }));
  CHECK(value(running, "tandem_store_records_lost_total") == 0);
  CHECK(remembers(running, 2));
}

}  // namespace tandem::test
