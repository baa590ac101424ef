#include "actors/records.hpp"

#include "actors/call_store.hpp"
#include "tests/actors/fixture.hpp"

#include <optional>

namespace tandem::test {

namespace {

/// A store that does what the test says, when it says so.
struct fake_store final : call_store {
  void write(store_change change, std::function<void(bool)> kept) override {
    written.push_back(std::move(change));
    if (kept) waiting.push_back(std::move(kept));
  }
  void list(stored_calls query,
            std::function<void(std::optional<std::vector<call_record>>)> answer) override {
    asked = query;
    std::vector<call_record> page;
    for (const auto& each : calls) {
      if (!query.skip.contains(each.id) && page.size() < query.limit) page.push_back(each);
    }
    answer(away ? std::nullopt : std::optional(page));
  }
  void find(std::string id, std::function<void(std::optional<std::vector<stored_call>>)> answer) override {
    std::vector<stored_call> found;
    for (const auto& each : calls) {
      if (each.id == id) found.push_back({each, {{.n = 1, .text = "stored"}}, {}});
    }
    answer(away ? std::nullopt : std::optional(found));
  }

  std::vector<store_change> written;
  std::vector<std::function<void(bool)>> waiting;
  std::vector<call_record> calls;
  stored_calls asked;
  bool away = false;
};

call_record call(const std::string& id, call_state state = call_state::connected) {
  call_record record;
  record.id = id;
  record.state = state;
  record.started_at = wall_time(std::chrono::milliseconds(1000 + id.front()));
  return record;
}

struct records_fixture : fixture {
  records_fixture()
      : records(owned(spawn_records(host, store, {.currency = "USD", .tts_1000_characters = 1}))) {
    host.run();
  }
  ~records_fixture() {
    store.waiting.clear();
    records = records_actor{};
  }

  template <class Answer, class Question>
  std::optional<Answer> ask(Question question) {
    caf::scoped_actor self(system);
    auto request = self->request(records, std::chrono::seconds(5), std::move(question));
    host.run();
    if (!store.waiting.empty()) {
      for (auto& each : store.waiting) each(true);
      store.waiting.clear();
      host.run();
    }
    std::optional<Answer> out;
    request.receive([&](Answer& answer) { out = std::move(answer); }, [](const caf::error&) {});
    return out;
  }

  std::string ids(const list_calls& query) {
    auto page = ask<call_page>(query);
    REQUIRE(page);
    last = *page;
    std::string out;
    for (const auto& each : page->calls) out += each.id;
    return out;
  }

