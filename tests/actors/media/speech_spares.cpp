#include "actors/media/speech_spares.hpp"

#include "actors/admission.hpp"
#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

struct spares_fixture : fixture {
  ~spares_fixture() {
    spares.reset();
    host.run();
  }

  /// A call begins; what it is given.
  std::shared_ptr<link> call(const link_request& request = {.to = peer::speech, .url = "ws://tts"}) {
    return spares->take(host, request, breakers.of(peer::speech, "ws://tts", "key"));
  }

  /// Two calls, two seconds apart, and the provider lets the spares in.
  void warm_up() {
    call();
    host.advance(2s);
    call();
    answer();
  }

  void answer() {
    for (const auto& each : alive()) each->open();
    host.run();
  }

  /// Connections that somebody holds.
  std::vector<std::shared_ptr<fake_peer>> alive() const {
    std::vector<std::shared_ptr<fake_peer>> found;
    std::copy_if(connector.peers.begin(), connector.peers.end(), std::back_inserter(found),
                 [](const auto& each) { return each->connected() && each->closed_with == 0; });
    return found;
  }

  /// Opens a door with these limits, through which nobody has come.
  void open(const admission_limits& limits = {}) {
    spares.reset();
    host.run();
    door.emplace(limits, 1, 100ms, measure);
    spares.emplace(std::vector<loop*>{&host}, connector, *door);
  }

  std::optional<admission> door;
  std::optional<speech_spares> spares;
};

struct listener final : link_events {
  void on_open() override { ++opened; }
  void on_text(std::span<char>) override { ++texts; }
  void on_closed(const link_closed&) override { ++ends; }
  int opened = 0;
  int texts = 0;
  int ends = 0;
};

}  // namespace

TEST_CASE_FIXTURE(spares_fixture, "calls that come often find a connection open, each one of its own") {
  open();
  warm_up();
  CHECK(alive().size() == 2);
  CHECK(door->spares() == 2);
  const auto waiting = alive();
  const auto first = call();
  const auto second = call();
  REQUIRE(first);
  REQUIRE(second);
  CHECK_FALSE(call());
  listener ears[2];
  first->start(ears[0]);
  second->start(ears[1]);
  host.run();
  CHECK(ears[0].opened == 1);
  CHECK(ears[1].opened == 1);
  first->send("one");
  second->send("two");
  CHECK(waiting[0]->sent == std::vector<std::string>{"one"});
  CHECK(waiting[1]->sent == std::vector<std::string>{"two"});
  // Two others have taken their places, and are nobody's yet.
  CHECK(alive().size() == 4);
  CHECK(door->spares() == 2);
}

TEST_CASE_FIXTURE(spares_fixture, "what was said to a spare is not the next owner's, and its end is") {
  open();
  warm_up();
  const auto waiting = alive();
  waiting[0]->text("an error");
  host.run();
  CHECK(waiting[0]->closed_with == 1000);
  const auto given = call();
  REQUIRE(given);
  listener ears;
  given->start(ears);
  host.run();
  CHECK(ears.texts == 0);
  waiting[1]->close(1006, "gone");
  CHECK(ears.ends == 1);
}

TEST_CASE_FIXTURE(spares_fixture, "one call, or calls that seldom come, have no spare made") {
  open();
  for (int i = 0; i < 5; ++i) {
    CHECK_FALSE(call());
    CHECK(alive().empty());
    CHECK(host.armed_timers() == 0);
    host.advance(speech_spares::longest_gap + 1s);
  }
}

TEST_CASE_FIXTURE(spares_fixture, "spares go soon after calls have stopped coming") {
  open();
  warm_up();
  host.advance(4s);
  CHECK(alive().empty());
  CHECK(door->spares() == 0);
  CHECK(host.armed_timers() == 0);
  CHECK_FALSE(call());
}

TEST_CASE_FIXTURE(spares_fixture, "a spare never gets near the age at which the provider closes it") {
  open();
  std::map<const fake_peer*, moment> opened;
  for (int i = 0; i < 40; ++i) {
    // Far enough apart to have only just spares, and one in four twice as late.
    host.advance(i % 4 == 0 ? 19s : 9s);
    call();
    for (const auto& each : alive()) {
      if (!each->is_open) opened[each.get()] = host.now();
    }
    answer();
    for (const auto& each : alive()) CHECK(host.now() - opened[each.get()] < 60s);
  }
  CHECK(opened.size() > 10);
}

