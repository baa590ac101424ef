#include "tests/lab/worker_pool.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <thread>

#include <doctest/doctest.h>

using tandem::lab::worker_pool;

TEST_CASE("every accepted job runs, and jobs beyond the bound are refused") {
  worker_pool pool(1, 2);
  std::promise<void> started;
  std::promise<void> gate;
  std::atomic<int> ran = 0;
  REQUIRE(pool.run([&, open = gate.get_future().share()] {
    started.set_value();
    open.wait();
  }));
  started.get_future().wait();
  std::promise<void> done;
  CHECK(pool.run([&] { ++ran; }));
  CHECK(pool.run([&] {
    ++ran;
    done.set_value();
  }));
  CHECK_FALSE(pool.run([&] { ran = 100; }));
  gate.set_value();
  CHECK(done.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  CHECK(ran == 2);
}

TEST_CASE("the pool's end drops what waits, with all that it holds") {
  auto held = std::make_shared<int>(1);
  std::promise<void> gate;
  {
    auto pool = std::make_unique<worker_pool>(1);
    std::promise<void> started;
    pool->run([&, open = gate.get_future().share()] {
      started.set_value();
      open.wait();
    });
    started.get_future().wait();
    pool->run([held] { *held = 2; });
    auto ending = std::async(std::launch::async, [&] { pool.reset(); });
    // The destructor empties the queue before it waits for the job at work.
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (held.use_count() > 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    CHECK(held.use_count() == 1);
    gate.set_value();
  }
  CHECK(held.use_count() == 1);
  CHECK(*held == 1);
}
