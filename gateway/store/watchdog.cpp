#include "gateway/store/watchdog.hpp"

namespace tandem {

watchdog::watchdog(std::chrono::milliseconds patience) : patience_(patience) {
  thread_ = std::thread([this] { run(); });
}

watchdog::~watchdog() {
  {
    std::lock_guard guard(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

watchdog::watch::watch(watchdog& by, database& base) : by_(by) {
  std::lock_guard guard(by_.mutex_);
  place_ = by_.watched_.insert(by_.watched_.end(), {std::chrono::steady_clock::now() + by_.patience_, &base});
  if (by_.watched_.size() == 1) by_.changed_.notify_all();
}

watchdog::watch::~watch() {
  std::lock_guard guard(by_.mutex_);
  by_.watched_.erase(place_);
}

void watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (watched_.empty()) {
      changed_.wait(lock, [&] { return closed_ || !watched_.empty(); });
      continue;
    }
    const auto next = watched_.front().deadline;
    if (std::chrono::steady_clock::now() < next) {
      changed_.wait_until(lock, next);
      continue;
    }
    for (auto& each : watched_) {
      if (each.deadline > next) break;
      // Once a while, until it gives up.
      each.base->interrupt();
      each.deadline += patience_;
    }
    watched_.sort([](const entry& one, const entry& other) { return one.deadline < other.deadline; });
  }
}

}  // namespace tandem