TEST_CASE_FIXTURE(spares_fixture, "a spare that broke is replaced, with longer and longer waits") {
  open();
  warm_up();
  for (const auto& each : alive()) each->close(1006, "reset");
  host.advance(1s);
  CHECK(alive().size() == 2);
  const auto before = connector.peers.size();
  for (int i = 0; i < 100; ++i) {
    call();
    for (const auto& each : alive()) each->close(0, "refused", false);
    host.advance(100ms);
  }
  // Ten seconds: two spares, each after 0.1, 0.5, 1, 2 and 4 s.
  CHECK(connector.peers.size() - before <= 2 * 6);
  CHECK(connector.peers.size() - before >= 2 * 3);
}

TEST_CASE_FIXTURE(spares_fixture, "while the circuit is open no spare is tried") {
  open();
  auto& breaker = breakers.of(peer::speech, "ws://tts", "key");
  for (int i = 0; i < 20; ++i) breaker.enter(host.now())->failed(host.now());
  CHECK_FALSE(breaker.is_closed());
  call();
  call();
  CHECK(connector.peers.empty());
  CHECK(door->spares() == 2);
  host.advance(2s);
  // One probe to see whether the provider is back.
  CHECK(connector.peers.size() == 1);
}

TEST_CASE_FIXTURE(spares_fixture, "who is refused for good is not asked again until calls come") {
  open();
  warm_up();
  const auto waiting = alive();
  std::exchange(waiting[0]->events, nullptr)->on_closed({.reason = "declined", .http_status = 401});
  host.advance(1s);
  CHECK(alive().empty());
  CHECK(connector.peers.size() == 2);
}

TEST_CASE_FIXTURE(spares_fixture, "a call with another voice, key or address gets no spare of the former") {
  open();
  for (const auto& other : {link_request{.to = peer::speech, .url = "ws://tts/other"},
                            link_request{.to = peer::speech, .url = "ws://tts", .headers = {{"k", "v"}}}}) {
    warm_up();
    const auto former = alive();
    REQUIRE(former.size() == 2);
    CHECK_FALSE(call(other));
    CHECK(former[0]->dropped);
    CHECK(former[1]->dropped);
    CHECK(alive().empty());
    host.advance(1s);
    CHECK_FALSE(call(other));
    REQUIRE(alive().size() == 2);
    CHECK(alive()[0]->request == other);
    host.advance(1min);
  }
}

TEST_CASE_FIXTURE(spares_fixture, "each provider has spares of its own, for as long as calls ask it") {
  open();
  warm_up();
  const auto of_first = alive();
  const link_request standby{.to = peer::speech, .url = "ws://standby"};
  const auto ask_standby = [&] {
    return spares->take(host, standby, breakers.of(peer::speech, "ws://standby", "key"));
  };
  CHECK_FALSE(ask_standby());
  host.advance(1s);
  CHECK_FALSE(ask_standby());
  CHECK(alive().size() == 4);
  CHECK_FALSE(of_first[0]->dropped);
  answer();
  host.advance(2s);
  REQUIRE(ask_standby());
  host.advance(2s);
  CHECK(of_first[0]->dropped);
  CHECK(alive().size() == 2);
  for (const auto& each : alive()) CHECK(each->request == standby);
}

TEST_CASE_FIXTURE(spares_fixture, "spares take no session that a call needs") {
  open({.speech_sessions = 3});
  std::vector<admission::place> calls;
  const auto admit = [&] {
    auto place = door->admit(host.now());
    REQUIRE(place);
    calls.push_back(std::move(*place));
    if (door->has_too_many_spares()) spares->make_room();
    host.run();
  };
  warm_up();
  // With one for the next call.
  CHECK(door->spares() == 2);
  admit();
  CHECK(door->spares() == 2);
  admit();
  CHECK(door->spares() == 1);
  CHECK(alive().size() == 1);
  admit();
  CHECK(alive().empty());
  call();
  CHECK(alive().empty());
  calls.clear();
  call();
  CHECK(door->spares() == 2);
}

TEST_CASE_FIXTURE(spares_fixture, "once closed there are none, and none follow") {
  open();
  warm_up();
  spares->close();
  host.run();
  CHECK(alive().empty());
  CHECK(host.armed_timers() == 0);
  CHECK(door->spares() == 0);
  call();
  host.advance(1s);
  CHECK_FALSE(call());
  CHECK(alive().empty());
}

}  // namespace tandem::test
