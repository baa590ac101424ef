#pragma once

#include "actors/call.hpp"
#include "actors/messages.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace tandem {

/// What a leg needs of its call.
class leg_owner {
 public:
  virtual ~leg_owner() = default;

  /// Sends a command of Call Control; `done` gets what became of it, unless the owner ends first.
  virtual void send_command(carrier_command command, std::function<void(const command_outcome&)> done) = 0;

  /// The call cannot go on with this leg.
  virtual void leg_failed(std::string_view end_reason) = 0;
};

/// A call's leg at the carrier, commanded through Call Control; when it is not `controlled`, nothing is ever
/// sent.
class carrier_leg {
 public:
  carrier_leg(leg_owner& owner, const call_origin& origin, const call_settings& settings,
              const services& shared);

  bool controlled() const { return controlled_; }

  /// Answers, with a stream.
  void begin();

  /// The carrier says that it has ended.
  void over() { is_down_ = true; }

  /// Hangs up unless it is down; `done` once the carrier has accepted that, or never will.
  void hang_up(std::function<void()> done);

 private:
  void command(std::string_view action, std::string body);

  leg_owner& owner_;
  const carrier_settings& settings_;
  const services& shared_;
  std::string call_id_;
  std::string carrier_call_id_;
  bool controlled_;
  bool is_down_ = false;
};

}  // namespace tandem
