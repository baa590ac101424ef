#include "tests/gateway/store/store_fixture.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// A call that ended so many days ago, with a turn and an event of then.
void add_old(open_store& to, int number, int days) {
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto call = ended_call(number);
  call.started_at = call.answered_at = call.ended_at = now - days * 24h;
  auto turn = spoken_turn(1, "hello");
  turn.ended_at = call.ended_at;
  to.store->write(turn_change{call.id, turn});
  to.store->write(call_event{call.id, 1, call.ended_at, "dtmf"});
  REQUIRE(to.keep(call));
}

/// Everything that is in the files of a folder.
std::string all_bytes(const std::string& folder) {
  std::string out;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
    std::ifstream in(each.path(), std::ios::binary);
    out.append(std::istreambuf_iterator<char>(in), {});
  }
  return out;
}

}  // namespace

TEST_CASE("calls, turns and events are deleted when they are as old as is said") {
  on_every_database([](const empty_database& at) {
    auto how = at.settings();
    open_store running(how);
    for (int days = 1; days <= 5; ++days) add_old(running, days, days);
    running.close();
    running.how.keep_calls_days = 4;
    running.how.keep_transcripts_days = 2;
    running.how.keep_events_days = 3;
    running.open();
    const auto parts = [&](int number) {
      const auto found = running.find(ended_call(number).id);
      if (!found || found->empty()) return std::string("none");
      return std::to_string(found->front().turns.size()) + std::to_string(found->front().events.size());
    };
    CHECK(comes_true([&] { return parts(5) == "none" && parts(4) == "none"; }));
    CHECK(comes_true([&] { return parts(3) == "00"; }));
    CHECK(comes_true([&] { return parts(2) == "01"; }));
    CHECK(parts(1) == "11");
  });
}

TEST_CASE("more than one step of old rows goes, and a call that has not ended stays") {
  const empty_database at;
  open_store running(at.settings());
  for (int number = 0; number < 1200; ++number) running.store->write(ended_call(number));
  auto live = ended_call(5000);
  live.state = call_state::connected;
  live.ended_at = {};
  live.node = "other";
  REQUIRE(running.keep(live));
  running.close();
  running.how.keep_calls_days = 1;
  running.open();
  CHECK(comes_true([&] { return running.numbers({.limit = 2000}) == "5000"; }));
}

TEST_CASE("a caller's data is deleted on request, with every byte of it, and nobody else's") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    auto incoming = ended_call(1);
    incoming.from = "+4930111222333";
    incoming.metadata = {{"name", "Rumpelstiltskin"}};
    auto outgoing = incoming;
    outgoing.id = "test-1-2";
    outgoing.direction = call_direction::outgoing;
    std::swap(outgoing.from, outgoing.to);
    for (const auto& each : {incoming, outgoing}) {
      running.store->write(turn_change{each.id, spoken_turn(1, "my secret is Rumpelstiltskin")});
      running.store->write(call_event{each.id, 1, each.ended_at, "dtmf", R"({"digit":"Rumpelstiltskin"})"});
      REQUIRE(running.keep(each));
    }
    REQUIRE(running.keep(ended_call(3)));
    REQUIRE(running.keep(caller_gone{"+4930111222333"}));
    CHECK(running.numbers() == "3");
    CHECK(running.find(incoming.id)->empty());
    // What comes later is kept again.
    incoming.id = "test-1-4";
    incoming.metadata.clear();
    REQUIRE(running.keep(incoming));
    CHECK(running.find(incoming.id)->size() == 1);
    running.close();
    CHECK(all_bytes(at.folder.path()).find("Rumpelstiltskin") == std::string::npos);
  });
}

TEST_CASE("a caller who was forgotten while the store was away stays forgotten") {
  const empty_database at;
  open_store running(at.settings());
  REQUIRE(running.keep(ended_call(1)));
  running.close();
  const auto url = running.how.url;
  running.how.url = "sqlite:" + (at.folder / "nowhere/calls.db");
  running.open();
  auto call = ended_call(8);
  REQUIRE(call.from == ended_call(1).from);
  REQUIRE(running.keep(call));
  REQUIRE(running.keep(caller_gone{call.from}));
  running.close();
  running.how.url = url;
  running.open();
  CHECK(comes_true([&] { return running.numbers().empty(); }));
}

