#include "actors/events.hpp"
#include "tests/actors/events_fixture.hpp"
#include "tests/actors/fixture.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr auto dtmf = event_kind::dtmf;
constexpr auto partial = event_kind::transcript_partial;

/// Nodes `a`, `b` … whose events are numbered `a-1`, `a-2` …
struct exchange_fixture : fixture {
  ~exchange_fixture() { hubs.clear(); }

  events_actor start(const std::string& name) {
    how.id_prefix = name + "-";
    const auto hub = owned(spawn_events(host, how));
    for (const auto& [other, theirs] : hubs) introduce(name, hub, other, theirs);
    hubs[name] = hub;
    return hub;
  }

  void introduce(const std::string& name, const events_actor& hub, const std::string& other,
                 const events_actor& theirs) {
    tell(hub, events_elsewhere{other, theirs});
    tell(theirs, events_elsewhere{name, hub});
  }

  std::shared_ptr<reading> watch(const events_actor& hub, watch_events command = {}) {
    auto reader = std::make_shared<reading>();
    command.to = std::make_shared<fake_sink>(reader);
    tell(hub, std::move(command));
    return reader;
  }

  void happens(const events_actor& hub, const std::string& call_id, event_kind kind, std::string text = "5",
               int times = 1) {
    for (int n = 0; n < times; ++n)
      tell(hub, event_happened{{.call_id = call_id, .kind = kind, .text = text}});
  }

  event_settings how;
  std::map<std::string, events_actor> hubs;
};

}  // namespace

TEST_CASE_FIXTURE(exchange_fixture, "whoever watches at one node is told of every node's calls, each once") {
  const auto a = start("a");
  const auto b = start("b");
  const auto c = start("c");
  const auto at_a = watch(a);
  const auto at_b = watch(b);
  happens(c, "x", dtmf);
  happens(a, "y", dtmf);
  for (const auto& reader : {at_a, at_b}) {
    CHECK(reader->count("event: dtmf") == 2);
    CHECK(reader->count("id: c-1\nevent: dtmf\ndata: {\"call_id\":\"x\"") == 1);
    CHECK(reader->count("id: a-") == 1);
    CHECK(reader->count("events.missed") == 0);
  }
}

TEST_CASE_FIXTURE(exchange_fixture,
                  "whoever watches a call at another node is told of it until it has ended") {
  const auto a = start("a");
  const auto b = start("b");
  const auto reader = watch(a, {.call_id = "x"});
  happens(b, "z", dtmf);
  happens(b, "x", dtmf);
  CHECK(reader->count("event: dtmf") == 1);
  happens(b, "x", event_kind::call_ended, "shutdown");
  CHECK(reader->count("event: call.ended") == 1);
  CHECK(reader->ended);
}

TEST_CASE_FIXTURE(exchange_fixture, "a reader who comes back gets the events of all nodes that it missed") {
  const auto a = start("a");
  const auto b = start("b");
  const auto first = watch(a);
  happens(a, "x", dtmf, "1");
  happens(b, "y", dtmf, "2");
  happens(b, "y", partial, "he");
  // An id that nobody remembers would be no place to go on from.
  CHECK(first->count("id: b-2") == 0);
  CHECK(first->count(R"("text":"he")") == 1);
  first->reads = false;
  happens(a, "x", dtmf, "3");
  CHECK(first->ended);
  happens(b, "y", dtmf, "4");
  const auto later = watch(a, {.last_seen = "b-1"});
  CHECK(later->count("id: ") == 2);
  CHECK(later->count(R"("digit":"3")") == 1);
  CHECK(later->count("id: b-3\n") == 1);
  CHECK(later->count("events.missed") == 0);
}

TEST_CASE_FIXTURE(exchange_fixture, "other nodes are followed while somebody reads, and a little longer") {
  const auto a = start("a");
  const auto b = spawn_probe<actor_kind::events, events_actor>();
  tell(a, events_elsewhere{"b", b.handle});
  CHECK(b->count<follow_events>() == 0);
  CHECK(host.armed_timers() == 0);
  const auto reader = watch(a);
  CHECK(b->count<follow_events>() == 1);
  CHECK(b->last<follow_events>().follows);
  host.advance(1min);
  CHECK(b->count<follow_events>() >= 12);
  CHECK(b->last<follow_events>().follows);
  reader->reads = false;
  host.advance(1min);
  CHECK(reader->ended);
  CHECK_FALSE(b->last<follow_events>().follows);
  CHECK(host.armed_timers() == 0);
  const auto so_far = b->size();
  host.advance(1min);
  CHECK(b->size() == so_far);
}

TEST_CASE_FIXTURE(exchange_fixture, "what happened elsewhere while nobody read counts as missed") {
  const auto a = start("a");
  const auto b = start("b");
  happens(a, "x", dtmf);
  happens(b, "y", dtmf);
  const auto reader = watch(a, {.last_seen = "a-1"});
  CHECK(reader->count("events.missed") == 1);
  CHECK(reader->count("b-1") == 0);
  happens(a, "x", dtmf);
  const auto id = reader->text.substr(reader->text.rfind("id: ") + 4);
  const auto other = watch(a, {.last_seen = id.substr(0, id.find('\n'))});
  CHECK(other->count("events.missed") == 0);
}

TEST_CASE_FIXTURE(exchange_fixture, "nobody is told of events by those whom it does not follow") {
  const auto a = start("a");
  const auto b = start("b");
  const auto stranger = owned(spawn_events(host, {.id_prefix = "s-"}));
  tell(stranger, follow_events{a});
  tell(b, follow_events{a});
  happens(b, "y", dtmf);
  const auto reader = watch(a);
  happens(stranger, "x", dtmf);
  tell(a, event_happened{{.call_id = "z", .kind = dtmf}, "z-1"});
  CHECK(reader->count("event: ") == 0);
  happens(b, "y", dtmf);
  CHECK(reader->count("event: ") == 1);
}

