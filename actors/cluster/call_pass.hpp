#pragma once

#include "protocols/cluster/permission.hpp"
#include "protocols/moment.hpp"

#include <atomic>
#include <memory>
#include <utility>

namespace tandem {

/// Whether this node may act on a call now. Asked from any thread, before each command and each piece of
/// audio; changed by the switchboard alone.
class call_pass {
 public:
  /// Open, for a call that no other node can know of: this one has no epoch yet.
  call_pass() = default;

  /// Open, as long as the node's epoch is permitted to act.
  explicit call_pass(std::shared_ptr<const leases::permission> permitted) { bind(std::move(permitted)); }

  bool valid(moment now) const {
    const auto* epoch = epoch_.load(std::memory_order_acquire);
    return open_.load(std::memory_order_acquire) && (epoch == nullptr || epoch->valid(now));
  }

  /// From now on it is valid only while this epoch is permitted to act; once, before the call is claimed.
  void bind(std::shared_ptr<const leases::permission> permitted) {
    permitted_ = std::move(permitted);
    epoch_.store(permitted_.get(), std::memory_order_release);
  }

  /// While the call is being given away, and for good once it is gone.
  void close() { open_.store(false, std::memory_order_release); }
  void open() { open_.store(true, std::memory_order_release); }

 private:
  /// Keeps what `epoch_` points to; no other thread looks at it.
  std::shared_ptr<const leases::permission> permitted_;
  std::atomic<const leases::permission*> epoch_{nullptr};
  std::atomic<bool> open_{true};
};

}  // namespace tandem
