#include "actors/call_store.hpp"

#include <doctest/doctest.h>

namespace tandem {

namespace {

call_record call(std::string id, call_state state = call_state::ended) {
  call_record record;
  record.id = std::move(id);
  record.state = state;
  return record;
}

std::string ids(const call_page& page) {
  std::string out;
  for (const auto& each : page.calls) out += each.id;
  return out;
}

}  // namespace

TEST_CASE("calls are listed newest first, page by page") {
  memory_store store;
  for (auto id : {"a", "b", "c", "d", "e"}) store.put(call(id));
  auto first = store.list("", 2, "");
  CHECK(ids(first) == "ed");
  auto second = store.list("", 2, first.cursor);
  CHECK(ids(second) == "cb");
  auto third = store.list("", 2, second.cursor);
  CHECK(ids(third) == "a");
  CHECK(third.cursor.empty());
}

TEST_CASE("a page can hold one state only") {
  memory_store store;
  store.put(call("a", call_state::connected));
  store.put(call("b"));
  CHECK(ids(store.list("connected", 10, "")) == "a");
  store.put(call("a"));
  CHECK(ids(store.list("connected", 10, "")).empty());
  CHECK(ids(store.list("ended", 10, "")) == "ba");
}

TEST_CASE("a cursor that is no number gives an empty page") {
  memory_store store;
  store.put(call("a"));
  CHECK(ids(store.list("", 10, "x")).empty());
}

TEST_CASE("of ended calls only the newest stay, live ones always do") {
  memory_store store(2);
  store.put(call("live", call_state::connected));
  for (auto id : {"a", "b", "c"}) store.put(call(id));
  CHECK(ids(store.list("", 10, "")) == "cblive");
  CHECK(store.find("a").call.empty());
  // Ending twice counts once.
  store.put(call("c"));
  CHECK(ids(store.list("", 10, "")) == "cblive");
}

TEST_CASE("turns belong to their call") {
  memory_store store;
  store.put(call("a"));
  store.add("a", {.n = 1, .text = "hello"});
  store.add("nobody", {.n = 1});
  auto found = store.find("a");
  REQUIRE(found.turns.size() == 1);
  CHECK(found.turns[0].text == "hello");
  CHECK(store.find("nobody").call.empty());
}

}  // namespace tandem
