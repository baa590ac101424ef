#include "gateway/network/asio_loop.hpp"

#include "tests/gateway/network/network.hpp"

#include <atomic>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

TEST_CASE("timers call in the order of their deadlines, on the loop's thread") {
  network net;
  std::promise<std::vector<int>> done;
  std::vector<int> order;
  std::vector<timer> armed;
  net.on_loop([&] {
    auto& home = net.loop();
    const auto now = home.now();
    armed.push_back(home.at(now + 20ms, [&] { done.set_value(order); }));
    armed.push_back(home.at(now + 10ms, [&] { order.push_back(home.here() ? 2 : 0); }));
    armed.push_back(home.at(now + 1ms, [&] { order.push_back(1); }));
    CHECK(home.armed_timers() == 3);
  });
  auto result = done.get_future();
  REQUIRE(result.wait_for(patience) == std::future_status::ready);
  CHECK(result.get() == std::vector{1, 2});
  CHECK(net.loop().armed_timers() == 0);
  net.on_loop([&] { armed.clear(); });
}

TEST_CASE("a cancelled timer never calls, even when its deadline has passed") {
  network net;
  std::atomic<int> calls{0};
  net.on_loop([&] {
    auto& home = net.loop();
    auto first = home.at(home.now(), [&] { ++calls; });
    auto second = home.at(home.now() + 1h, [&] { ++calls; });
    // Long enough for the first to be due when the loop looks next.
    const auto until = home.now() + 2ms;
    while (home.now() < until) {
    }
    first.cancel();
    second = {};
    CHECK(home.armed_timers() == 0);
  });
  std::promise<void> later;
  timer armed;
  net.on_loop([&] { armed = net.loop().at(net.loop().now() + 5ms, [&] { later.set_value(); }); });
  REQUIRE(later.get_future().wait_for(patience) == std::future_status::ready);
  CHECK(calls == 0);
  net.on_loop([&] { armed.cancel(); });
}

TEST_CASE("a timer may be dropped in its own call") {
  network net;
  std::promise<void> done;
  auto armed = std::make_shared<timer>();
  net.on_loop([&] {
    *armed = net.loop().at(net.loop().now(), [&] {
      armed->cancel();
      done.set_value();
    });
  });
  CHECK(done.get_future().wait_for(patience) == std::future_status::ready);
  CHECK(net.loop().armed_timers() == 0);
}

TEST_CASE("an exception of a handler does not end the loop") {
  network net;
  net.loop().post([] { throw std::runtime_error("on purpose"); });
  net.loop().post([] { throw 1; });
  timer armed;
  net.on_loop([&] { armed = net.loop().at(net.loop().now(), [] { throw std::runtime_error("also"); }); });
  CHECK(net.becomes([&] { return net.loop().armed_timers() == 0; }));
  CHECK(net.on_loop([] { return 7; }) == 7);
}

TEST_CASE("only the loop's own thread is here") {
  network net(2);
  CHECK_FALSE(net.loop(0).here());
  CHECK(net.on(net.loop(0), [&] { return net.loop(0).here() && !net.loop(1).here(); }));
}

TEST_CASE("a loop stops with timers and posts still pending") {
  network net;
  timer armed;
  net.on_loop([&] { armed = net.loop().at(net.loop().now() + 1h, [] {}); });
  net.loop().stop();
  net.loop().post([] {});
  armed.cancel();
  CHECK(net.loop().armed_timers() == 0);
}

TEST_CASE("the loop's lag is observed: a handler that blocks shows as late wake-ups") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  std::mutex mutex;
  std::condition_variable changed;
  double longest = 0;
  asio_loop home(system, 0, [&](std::chrono::duration<double> late) {
    std::lock_guard guard(mutex);
    longest = std::max(longest, late.count());
    changed.notify_all();
  });
  home.start();
  home.post([&] {
    const auto until = home.now() + 250ms;
    while (home.now() < until) {
    }
  });
  std::unique_lock lock(mutex);
  CHECK(changed.wait_for(lock, patience, [&] { return longest > 0.1; }));
  lock.unlock();
  home.stop();
}