TEST_CASE(
    "encrypted, no byte of what was said or who called is in database or journal, and both can be deleted") {
  const empty_database at;
  auto how = at.settings();
  how.numbers = how.words = text_policy::encrypt;
  how.key = sealer::key{1, 2, 3};
  open_store running(how);
  auto call = ended_call(1);
  call.from = "+4930111222333";
  const auto say = [&](const std::string& id) {
    call.id = id;
    running.store->write(turn_change{id, spoken_turn(1, "my secret is Rumpelstiltskin")});
    REQUIRE(running.keep(call));
  };
  say("a");
  CHECK(running.find("a")->front().call.from == call.from);
  CHECK(running.find("a")->front().turns[0].text == "my secret is Rumpelstiltskin");
  running.close();
  running.how.url = "sqlite:" + (at.folder / "nowhere/calls.db");
  running.open();
  say("b");
  running.close();
  const auto bytes = all_bytes(at.folder.path());
  for (const auto* text : {"Rumpelstiltskin", "4930111222333", "Zo\xc3\xab"}) {
    CHECK_MESSAGE(bytes.find(text) == bytes.npos, text);
  }
  running.how.url = how.url;
  running.how.key = sealer::key{9};
  running.open();
  REQUIRE(comes_true([&] { return running.find("b").has_value() && running.find("b")->size() == 1; }));
  CHECK(running.find("b")->front().call.from == "[sealed]");
  running.close();
  running.how.key = how.key;
  running.open();
  REQUIRE(running.keep(caller_gone{"+4930111222333"}));
  CHECK(running.list()->empty());
}

namespace {

/// Who keeps something else of calls, and whether that can be deleted.
struct keeper {
  std::mutex mutex;
  std::vector<std::string> gone;
  bool can = true;

  store_listeners listeners() {
    return {.leaving = [this](std::vector<std::string> ids) {
      const std::lock_guard guard(mutex);
      if (can) gone.insert(gone.end(), ids.begin(), ids.end());
      return can;
    }};
  }
  std::set<std::string> ids() {
    const std::lock_guard guard(mutex);
    return {gone.begin(), gone.end()};
  }
};

}  // namespace

TEST_CASE("what else is kept of a caller's calls goes with them, also of those written at the same moment") {
  on_every_database([](const empty_database& at) {
    keeper other;
    open_store running(at.settings(), false);
    running.open(other.listeners());
    REQUIRE(running.keep(ended_call(1)));
    // Numbers repeat every seven calls.
    running.store->write(ended_call(8));
    running.store->write(ended_call(2));
    CHECK(running.keep(caller_gone{ended_call(1).from}));
    CHECK(other.ids() == std::set{ended_call(1).id, ended_call(8).id});
    CHECK(running.numbers() == "2");
  });
}

TEST_CASE("a caller is not forgotten while something else of them cannot be deleted") {
  const empty_database at;
  keeper other;
  other.can = false;
  open_store running(at.settings(), false);
  running.open(other.listeners());
  REQUIRE(running.keep(ended_call(1)));
  CHECK_FALSE(running.keep(caller_gone{ended_call(1).from}));
  CHECK(running.numbers() == "1");
  CHECK(running.keep(ended_call(2)));
  {
    const std::lock_guard guard(other.mutex);
    other.can = true;
  }
  CHECK(running.keep(caller_gone{ended_call(1).from}));
  CHECK(running.numbers() == "2");
}

TEST_CASE("what a node keeps of a call goes when another one deletes it, also while the node is away") {
  if (!postgres_server::installed()) return;
  const empty_database at{.url = shared_postgres().make_database()};
  keeper here;
  keeper there;
  auto how = at.settings();
  how.look_pause = 20ms;
  auto other_how = how;
  other_how.node = "other";
  other_how.journal = at.folder / "other.journal";
  open_store running(how, false);
  running.open(here.listeners());
  open_store other(other_how, false);
  other.open(there.listeners());
  const auto carry = [&](open_store& by, int number) {
    auto call = ended_call(number);
    call.node = by.how.node;
    call.from = "+4930111222333";
    REQUIRE(by.keep(call));
    return call;
  };
  const auto ours = carry(running, 1);
  const auto theirs = carry(other, 2);
  REQUIRE(running.keep(caller_gone{ours.from}));
  CHECK(here.ids() == std::set{ours.id, theirs.id});
  CHECK(comes_true([&] { return there.ids() == std::set{theirs.id}; }));
  const auto later = carry(other, 3);
  other.close();
  REQUIRE(running.keep(caller_gone{ours.from}));
  there.gone.clear();
  there.can = false;
  other.open(there.listeners());
  // It is told until it can be done, and no more.
  database base(how.url);
  CHECK(base.departures("other") == std::vector{later.id});
  {
    const std::lock_guard guard(there.mutex);
    there.can = true;
  }
  CHECK(comes_true([&] { return there.ids() == std::set{later.id}; }));
  CHECK(comes_true([&] { return base.departures("other").empty(); }));
}

TEST_CASE("what else is kept of old calls goes before them") {
  const empty_database at;
  keeper other;
  open_store running(at.settings());
  for (int days = 1; days <= 5; ++days) add_old(running, days, days);
  running.close();
  running.how.keep_calls_days = 3;
  running.open(other.listeners());
  CHECK(comes_true([&] { return running.numbers() == "2 1" || running.numbers() == "1 2"; }));
  CHECK(other.ids() == std::set{ended_call(5).id, ended_call(4).id, ended_call(3).id});
}

}  // namespace tandem::test
