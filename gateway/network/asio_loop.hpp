#pragma once

#include "actors/runtime/loop.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace tandem {

/// A loop whose host is one Asio `io_context` on one thread.
class asio_loop final : public loop {
 public:
  /// How late a wake-up came; told after each `lag_interval` on the loop's thread.
  using lag_observer = std::function<void(std::chrono::duration<double>)>;
  static constexpr std::chrono::milliseconds lag_interval{100};

  asio_loop(caf::actor_system& system, std::size_t index, lag_observer observe_lag = {});
  ~asio_loop() override;

  /// Starts the thread.
  void start();

  /// Ends the thread once no work is left or at the latest when the handler that runs now returns.
  /// Every actor, link and timer of the loop must be gone before. Not from the loop's thread.
  void stop();

  /// Its place among the node's loops, from 0.
  std::size_t index() const { return index_; }

  boost::asio::io_context& context() { return context_; }

  moment now() const override;
  std::chrono::system_clock::time_point wall_clock() const override;
  timer at(moment deadline, std::function<void()> call) override;
  void post(std::function<void()> call) override;
  bool here() const noexcept override;

  /// Timers that are armed now; for leak tests and metrics. From any thread.
  std::size_t armed_timers() const { return armed_.load(std::memory_order_relaxed); }

  /// Runs a handler of the loop: what it throws is logged and goes no further, and the actors it made ready
  /// run after it.
  template <class Call>
  void enter(Call&& call) noexcept {
    try {
      std::forward<Call>(call)();
      drain();
    } catch (...) {
      report_escaped();
    }
  }

 private:
  struct armed_timer;
  struct lag_probe;

  void run();
  static void report_escaped() noexcept;

  // Handlers that the context drops at its own end still count timers down.
  std::atomic<std::size_t> armed_{0};
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::size_t index_;
  std::unique_ptr<lag_probe> lag_probe_;
  std::thread thread_;
};

}  // namespace tandem
