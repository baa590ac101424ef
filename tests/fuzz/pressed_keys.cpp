#include "protocols/conversation/pressed_keys.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>
#include <map>
#include <set>
#include <utility>

using namespace tandem;

namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// A caller who presses each key once, and what they are taken for.
class caller {
 public:
  void event(char key, std::optional<pressed_keys::press_time> pressed) {
    if (!by_event_.insert(key).second) return;
    waiting_[key] = {pressed, now_};
    keys_.take_event(key, pressed, now_);
    drain();
  }

  void tones(char key) {
    if (!by_tones_.insert(key).second) return;
    keys_.take_tones(key, now_);
    drain();
  }

  void wait(milliseconds time) {
    const auto until = now_ + time;
    for (auto due = keys_.deadline(); due && *due <= until; due = keys_.deadline()) {
      if (*due < now_) std::abort();
      now_ = *due;
      if (drain() == 0) std::abort();
    }
    now_ = until;
  }

  void finish() {
    keys_.expect_no_more(now_);
    drain();
    wait(pressed_keys::grace);
    if (keys_.deadline()) std::abort();
    for (const auto key : by_event_) {
      if (told_[key] == 0) std::abort();
    }
    for (const auto& [key, times] : told_) {
      if (times > (by_event_.contains(key) ? 1 : 0) + (by_tones_.contains(key) ? 1 : 0)) std::abort();
    }
  }

 private:
  struct event_that_waits {
    std::optional<pressed_keys::press_time> pressed;
    moment came;
  };

  int drain() {
    int all = 0;
    for (; const auto key = keys_.next(now_); ++all) tell(*key);
    return all;
  }

  /// None waits too long, and none is told before one that waits and was pressed earlier.
  void tell(char key) {
    ++told_[key];
    const auto found = waiting_.find(key);
    if (found == waiting_.end()) return;
    const auto told = found->second;
    waiting_.erase(found);
    if (now_ > told.came + pressed_keys::overtaken) std::abort();
    if (!told.pressed || !by_tones_.empty()) return;
    for (const auto& [_, other] : waiting_) {
      if (other.pressed && *other.pressed < *told.pressed) std::abort();
    }
  }

  pressed_keys keys_;
  moment now_{};
  std::set<char> by_event_;
  std::set<char> by_tones_;
  std::map<char, event_that_waits> waiting_;
  std::map<char, int> told_;
};

}  // namespace

/// Whatever comes whenever: every key is told, and once where it is told by events alone; events in their
/// order and in time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  caller who;
  const bool has_tones = input.ConsumeBool();
  while (input.remaining_bytes() != 0) {
    const auto key = input.ConsumeIntegral<char>();
    switch (input.ConsumeIntegralInRange(0, has_tones ? 4 : 3)) {
      case 0:
        who.wait(milliseconds(input.ConsumeIntegralInRange(0, 400)));
        break;
      case 1:
        who.event(key, std::nullopt);
        break;
      case 4:
        who.tones(key);
        break;
      default:
        who.event(key, pressed_keys::press_time(microseconds(input.ConsumeIntegralInRange(0, 50))));
    }
  }
  who.finish();
  return 0;
}
