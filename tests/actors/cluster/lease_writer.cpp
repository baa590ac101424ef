#include "actors/cluster/lease_writer.hpp"

#include "tests/actors/cluster/ownership_fixture.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using lines = std::vector<std::string>;

/// A writer whose epoch has leases that the store does not know, which it says.
struct writer_fixture : fixture {
  writer_fixture() { rows.nodes[1] = {}; }

  void keep(const std::string& call_id, std::int64_t version, const std::string& value) {
    writer.keep({.epoch = 1, .call_id = call_id, .term = 1, .version = version, .ledger = value});
  }

  bool end(const std::string& call_id) { return writer.end({.epoch = 1, .call_id = call_id}, 1); }

  lease_rows rows;
  scripted_lease_store store{rows};
  std::vector<std::string> ended;
  store_line line{host, store, [this](std::function<void()> call) { host.post(std::move(call)); }};
  lease_writer writer{line, 1, [this](const std::string& call_id, std::int64_t term) {
                        CHECK(term == 1);
                        ended.push_back(call_id);
                      }};
};

}  // namespace

TEST_CASE_FIXTURE(ownership_fixture, "versions count from what the last owner left") {
  auto& a = start("a");
  auto& b = start("b");
  live(1000ms);
  own(b, "1");
  b.keep("1", "one");
  b.keep("1", "two");
  host.run();
  CHECK(row("1").version == 2);
  kill(b);
  live(2500ms);
  REQUIRE(a.adopted.size() == 1);
  CHECK(a.adopted[0].lease.version == 2);
  const auto next = a.own.number("1");
  CHECK(next.term == 2);
  CHECK(next.version == 3);
  a.own.keep("1", next.version, "three");
  host.run();
  CHECK(row("1").ledger == "three");
  CHECK(row("1").version == 3);
}

TEST_CASE_FIXTURE(ownership_fixture, "nothing is kept of a call that is not this node's") {
  auto& a = start("a");
  CHECK(a.own.number("1").term == 0);
  a.keep("1", "one");
  own(a, "1");
  a.own.end("1");
  a.keep("1", "two");
  live(1000ms);
  CHECK(a.store.asked == lines{"claim 1 v3:1", "release 1"});
}

TEST_CASE_FIXTURE(writer_fixture, "the newest ledger waits behind the one that is being written") {
  store.holds = "keep";
  keep("1", 1, "one");
  keep("2", 1, "other");
  keep("1", 2, "two");
  keep("1", 3, "three");
  host.run();
  CHECK(store.asked == lines{"keep 1 one", "keep 2 other"});
  store.let_go();
  host.run();
  CHECK(store.asked == lines{"keep 1 one", "keep 2 other", "keep 1 three"});
  host.advance(10s);
  CHECK(store.asked.size() == 3);
}

TEST_CASE_FIXTURE(writer_fixture, "the newest ledger is written when the store is back") {
  store.is_away = true;
  keep("1", 1, "one");
  host.advance(1000ms);
  keep("1", 2, "two");
  host.advance(5000ms);
  const auto tries = store.asked.size();
  // It is not asked all the time.
  CHECK(tries < 10);
  store.is_away = false;
  host.advance(5000ms);
  CHECK(store.asked.size() == tries + 1);
  CHECK(store.asked.back() == "keep 1 two");
}

TEST_CASE_FIXTURE(writer_fixture, "the end of a lease takes the place of its ledger") {
  store.holds = "keep";
  keep("1", 1, "one");
  keep("1", 2, "two");
  CHECK(end("1"));
  CHECK(end("1"));
  keep("1", 3, "three");
  writer.forget("1");
  host.run();
  CHECK(writer.is_ending("1"));
  CHECK(store.asked == lines{"keep 1 one"});
  store.let_go();
  host.run();
  CHECK(store.asked == lines{"keep 1 one", "release 1"});
  CHECK(ended == lines{"1"});
  CHECK_FALSE(writer.is_ending("1"));
}

TEST_CASE_FIXTURE(writer_fixture, "a ledger that is forgotten is not written") {
  store.is_away = true;
  keep("1", 1, "one");
  host.run();
  writer.forget("1");
  store.is_away = false;
  host.advance(10s);
  CHECK(store.asked == lines{"keep 1 one"});
}

TEST_CASE_FIXTURE(writer_fixture, "an end is said until the store has answered") {
  store.loses_answers = true;
  end("1");
  host.advance(3000ms);
  CHECK(store.count("release 1") > 1);
  CHECK(ended.empty());
  store.loses_answers = false;
  host.advance(5000ms);
  CHECK(ended == lines{"1"});
  const auto tries = store.asked.size();
  host.advance(10s);
  CHECK(store.asked.size() == tries);
}

TEST_CASE_FIXTURE(writer_fixture, "few writes are under way at a time") {
  store.holds = "release";
  for (int i = 0; i < 40; ++i) end(std::to_string(i));
  host.run();
  CHECK(store.asked.size() == 16);
  store.let_go();
  host.run();
  CHECK(ended.size() == 40);
}

TEST_CASE_FIXTURE(writer_fixture, "what waits for a store that is away is bounded") {
  store.is_away = true;
  for (std::size_t i = 0; i < lease_writer::most_ends; ++i) CHECK(end(std::to_string(i)));
  keep("more", 1, "one");
  CHECK_FALSE(end("more"));
  CHECK_FALSE(writer.is_ending("more"));
  host.run();
  CHECK(store.asked.size() <= 16);
  store.is_away = false;
  host.advance(5000ms);
  CHECK(ended.size() == lease_writer::most_ends);
  CHECK(store.count("keep more one") == 0);
  CHECK(end("more"));
}

TEST_CASE_FIXTURE(writer_fixture, "a flush is over when every lease is ended, or the store does not answer") {
  int flushes = 0;
  const auto flush = [&] { writer.flush([&] { ++flushes; }); };
  flush();
  CHECK(flushes == 0);
  host.run();
  CHECK(flushes == 1);
  store.is_away = true;
  end("1");
  host.run();
  flush();
  host.run();
  CHECK(flushes == 2);
  store.is_away = false;
  flush();
  host.run();
  CHECK(flushes == 3);
  CHECK(ended == lines{"1"});
}

}  // namespace tandem::test
