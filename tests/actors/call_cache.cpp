#include "actors/call_cache.hpp"

#include "protocols/records/row.hpp"

#include <doctest/doctest.h>

namespace tandem {

namespace {

/// A call that started in the order of its id.
call_record call(const std::string& id, call_state state = call_state::connected) {
  call_record record;
  record.id = id;
  record.state = state;
  record.started_at = wall_time(std::chrono::milliseconds(1000 + id.front()));
  return record;
}

std::string ids(const std::vector<call_record>& page) {
  std::string out;
  for (const auto& each : page) out += each.id;
  return out;
}

/// Has begun and ended.
void end(call_cache& cache, const std::string& id) {
  cache.put(call(id));
  cache.put(call(id, call_state::ended));
}

}  // namespace

TEST_CASE("calls are listed newest first, from a place on") {
  call_cache cache;
  for (auto id : {"c", "a", "e", "b", "d"}) cache.put(call(id));
  const auto first = cache.list("", 2, 0);
  CHECK(ids(first) == "ed");
  CHECK(ids(cache.list("", 9, records::place_of(first.back().started_at, "d"))) == "cba");
}

TEST_CASE("a list can hold one state only") {
  call_cache cache;
  cache.put(call("a"));
  end(cache, "b");
  CHECK(ids(cache.list("connected", 10, 0)) == "a");
  CHECK(ids(cache.list("ended", 10, 0)) == "b");
  CHECK(ids(cache.list("", 10, 0)) == "ba");
}

TEST_CASE("of ended calls only the newest stay, live ones always do") {
  call_cache cache(2);
  cache.put(call("l"));
  for (auto id : {"a", "b", "c"}) end(cache, id);
  CHECK(ids(cache.list("", 10, 0)) == "lcb");
  CHECK(cache.find("a") == nullptr);
  // Ending twice counts once.
  cache.put(call("c", call_state::ended));
  CHECK(ids(cache.list("", 10, 0)) == "lcb");
}

TEST_CASE("only a call that has ended can be dropped, and it does not come back") {
  call_cache cache;
  cache.put(call("a"));
  cache.forget("a");
  CHECK(ids(cache.list("", 10, 0)) == "a");
  end(cache, "a");
  cache.forget("a");
  cache.forget("nobody");
  CHECK(cache.list("", 10, 0).empty());
  cache.put(call("a", call_state::ended));
  CHECK(cache.ids().empty());
}

TEST_CASE("a call that another node has now is gone, however it is") {
  call_cache cache;
  cache.put(call("a"));
  end(cache, "b");
  for (auto id : {"a", "b", "nobody"}) cache.part_with(id);
  CHECK(cache.ids().empty());
  // It may come back.
  cache.put(call("a"));
  CHECK(ids(cache.list("", 10, 0)) == "a");
}

TEST_CASE("a call that is answered when it is first heard of came from another node") {
  call_cache cache;
  auto answered = call("a");
  answered.answered_at = answered.started_at;
  cache.put(answered);
  cache.put(call("b", call_state::ringing));
  cache.put(call("b"));
  CHECK(cache.find("a")->came_from_elsewhere);
  CHECK_FALSE(cache.find("b")->came_from_elsewhere);
}

TEST_CASE("turns belong to their call") {
  call_cache cache;
  cache.put(call("a"));
  cache.add("a", {.n = 1, .text = "hello"});
  cache.add("nobody", {.n = 1});
  REQUIRE(cache.find("a") != nullptr);
  REQUIRE(cache.find("a")->turns.size() == 1);
  CHECK(cache.find("a")->turns[0].text == "hello");
  CHECK(cache.find("nobody") == nullptr);
}

TEST_CASE("a caller's ended calls go, from whichever side the call came") {
  call_cache cache;
  auto incoming = call("a");
  incoming.from = "+1";
  auto outgoing = call("b");
  outgoing.direction = call_direction::outgoing;
  outgoing.to = "+1";
  auto other = call("c");
  other.to = "+1";
  auto live = call("l");
  live.from = "+1";
  for (auto* each : {&incoming, &outgoing, &other}) {
    cache.put(*each);
    each->state = call_state::ended;
    cache.put(*each);
  }
  cache.put(live);
  cache.forget_caller("+1");
  CHECK(ids(cache.list("", 10, 0)) == "lc");
}

}  // namespace tandem