  fake_store store;
  records_actor records;
  call_page last;
};

}  // namespace

TEST_CASE_FIXTURE(records_fixture, "live calls come from memory, ended ones from the store, in one order") {
  store.calls = {call("e", call_state::ended), call("c", call_state::ended), call("a", call_state::ended)};
  for (auto id : {"b", "d", "f"}) tell(records, call_changed{call(id)});
  CHECK(ids({.limit = 10}) == "fedcba");
  CHECK(last.cursor.empty());
  CHECK(ids({.limit = 2}) == "fe");
  CHECK_FALSE(last.cursor.empty());
  const auto cursor = last.cursor;
  store.calls.erase(store.calls.begin());
  CHECK(ids({.limit = 10, .cursor = cursor}) == "dcba");
  CHECK(store.asked.before == std::stoll(cursor));
}

TEST_CASE_FIXTURE(records_fixture,
                  "a call that memory and store both know is there once, as memory knows it") {
  store.calls = {call("a", call_state::ringing)};
  tell(records, call_changed{call("a")});
  CHECK(ids({}) == "a");
  CHECK(last.calls.front().state == call_state::connected);
}

TEST_CASE_FIXTURE(records_fixture, "what is no cursor of ours has nothing behind it") {
  tell(records, call_changed{call("a")});
  for (auto cursor : {"x", "-1", "0", "1x"}) CHECK(ids({.cursor = cursor}).empty());
}

TEST_CASE_FIXTURE(records_fixture,
                  "while the store is away live calls are listed, and it is said that others are not") {
  store.away = true;
  tell(records, call_changed{call("a")});
  CHECK(ids({}) == "a");
  CHECK_FALSE(last.complete);
  CHECK(ask<call_history>(find_call{"a"})->complete);
  CHECK_FALSE(ask<call_history>(find_call{"b"})->complete);
}

TEST_CASE_FIXTURE(records_fixture, "an ended call is known from memory until the store has it") {
  tell(records, call_changed{call("a")}, turn_added{"a", {.n = 1, .text = "hello"}},
       call_changed{call("a", call_state::ended)});
  CHECK(store.written.size() == 3);
  CHECK(ask<call_history>(find_call{"a"})->turns.front().text == "hello");
  store.calls = {call("a", call_state::ended)};
  tell(records, calls_saved{{"a", "unknown"}});
  CHECK(ask<call_history>(find_call{"a"})->turns.front().text == "stored");
  CHECK(ask<call_history>(find_call{"b"})->call.empty());
}

TEST_CASE_FIXTURE(records_fixture, "calls are kept with what they cost so far") {
  auto costly = call("a");
  costly.usage.tts_characters = 500;
  tell(records, call_changed{costly});
  REQUIRE(store.written.size() == 1);
  CHECK(std::get<call_record>(store.written.front()).cost.total() == 500000);
  CHECK(ask<call_history>(find_call{"a"})->call.front().cost.currency == "USD");
}

TEST_CASE_FIXTURE(records_fixture, "who wants a call kept is answered once it is") {
  caf::scoped_actor self(system);
  auto request = self->request(records, std::chrono::seconds(5), keep_call{call("a")});
  host.run();
  REQUIRE(store.waiting.size() == 1);
  CHECK(self->mailbox().empty());
  store.waiting.front()(false);
  store.waiting.clear();
  host.run();
  request.receive([](const change_kept& done) { CHECK_FALSE(done.durable); },
                  [](const caf::error&) { FAIL("no answer"); });
}

TEST_CASE_FIXTURE(records_fixture, "a call that has gone on is kept as it is by now") {
  auto connected = call("a", call_state::connected);
  tell(records, call_changed{connected});
  REQUIRE(ask<change_kept>(keep_call{call("a")}));
  CHECK(std::get<call_record>(store.written.back()).state == call_state::connected);
  connected.state = call_state::ended;
  tell(records, call_changed{connected}, calls_saved{{"a"}});
  const auto writes = store.written.size();
  const auto kept = ask<change_kept>(keep_call{call("a")});
  REQUIRE(kept);
  CHECK(kept->durable);
  CHECK(store.written.size() == writes);
}

TEST_CASE_FIXTURE(records_fixture, "a caller is forgotten in memory at once and in the store in order") {
  auto ended = call("a");
  ended.from = "+1";
  tell(records, call_changed{ended});
  ended.state = call_state::ended;
  tell(records, call_changed{ended});
  const auto done = ask<change_kept>(forget_caller{"+1"});
  REQUIRE(done);
  CHECK(done->durable);
  CHECK(std::get<caller_gone>(store.written.back()).number == "+1");
  CHECK(ids({}).empty());
}

TEST_CASE_FIXTURE(records_fixture, "a call that moved to another node is known from the store") {
  tell(records, call_changed{call("a")}, call_moved{"a"});
  store.calls = {call("a", call_state::ended)};
  CHECK(ids({}) == "a");
  CHECK(last.calls.front().state == call_state::ended);
  CHECK(ask<call_history>(find_call{"a"})->call.front().state == call_state::ended);
}

TEST_CASE_FIXTURE(records_fixture, "a call that came from another node has the turns it had there") {
  auto taken = call("a");
  taken.answered_at = taken.started_at;
  store.calls = {call("a", call_state::ringing)};
  tell(records, call_changed{taken});
  auto history = ask<call_history>(find_call{"a"});
  CHECK(history->call.front().state == call_state::connected);
  REQUIRE(history->turns.size() == 1);
  tell(records, turn_added{"a", {.n = 2, .text = "here"}});
  history = ask<call_history>(find_call{"a"});
  REQUIRE(history->turns.size() == 2);
  CHECK(history->turns[0].text == "stored");
  CHECK(history->turns[1].text == "here");
  store.away = true;
  history = ask<call_history>(find_call{"a"});
  CHECK_FALSE(history->complete);
  CHECK(history->turns.size() == 1);
}

}  // namespace tandem::test
