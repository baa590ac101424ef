#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace tandem {

/// How much a follower of events may be sent before it says again that it follows.
struct credit_rules {
  std::uint32_t events = 512;
  /// For so long; it says so three times as often.
  std::chrono::seconds patience{15};
};

/// Bounds what is on its way to somebody on another node who follows events.
class event_credit {
 public:
  event_credit(const credit_rules& rules, moment now) : rules_(rules), left_(rules.events), renewed_(now) {}

  /// The follower says that it follows.
  void renew(moment now) {
    left_ = rules_.events;
    renewed_ = now;
  }

  /// Whether the event is to be sent. One that is passing, since the next one replaces it, is sent only from
  /// the first half of the credit, and nobody lacks it.
  bool spend(bool is_passing, moment now) {
    const bool is_heard = now - renewed_ <= rules_.patience;
    if (is_heard && left_ > (is_passing ? rules_.events / 2 : 0)) {
      --left_;
      return true;
    }
    if (!is_passing) ++left_out_;
    return false;
  }

  /// How many events were not sent, and lack, since this was last asked.
  std::uint32_t take_left_out() { return std::exchange(left_out_, 0); }

 private:
  credit_rules rules_;
  std::uint32_t left_;
  moment renewed_;
  std::uint32_t left_out_ = 0;
};

}  // namespace tandem
