#pragma once

#include "tests/system/fixture.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace tandem::test {

/// A caller who listens, presses keys, and waits to be hung up on.
class pressing_caller final : public lab::person {
 public:
  explicit pressing_caller(std::string keys) : keys_(std::move(keys)) {}

  void speak(moment, lab::frame& out) override { out.fill(g711::ulaw_silence); }
  void hear(moment now, const lab::frame&, bool is_audio) override {
    if (is_audio) heard_last_ = now;
  }
  char presses(moment now) override {
    if (!heard_last_ || now - *heard_last_ < std::chrono::milliseconds(500) || next_ == keys_.size())
      return 0;
    return keys_[next_++];
  }
  bool hangs_up(moment) override { return false; }

 private:
  const std::string keys_;
  std::size_t next_ = 0;
  std::optional<moment> heard_last_;
};

}  // namespace tandem::test
