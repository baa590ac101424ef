#pragma once

#include "actors/runtime/loop.hpp"

#include <functional>
#include <optional>
#include <utility>

namespace tandem {

/// One timer for an owner whose next deadline moves all the time: it is armed anew only for an earlier one
/// and may call too early, so the owner looks at its deadlines when called, and says the next one.
class wake_up {
 public:
  wake_up(loop& home, std::function<void()> call) : home_(home), call_(std::move(call)) {}

  /// Calls at `deadline` or before.
  void by(std::optional<moment> deadline) {
    if (!deadline || (armed_ && *armed_ <= *deadline)) return;
    armed_ = deadline;
    timer_ = home_.at(*deadline, [this] {
      armed_.reset();
      call_();
    });
  }

 private:
  loop& home_;
  std::function<void()> call_;
  std::optional<moment> armed_;
  timer timer_;
};

}  // namespace tandem
