#pragma once

#include "protocols/moment.hpp"

#include <atomic>

namespace tandem::leases {

/// Until when an epoch of a node may act on its calls. Asked from any thread, before each command and each
/// piece of audio; changed by one.
class permission {
 public:
  /// Permits nothing yet.
  permission() : permission(moment::min()) {}

  /// For a node that shares its calls with nobody.
  static permission unlimited() { return permission(moment::max()); }

  bool valid(moment now) const {
    return now.time_since_epoch().count() < until_.load(std::memory_order_acquire);
  }

  /// Sets the end anew, unless it was revoked.
  void set(moment until) {
    if (!revoked_) until_.store(until.time_since_epoch().count(), std::memory_order_release);
  }

  /// Ends it for good.
  void revoke() {
    set(moment::min());
    revoked_ = true;
  }

 private:
  explicit permission(moment until) : until_(until.time_since_epoch().count()) {}

  std::atomic<moment::rep> until_;
  bool revoked_ = false;
};

}  // namespace tandem::leases