TEST_CASE_FIXTURE(exchange_fixture,
                  "a node that does not answer is sent so much and no more, and told of it") {
  how.credit.events = 8;
  const auto b = start("b");
  const auto slow = spawn_probe<actor_kind::events, events_actor>();
  tell(b, follow_events{event_follower(slow.handle)});
  happens(b, "y", dtmf, "5", 20);
  CHECK(slow->count<event_happened>() == 8);
  tell(b, follow_events{event_follower(slow.handle)});
  happens(b, "y", dtmf);
  CHECK(slow->count<event_happened>() == 9);
  CHECK(slow->last<event_happened>().missed == 12);
  host.advance(16s);
  happens(b, "y", dtmf);
  CHECK(slow->count<event_happened>() == 9);
  tell(b, follow_events{event_follower(slow.handle)});
  happens(b, "y", dtmf);
  CHECK(slow->last<event_happened>().missed == 1);
}

TEST_CASE_FIXTURE(exchange_fixture, "a node that keeps up is told of everything") {
  how.credit.events = 8;
  const auto a = start("a");
  const auto b = start("b");
  const auto reader = watch(a);
  happens(b, "y", dtmf, "5", 100);
  CHECK(reader->count("event: dtmf") == 100);
  host.advance(1min);
  happens(b, "y", dtmf, "5", 100);
  CHECK(reader->count("event: dtmf") == 200);
  CHECK(reader->count("events.missed") == 0);
}

TEST_CASE_FIXTURE(exchange_fixture, "readers are told when events of another node are missing") {
  const auto a = start("a");
  const auto b = spawn_probe<actor_kind::events, events_actor>();
  tell(a, events_elsewhere{"b", b.handle});
  const auto all = watch(a);
  const auto one = watch(a, {.call_id = "x"});
  const auto say = [&](event_happened what) {
    caf::send_as(b.handle, a, std::move(what));
    host.run();
  };
  say({{.call_id = "x", .kind = dtmf}, "b-1"});
  say({{.call_id = "x", .kind = dtmf}, "b-9", 7});
  for (const auto& reader : {all, one}) {
    CHECK(reader->count("event: events.missed") == 1);
    CHECK(reader->text.find("b-1\n") < reader->text.find("events.missed"));
    CHECK(reader->text.find("events.missed") < reader->text.find("b-9\n"));
  }
  CHECK(one->count(R"("call_id":"x","at")") == 3);
  say({{.call_id = "x", .kind = dtmf}, "b-10\nevent: forged"});
  say({{.call_id = "x", .kind = static_cast<event_kind>(event_kinds)}, "b-11"});
  CHECK(all->count("event: ") == 3);
}

TEST_CASE_FIXTURE(exchange_fixture, "a node that goes, or comes while somebody reads, may have left a gap") {
  const auto a = start("a");
  auto reader = watch(a);
  const auto b = start("b");
  CHECK(reader->count("events.missed") == 1);
  happens(b, "y", dtmf);
  CHECK(reader->count("id: b-1\n") == 1);
  tell(a, events_elsewhere{"b", {}});
  CHECK(reader->count("events.missed") == 2);
  happens(b, "y", dtmf);
  CHECK(reader->count("event: dtmf") == 1);
  tell(a, events_elsewhere{"b", {}}, events_elsewhere{"c", {}});
  CHECK(reader->count("events.missed") == 2);
}

TEST_CASE_FIXTURE(exchange_fixture, "a node that stood still says that it may have missed something") {
  const auto a = start("a");
  start("b");
  const auto reader = watch(a);
  host.stand_still(20s);
  host.advance(0ms);
  CHECK(reader->count("events.missed") == 1);
  host.advance(1min);
  CHECK(reader->count("events.missed") == 1);
}

TEST_CASE_FIXTURE(exchange_fixture, "a follower that ends is followed by nothing") {
  const auto b = start("b");
  for (int n = 0; n < 2000; ++n) {
    auto follower = spawn_probe<actor_kind::events, events_actor>();
    tell(b, follow_events{event_follower(follower.handle)});
    if (n % 2 == 0) tell(b, follow_events{event_follower(follower.handle), false});
    end(follower.handle);
  }
  // Otherwise there would be no place any more.
  const auto last = spawn_probe<actor_kind::events, events_actor>();
  tell(b, follow_events{event_follower(last.handle)});
  happens(b, "y", dtmf);
  CHECK(last->count<event_happened>() == 1);
}

TEST_CASE_FIXTURE(exchange_fixture, "what nodes tell each other of events survives the wire") {
  const event_happened said{{.call_id = "x",
                             .at = wall_time(1234ms),
                             .kind = event_kind::provider_reconnected,
                             .turn = 3,
                             .text = "scribe",
                             .provider = "standby",
                             .direction = call_direction::outgoing,
                             .from = "+1",
                             .to = "+2"},
                            "b-7",
                            2};
  std::vector<char> bytes;
  caf::binary_serializer out(system, bytes);
  CHECK_FALSE(out(said));
  event_happened heard;
  caf::binary_deserializer in(system, bytes);
  CHECK_FALSE(in(heard));
  CHECK(caf::deep_to_string(heard) == caf::deep_to_string(said));
  CHECK(heard.event.provider == "standby");
  CHECK(heard.missed == 2);
}

}  // namespace tandem::test
