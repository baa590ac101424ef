#pragma once

#include "tests/system/fixture.hpp"

#include <atomic>
#include <chrono>
#include <future>

namespace tandem::test {

/// A caller who stays on the line until told to leave.
class staying_caller final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override { out.fill(0xFF); }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return leaving; }

  std::atomic<bool> leaving = false;
};

/// Looks until it is so, or patience is over.
template <class Condition>
bool becomes(Condition condition) {
  auto until = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::promise<void>().get_future().wait_for(std::chrono::milliseconds(10));
  }
  return true;
}

inline double active(running_engine& running) {
  return lab::metric(running.view->get("/metrics").value_or(""), "tandem_calls_active");
}

inline bool connected(running_engine& running) { return running.view->newest_call().state == "connected"; }

}  // namespace tandem::test
