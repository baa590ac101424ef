#pragma once

#include "actors/loop.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

namespace tandem {

/// A loop whose host is one Asio `io_context` on one thread.
class asio_loop final : public loop {
 public:
  asio_loop(caf::actor_system& system, std::size_t index);
  ~asio_loop() override;

  /// Starts the thread.
  void start();

  /// Ends the thread once no work is left or at the latest when the handler that runs now returns.
  /// Every actor, link and timer of the loop must be gone before.
  void stop();

  /// Its place among the node's loops, from 0.
  std::size_t index() const { return index_; }

  boost::asio::io_context& context() { return context_; }

  moment now() const override;
  std::chrono::system_clock::time_point wall_clock() const override;
  timer at(moment deadline, std::function<void()> call) override;
  void post(std::function<void()> call) override;
  bool here() const noexcept override;

  /// Timers that are armed now; for leak tests and metrics.
  std::size_t armed_timers() const;

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::size_t index_;
  std::thread thread_;
};

}  // namespace tandem
