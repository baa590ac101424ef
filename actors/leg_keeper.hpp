#pragma once

#include "actors/carrier_leg.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace tandem {

/// How long legs are looked after.
struct keeper_policy {
  /// From the first sign that a leg lives on to the first look at it: its end may just be on its way.
  std::chrono::milliseconds grace{5000};
  /// Between looks; doubles from one to the next.
  std::chrono::milliseconds pause{2000};
  std::chrono::milliseconds longest_pause{60000};
  unsigned tries = 12;
  /// Legs at once; what comes beyond is only logged.
  std::size_t bound = 10000;
};

/// Sees to it that legs which should be down are down: asks the carrier how each one is, and hangs up until
/// it says that the leg has ended. Holds a few words for each, and nothing of its call.
class leg_keeper {
 public:
  explicit leg_keeper(leg_commander& by, keeper_policy policy = {}) : by_(by), policy_(policy) {}

  /// Looks after a leg of this call, unless it already does; without grace when it is known that nobody has
  /// hung up.
  void watch(const std::string& carrier_call_id, std::string_view call_id, bool hang_up_now = false);

  /// The carrier says that this leg has ended.
  void ended(std::string_view carrier_call_id);

  /// Legs being looked after.
  std::size_t size() const { return legs_.size(); }

 private:
  struct entry {
    std::string call_id;
    unsigned tries = 0;
    timer next{};
  };

  void look(std::string carrier_call_id);
  void hang_up(const std::string& carrier_call_id);
  void look_again(const std::string& carrier_call_id);

  leg_commander& by_;
  keeper_policy policy_;
  std::map<std::string, entry, std::less<>> legs_;
};

}  // namespace tandem
