#include "actors/events.hpp"

#include "tests/actors/events_fixture.hpp"
#include "tests/actors/fixture.hpp"
#include "tests/heap_size.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct hub_fixture : fixture {
  hub_fixture() { start(); }
  ~hub_fixture() { hub = events_actor{}; }

  void start() { hub = owned(spawn_events(host, how)); }

  watch_ruling ask(const std::shared_ptr<reading>& reader, watch_events command) {
    command.to = std::make_shared<fake_sink>(reader);
    caf::scoped_actor self(system);
    auto request = self->request(hub, 5s, command);
    command.to.reset();
    host.run();
    watch_ruling out;
    request.receive([&](const watch_ruling& ruling) { out = ruling; }, [](const caf::error&) { FAIL("no"); });
    return out;
  }

  std::shared_ptr<reading> watch(watch_events command = {}) {
    auto reader = std::make_shared<reading>();
    CHECK(ask(reader, std::move(command)).outcome == watch_outcome::watching);
    return reader;
  }

  void happens(const std::string& call_id, event_kind kind, std::string text = {}) {
    live_event event{.call_id = call_id, .kind = kind, .text = std::move(text)};
    event.from = "+1";
    tell(hub, event_happened{std::move(event)});
  }

  /// So many readers of a call each, that is ended by its reader or by the call, in turns; how many streams
  /// did not begin, or have not ended.
  std::size_t come_and_go(int count) {
    std::size_t wrong = 0;
    std::vector<std::shared_ptr<reading>> silent;
    for (int n = 0; n < count; ++n) {
      const auto id = "call-" + std::to_string(++last_call);
      const auto reader = std::make_shared<reading>();
      tell(hub, watch_events{.to = std::make_shared<fake_sink>(reader), .call_id = id});
      wrong += reader->count(":\n\n") != 1;
      const auto how_it_ends = n % 3;
      reader->reads = how_it_ends == 0;
      if (how_it_ends == 2) {
        // Nothing happens to this call that would show it; a sign of life does.
        silent.push_back(reader);
        if (silent.size() == 50) wrong += end_silent(silent);
        continue;
      }
      if (how_it_ends == 1) happens(id, event_kind::dtmf, "5");
      wrong += reader->ended == reader->reads;
      happens(id, event_kind::call_ended);
      wrong += !reader->ended;
    }
    return wrong + end_silent(silent);
  }

  std::size_t end_silent(std::vector<std::shared_ptr<reading>>& those) {
    host.advance(how.keep_alive);
    const auto wrong = std::erase_if(those, [](const auto& each) { return !each->ended; });
    those.clear();
    return wrong;
  }

  event_settings how{.id_prefix = "n-1-"};
  events_actor hub;
  int last_call = 0;
};

}  // namespace

TEST_CASE_FIXTURE(hub_fixture, "whoever watches all calls is told of each, with id, name and data") {
  const auto reader = watch();
  happens("a", event_kind::dtmf, "5");
  happens("b", event_kind::transcript_partial, "he");
  CHECK(reader->text ==
        ":\n\nid: n-1-1\nevent: dtmf\ndata: "
        "{\"call_id\":\"a\",\"at\":\"1970-01-01T00:00:00.000Z\",\"digit\":\"5\"}\n\n"
        "id: n-1-2\nevent: transcript.partial\ndata: "
        "{\"call_id\":\"b\",\"at\":\"1970-01-01T00:00:00.000Z\",\"text\":\"he\"}\n\n");
}

TEST_CASE_FIXTURE(hub_fixture, "whoever watches a call is told of that one until it has ended") {
  happens("a", event_kind::call_started);
  const auto one = watch({.call_id = "a"});
  const auto all = watch();
  happens("b", event_kind::call_ended);
  happens("a", event_kind::call_ended, "shutdown");
  CHECK(one->count("event: ") == 1);
  CHECK(one->count("event: call.ended") == 1);
  CHECK(one->ended);
  CHECK(all->count("event: call.ended") == 2);
  CHECK_FALSE(all->ended);
}

TEST_CASE_FIXTURE(hub_fixture,
                  "a reader who comes back gets what it missed, but for what has been replaced") {
  happens("a", event_kind::call_started);
  happens("a", event_kind::transcript_partial, "he");
  happens("b", event_kind::call_started);
  happens("a", event_kind::transcript_final, "hello");
  const auto all = watch({.last_seen = "n-1-1"});
  CHECK(all->text.starts_with("id: n-1-3\n"));
  CHECK(all->count("id: ") == 2);
  CHECK(all->count("events.missed") == 0);
  const auto one = watch({.call_id = "a", .last_seen = "0"});
  CHECK(one->count("id: n-1-1\n") == 1);
  CHECK(one->count("id: n-1-4\n") == 1);
  CHECK(one->count("id: ") == 2);
  happens("a", event_kind::call_ended);
  CHECK(one->count("id: n-1-5\n") == 1);
  CHECK(watch()->count("id: ") == 0);
}

TEST_CASE_FIXTURE(hub_fixture, "a reader who comes back too late is told so, and gets what there is") {
  how.ring_bytes = 1000;
  start();
  for (int n = 0; n < 20; ++n) happens("a", event_kind::dtmf, "5");
  const auto late = watch({.call_id = "a", .last_seen = "n-1-2"});
  CHECK(late->text.starts_with("event: events.missed\ndata: {\"call_id\":\"a\",\"at\":\""));
  CHECK(late->count(R"("last_event_id":"n-1-2")") == 1);
  CHECK(late->count("id: n-1-20\n") == 1);
  CHECK(watch({.last_seen = "n-1-19"})->count("events.missed") == 0);
}

