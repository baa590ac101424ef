#include "actors/media/provider_link.hpp"

#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <memory>
#include <vector>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// A call's connection, wanted again whenever it is lost.
struct caller final : link_events {
  caller(test_loop& host, fixture& all)
      : home(host),
        link(host, all.connector, all.breakers.of(peer::scribe, "ws://a", "key"), {}, 10s, *this) {
    link.want(home.now());
    wait();
  }

  void on_open() override { link.became_usable(home.now()); }
  void on_text(std::span<char>) override {}
  void on_closed(const link_closed&) override {
    link.lose(home.now());
    link.want(home.now());
    wait();
  }

  void wait() {
    const auto due = link.wake_up();
    if (!due) return wake.cancel();
    wake = home.at(*due, [this] {
      if (link.tick(home.now())) {
        link.lose(home.now());
        link.want(home.now());
      }
      wait();
    });
  }

  test_loop& home;
  timer wake;
  provider_link link;
};

struct many_callers : fixture {
  std::vector<std::unique_ptr<caller>> callers;

  void add(std::size_t count) {
    for (; count != 0; --count) callers.push_back(std::make_unique<caller>(host, *this));
  }

  /// The provider answers every connect that waits.
  std::size_t answer(bool well) {
    std::size_t count = 0;
    // By index: refused ones may bring about new ones.
    for (; answered < connector.peers.size(); ++answered) {
      auto one = connector.peers[answered];
      if (!one->connected()) continue;
      ++count;
      well ? one->open() : one->close(0, "refused", false);
    }
    return count;
  }

  std::size_t answered = 0;
};

}  // namespace

TEST_CASE_FIXTURE(many_callers,
                  "500 calls do not hammer a provider that is down, and are all back soon after") {
  add(500);
  std::size_t attempts = 0;
  for (int second = 0; second < 60; ++second) {
    for (int i = 0; i < 10; ++i) {
      attempts += answer(false);
      host.advance(100ms);
    }
  }
  // A hundred at once before the first failure is known; then one probe at a time.
  CHECK(attempts <= 100 + 30);
  CHECK(attempts >= 105);
  for (int i = 0; i < 100; ++i) {
    answer(true);
    host.advance(100ms);
  }
  const auto usable =
      std::count_if(callers.begin(), callers.end(), [](const auto& each) { return each->link.is_usable(); });
  CHECK(usable == 500);
  callers.clear();
}

TEST_CASE_FIXTURE(many_callers, "a call that ends while it probes leaves the probe to another") {
  add(30);
  answer(false);
  host.advance(1500ms);
  const auto probes = connector.peers.size() - answered;
  CHECK(probes == 1);
  const auto probing = std::find_if(callers.begin(), callers.end(),
                                    [](const auto& each) { return each->link.is_connecting(); });
  REQUIRE(probing != callers.end());
  callers.erase(probing);
  host.advance(20s);
  CHECK(answer(true) >= 1);
  CHECK(breakers.of(peer::scribe, "ws://a", "key").is_closed());
  callers.clear();
}
