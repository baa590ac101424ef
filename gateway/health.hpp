#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace tandem {

/// Whether the process can work; from any thread.
class health {
 public:
  /// Something is broken for good. Only the first time counts.
  void fail(std::string why) {
    std::function<void()> tell;
    {
      const std::lock_guard guard(mutex_);
      if (ailment_) return;
      ailment_ = std::move(why);
      tell = std::exchange(at_failure_, nullptr);
    }
    if (tell) tell();
  }

  /// Why it cannot work; nothing while it can.
  std::optional<std::string> ailment() const {
    const std::lock_guard guard(mutex_);
    return ailment_;
  }

  /// Calls once it has failed, on the thread where it does, or at once when it has already.
  void when_failed(std::function<void()> call) {
    {
      const std::lock_guard guard(mutex_);
      if (!ailment_) {
        at_failure_ = std::move(call);
        return;
      }
    }
    call();
  }

 private:
  mutable std::mutex mutex_;
  std::optional<std::string> ailment_;
  std::function<void()> at_failure_;
};

}  // namespace tandem
