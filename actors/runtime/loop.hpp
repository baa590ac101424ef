#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include <caf/execution_unit.hpp>
#include <caf/fwd.hpp>

namespace tandem {

/// A call to come; dropping or cancelling it before its deadline is the end of it.
class timer {
 public:
  /// What a loop keeps of a pending call; destruction cancels.
  struct pending {
    virtual ~pending() = default;
  };

  timer() = default;
  explicit timer(std::unique_ptr<pending> call) : pending_(std::move(call)) {}

  void cancel() { pending_.reset(); }

 private:
  std::unique_ptr<pending> pending_;
};

/// One thread with its sockets, its timers and its actors; a call lives on one loop.
///
/// CAF runs an actor where its execution unit says. This one keeps ready actors in a list that `drain` runs
/// on the loop's own thread. The host (Asio in the gateway, the test itself in tests) implements time and
/// `post`.
class loop : public caf::execution_unit {
 public:
  explicit loop(caf::actor_system& system);
  ~loop() override;
  loop(const loop&) = delete;

  /// The loop's time; virtual in tests.
  virtual moment now() const = 0;

  /// The time of day that goes with `now`, for records.
  virtual std::chrono::system_clock::time_point wall_clock() const = 0;

  /// Calls back at `deadline` on the loop's thread; loop thread only. The timer must not outlive the loop.
  [[nodiscard]] virtual timer at(moment deadline, std::function<void()> call) = 0;

  /// Runs `call` soon on the loop's thread; from any thread.
  virtual void post(std::function<void()> call) = 0;

  /// Whether the caller is on the loop's thread.
  virtual bool here() const noexcept = 0;

  /// Takes over one reference to a ready actor; from any thread.
  void exec_later(caf::resumable* ready) override;

  /// Runs the ready actors; hosts call it after each socket or timer handler. Loop thread only.
  void drain();

 protected:
  /// Drops ready actors that will never run; for the host's destructor, after its thread ended.
  void abandon();

 private:
  void run(caf::resumable* ready);
  void wake();

  std::deque<caf::resumable*> ready_;
  bool draining_ = false;
  bool woken_ = false;
  std::mutex mutex_;
  std::vector<caf::resumable*> arrivals_;
};

}  // namespace tandem
