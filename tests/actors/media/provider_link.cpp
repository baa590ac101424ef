#include "actors/media/provider_link.hpp"

#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// A call's connection, wanted again whenever it is lost.
struct caller final : link_events {
  caller(test_loop& host, fixture& all, std::vector<std::string> urls)
      : home(host), link(host, all.connector, routes(all, urls), 10s, *this) {
    link.want(home.now());
    wait();
  }

  static std::vector<provider_route> routes(fixture& all, const std::vector<std::string>& urls) {
    std::vector<provider_route> made;
    for (const auto& url : urls) {
      made.push_back({{.to = peer::scribe, .url = url}, &all.breakers.of(peer::scribe, url, "key")});
    }
    return made;
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
  std::vector<std::string> urls{"ws://a"};

  void add(std::size_t count) {
    for (; count != 0; --count) callers.push_back(std::make_unique<caller>(host, *this, urls));
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

/// Two providers, each of which works or refuses.
struct with_standby : many_callers {
  with_standby() { urls = {"ws://first", "ws://standby"}; }

  void answer() {
    for (; answered < connector.peers.size(); ++answered) {
      auto one = connector.peers[answered];
      if (!one->connected()) continue;
      const bool works = one->request.url == "ws://first" ? first_works : standby_works;
      works ? one->open() : one->close(0, "refused", false);
    }
  }
  void pass(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms) {
      answer();
      host.advance(100ms);
    }
    answer();
  }
  std::size_t usable(std::size_t provider) const {
    return static_cast<std::size_t>(std::count_if(callers.begin(), callers.end(), [&](const auto& each) {
      return each->link.is_usable() && each->link.provider() == provider;
    }));
  }
  std::size_t attempts(const std::string& url) const {
    return static_cast<std::size_t>(
        std::count_if(connector.peers.begin(), connector.peers.end(),
                      [&](const auto& each) { return each->request.url == url; }));
  }
  void lose() {
    for (std::size_t i = 0, count = connector.peers.size(); i < count; ++i) {
      auto one = connector.peers[i];
      if (one->connected() && one->is_open) one->close(1006, "reset");
    }
  }

  bool first_works = true;
  bool standby_works = true;
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

TEST_CASE_FIXTURE(with_standby, "calls stay with the first provider when a connection is lost once") {
  add(5);
  pass(1s);
  lose();
  pass(1s);
  CHECK(usable(0) == 5);
  CHECK(attempts("ws://standby") == 0);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "a provider that refuses twice in a row is left at once for the standby") {
  first_works = false;
  add(1);
  answer();
  CHECK(attempts("ws://first") == 1);
  CHECK(attempts("ws://standby") == 0);
  host.advance(130ms);
  answer();
  CHECK(attempts("ws://first") == 2);
  CHECK(attempts("ws://standby") == 1);
  CHECK(usable(1) == 1);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "a provider that does not answer at all is left after 3 s") {
  add(1);
  host.advance(2900ms);
  CHECK(attempts("ws://standby") == 0);
  host.advance(200ms);
  CHECK(attempts("ws://first") == 1);
  CHECK(attempts("ws://standby") == 1);
  // Nobody stands by for the standby, so it has all the time there is.
  host.advance(9s);
  CHECK(attempts("ws://first") == 1);
  callers.clear();
}

TEST_CASE_FIXTURE(
    with_standby,
    "while the first's circuit is open calls begin with the standby, and one in a while probes") {
  first_works = false;
  add(30);
  pass(2s);
  CHECK(usable(1) == 30);
  const auto before = attempts("ws://first");
  add(200);
  pass(10s);
  CHECK(usable(1) == 230);
  CHECK(attempts("ws://first") - before <= 8);
  first_works = true;
  host.advance(10s);
  add(1);
  pass(100ms);
  // It was the probe, and what begins now is back with the first; who has gone to the standby stays there.
  CHECK(usable(0) == 1);
  add(20);
  pass(1s);
  CHECK(usable(0) == 21);
  CHECK(usable(1) == 230);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "a connection lost at the standby is made there again") {
  first_works = false;
  add(1);
  pass(1s);
  REQUIRE(usable(1) == 1);
  first_works = true;
  host.advance(10s);
  lose();
  pass(1s);
  CHECK(usable(1) == 1);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "one call does not hammer two providers that are down") {
  first_works = false;
  standby_works = false;
  add(1);
  pass(20s);
  CHECK(attempts("ws://first") + attempts("ws://standby") <= 16);
  CHECK(attempts("ws://first") >= 3);
  CHECK(attempts("ws://standby") >= 3);
  CHECK(callers.front()->link.outage(host.now()) >= 20s);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "500 calls do not hammer two providers that are down") {
  first_works = false;
  standby_works = false;
  add(500);
  pass(60s);
  CHECK(connector.peers.size() <= 2 * (100 + 30));
  first_works = true;
  pass(15s);
  CHECK(usable(0) == 500);
  callers.clear();
}

TEST_CASE_FIXTURE(with_standby, "who refuses a call for good is asked by no other call until it is probed") {
  add(1);
  auto& link = callers.front()->link;
  CHECK(link.refused(host.now()));
  link.want(host.now());
  pass(100ms);
  CHECK(usable(1) == 1);
  add(10);
  pass(500ms);
  CHECK(usable(1) == 11);
  CHECK(attempts("ws://first") == 1);
  host.advance(1s);
  add(1);
  pass(100ms);
  CHECK(usable(0) == 1);
  CHECK_FALSE(callers.front()->link.refused(host.now()));
  callers.clear();
}
