#pragma once

#include "actors/runtime/loop.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace tandem::test {

/// A loop that the test drains by hand, with virtual time.
class test_loop final : public loop {
 public:
  explicit test_loop(caf::actor_system& system) : loop(system), owner_(std::this_thread::get_id()) {}
  ~test_loop() override {
    posted_.clear();
    timers_.clear();
    abandon();
  }

  moment now() const override { return now_; }
  std::chrono::system_clock::time_point wall_clock() const override {
    return std::chrono::system_clock::time_point(std::chrono::hours(24 * 365 * 50)) +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(now_.time_since_epoch());
  }

  timer at(moment deadline, std::function<void()> call) override {
    auto key = std::pair(deadline, ++last_timer_);
    timers_.emplace(key, std::move(call));
    return timer(std::make_unique<entry>(*this, key));
  }

  void post(std::function<void()> call) override {
    std::lock_guard guard(mutex_);
    posted_.push_back(std::move(call));
  }

  bool here() const noexcept override { return std::this_thread::get_id() == owner_; }

  /// Runs everything that is ready, at the present time.
  void run() {
    drain();
    while (auto call = next_posted()) {
      (*call)();
      drain();
    }
  }

  /// Lets time pass, firing timers in order and running what they make ready.
  void advance(std::chrono::milliseconds by) {
    run();
    auto end = now_ + by;
    while (!timers_.empty() && timers_.begin()->first.first <= end) {
      auto first = timers_.extract(timers_.begin());
      now_ = std::max(now_, first.key().first);
      first.mapped()();
      run();
    }
    now_ = end;
    run();
  }

  /// Lets time pass in which nothing runs, as in a process that is stopped.
  void stand_still(std::chrono::milliseconds by) { now_ += by; }

  /// Timers that would still fire.
  std::size_t armed_timers() const { return timers_.size(); }

 private:
  using key = std::pair<moment, std::uint64_t>;

  struct entry final : timer::pending {
    entry(test_loop& owner, key which) : owner_(owner), which_(which) {}
    ~entry() override { owner_.timers_.erase(which_); }
    test_loop& owner_;
    key which_;
  };

  std::optional<std::function<void()>> next_posted() {
    std::lock_guard guard(mutex_);
    if (posted_.empty()) return std::nullopt;
    auto call = std::move(posted_.front());
    posted_.pop_front();
    return call;
  }

  std::thread::id owner_;
  moment now_{std::chrono::hours(1)};
  std::uint64_t last_timer_ = 0;
  std::map<key, std::function<void()>> timers_;
  std::mutex mutex_;
  std::deque<std::function<void()>> posted_;
};

}  // namespace tandem::test
