#include "actors/media/newest_link.hpp"

#include "actors/runtime/back_off.hpp"
#include "actors/runtime/wake_up.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct owner final : link_events {
  void on_text(std::span<char> text) override {
    texts.emplace_back(text.begin(), text.end());
    if (then) then();
  }
  void on_closed(const link_closed& how) override {
    ends.push_back(how.code);
    if (then) then();
  }
  std::vector<std::string> texts;
  std::vector<unsigned> ends;
  std::function<void()> then;
};

struct link_fixture : fixture {
  std::shared_ptr<fake_peer> take() {
    auto peer = std::make_shared<fake_peer>();
    line.take(std::make_shared<fake_link>(host, peer));
    return peer;
  }
  owner events;
  newest_link line{events};
};

}  // namespace

TEST_CASE_FIXTURE(link_fixture, "only the newest link is heard, and only its end counts") {
  const auto first = take();
  const auto second = take();
  CHECK(first->closed_with == 1000);
  first->text("old");
  second->text("new");
  first->close(1000, "");
  CHECK(first->dropped);
  CHECK(events.texts == std::vector<std::string>{"new"});
  CHECK(events.ends.empty());
  CHECK(line);
  second->close(1006, "reset");
  CHECK(second->dropped);
  CHECK(events.ends == std::vector<unsigned>{1006});
  CHECK_FALSE(line);
}

TEST_CASE_FIXTURE(link_fixture, "a link may be replaced from inside its own events") {
  std::shared_ptr<fake_peer> next;
  const auto first = take();
  events.then = [&] { next = take(); };
  first->text("go away");
  const auto second = next;
  REQUIRE(second);
  CHECK(first->closed_with == 1000);
  CHECK_FALSE(first->dropped);
  second->close(1006, "reset");
  REQUIRE(next != second);
  CHECK(line);
  CHECK(next->connected());
}

TEST_CASE_FIXTURE(link_fixture, "a link that was let go closes in peace, four at most at once") {
  std::vector<std::shared_ptr<fake_peer>> peers;
  for (auto i = 0; i < 6; ++i) {
    peers.push_back(take());
    line.let_go(1003, "no");
  }
  CHECK(peers[0]->dropped);
  CHECK(peers[1]->dropped);
  for (auto i = 2; i < 6; ++i) CHECK_FALSE(peers[i]->dropped);
  CHECK(peers[5]->closed_with == 1003);
  peers[3]->close(1003, "");
  CHECK(peers[3]->dropped);
  CHECK(events.ends.empty());
}

TEST_CASE_FIXTURE(fixture, "a wake-up is armed anew only for an earlier deadline") {
  std::vector<moment> calls;
  wake_up wake(host, [&] { calls.push_back(host.now()); });
  const auto begin = host.now();
  wake.by(begin + 50ms);
  wake.by(begin + 80ms);
  wake.by(std::nullopt);
  CHECK(host.armed_timers() == 1);
  wake.by(begin + 20ms);
  CHECK(host.armed_timers() == 1);
  host.advance(200ms);
  CHECK(calls == std::vector{begin + 20ms});
  CHECK(host.armed_timers() == 0);
}

TEST_CASE("waits grow to 4 s and begin anew behind a good connection") {
  back_off waits(1);
  for (const auto about : {100ms, 500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
    const auto wait = waits.next();
    CHECK(wait >= about * 8 / 10);
    CHECK(wait <= about * 12 / 10);
  }
  waits.reset();
  CHECK(waits.next() <= 120ms);
  waits.reset();
  waits.slow_down();
  CHECK(waits.next() >= 800ms);
  back_off same(7);
  back_off again(7);
  CHECK(same.next() == again.next());
}