TEST_CASE_FIXTURE(hub_fixture, "ids of another start, or of no event, count as missed") {
  happens("a", event_kind::dtmf, "5");
  for (const auto* id : {"n-0-1", "n-1-2", "x"}) {
    CAPTURE(id);
    const auto reader = watch({.last_seen = id});
    CHECK(reader->count("events.missed") == 1);
    CHECK(reader->count("id: n-1-1\n") == 1);
  }
}

TEST_CASE_FIXTURE(hub_fixture, "of a call that has ended there is what is remembered, and then the end") {
  happens("a", event_kind::call_started);
  happens("a", event_kind::call_ended);
  for (const bool is_over : {true, false}) {
    const auto rest = watch({.call_id = "a", .is_over = is_over, .last_seen = "n-1-1"});
    CHECK(rest->count("event: ") == 1);
    CHECK(rest->ended);
    const auto reader = std::make_shared<reading>();
    CHECK(ask(reader, {.call_id = "a", .is_over = is_over}).outcome == watch_outcome::nothing_left);
    CHECK(ask(reader, {.call_id = "a", .is_over = is_over, .last_seen = "n-1-2"}).outcome ==
          watch_outcome::nothing_left);
    CHECK(reader->ended);
  }
}

TEST_CASE_FIXTURE(hub_fixture, "whoever does not read is dropped, and others notice nothing") {
  const auto slow = watch();
  const auto quick = watch();
  const auto of_call = watch({.call_id = "a"});
  slow->reads = false;
  happens("a", event_kind::dtmf, "5");
  CHECK(slow->ended);
  CHECK(quick->count("event: dtmf") == 1);
  of_call->reads = false;
  // Nothing happens to the call any more.
  host.advance(how.keep_alive);
  CHECK(of_call->ended);
  CHECK_FALSE(quick->ended);
}

TEST_CASE_FIXTURE(hub_fixture, "a silent stream shows signs of life, and without one no timer runs") {
  CHECK(host.armed_timers() == 0);
  const auto reader = watch();
  CHECK(reader->count(":\n\n") == 1);
  host.advance(2 * how.keep_alive);
  CHECK(reader->count(":\n\n") == 3);
  reader->reads = false;
  host.advance(how.keep_alive);
  CHECK(host.armed_timers() == 0);
  const auto other = watch();
  host.advance(how.keep_alive);
  CHECK(other->count(":\n\n") == 2);
}

TEST_CASE_FIXTURE(hub_fixture, "there are no more streams than are allowed, and each that ends makes room") {
  how.most_watchers = 2;
  start();
  const auto first = watch();
  const auto second = watch({.call_id = "a"});
  const auto third = std::make_shared<reading>();
  CHECK(ask(third, {}).outcome == watch_outcome::too_many);
  CHECK(third->ended);
  happens("a", event_kind::call_ended);
  CHECK(ask(third, {}).outcome == watch_outcome::watching);
  CHECK(ask(third, {}).outcome == watch_outcome::too_many);
  first->reads = false;
  happens("b", event_kind::call_started);
  CHECK(ask(third, {}).outcome == watch_outcome::watching);
}

TEST_CASE_FIXTURE(hub_fixture, "ten thousand readers who come and go with their calls leave nothing behind") {
  how.ring_bytes = 10'000;
  start();
  // So many ended calls are remembered in any case.
  for (int n = 0; n < 10'000; ++n) happens("former-" + std::to_string(n), event_kind::call_ended);
  CHECK(come_and_go(1000) == 0);
  const auto before = heap_bytes();
  CHECK(come_and_go(10'000) == 0);
  CHECK(host.armed_timers() == 0);
  // An entry for each of them would be more than a megabyte.
  CHECK(heap_bytes() - before < 256 * 1024);
  // Nor is one place less, or more, than before.
  for (std::size_t n = 0; n < how.most_watchers; ++n) watch();
  CHECK(ask(std::make_shared<reading>(), {}).outcome == watch_outcome::too_many);
}

TEST_CASE_FIXTURE(hub_fixture, "what must not be kept is told once and not remembered") {
  how.privacy = {.keeps_numbers = false, .keeps_words = false};
  start();
  const auto live = watch();
  happens("a", event_kind::call_started);
  happens("a", event_kind::transcript_final, "hello");
  CHECK(live->count("+1") == 1);
  CHECK(live->count("hello") == 1);
  const auto later = watch({.last_seen = "0"});
  CHECK(later->count("event: ") == 2);
  CHECK(later->count("+1") == 0);
  CHECK(later->count("hello") == 0);
}

TEST_CASE_FIXTURE(hub_fixture, "calls that are forgotten are not remembered here either") {
  happens("a", event_kind::call_started);
  happens("b", event_kind::call_started);
  tell(hub, forget_calls{{"a"}});
  const auto reader = watch({.last_seen = "0"});
  CHECK(reader->count("event: ") == 1);
  CHECK(reader->count(R"("call_id":"b")") == 1);
}

}  // namespace tandem::test
