#pragma once

#include "actors/carrier_leg.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

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

/// Why a leg is looked after.
enum class leg_worry : std::uint8_t {
  ended,   ///< its call ended here, and the leg's end may just be on its way
  failed,  ///< its call failed here, so that nobody has hung up
  left,    ///< it carries this node's label, and its call is not here
  refused  ///< its call was another node's, and there was no room for it here
};

/// A leg that should be down.
struct watched_leg {
  std::string carrier_call_id;
  std::string call_id;
  leg_worry why = leg_worry::ended;
};

/// What a keeper of legs asks and tells of them; without, every leg is this node's.
struct leg_claims {
  /// Whose is the call of this leg by now? Answered at once or later, or never when the node ends.
  std::function<void(const watched_leg&, std::function<void(claim_outcome)>)> whose =
      [](const watched_leg&, const auto& done) { done(claim_outcome::ours); };
  /// The leg is down, and nothing is left of its call.
  std::function<void(const watched_leg&)> settled = [](const watched_leg&) {};
};

/// Sees to it that legs which should be down are down: asks the carrier how each one is, and hangs up until
/// it says that the leg has ended. Leaves alone what is another node's by now. Holds a few words for each,
/// and nothing of its call.
class leg_keeper {
 public:
  explicit leg_keeper(leg_commander& by, keeper_policy policy = {}, leg_claims claims = {})
      : by_(by), policy_(policy), claims_(std::move(claims)) {}

  /// Looks after a leg, unless it already does; without grace when it is known that nobody has hung up.
  void watch(const watched_leg& leg);

  /// The carrier says that this leg has ended.
  void ended(std::string_view carrier_call_id);

  /// The leg is somebody's again, and no business of the keeper's.
  void let_go(std::string_view carrier_call_id);

  /// Legs being looked after.
  std::size_t size() const { return legs_.size(); }

 private:
  struct entry {
    watched_leg leg;
    unsigned tries = 0;
    timer next{};
  };

  void look(std::string carrier_call_id);
  void ask_whose(const std::string& carrier_call_id, void (leg_keeper::*then)(const std::string&));
  void ask_status(const std::string& carrier_call_id);
  void hang_up(const std::string& carrier_call_id);
  void look_again(const std::string& carrier_call_id);

  leg_commander& by_;
  keeper_policy policy_;
  leg_claims claims_;
  std::map<std::string, entry, std::less<>> legs_;
};

}  // namespace tandem
