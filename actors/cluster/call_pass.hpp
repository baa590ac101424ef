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
  /// Open, as long as the node's epoch is permitted to act.
  explicit call_pass(std::shared_ptr<const leases::permission> permitted)
      : permitted_(std::move(permitted)) {}

  bool valid(moment now) const { return open_.load(std::memory_order_acquire) && permitted_->valid(now); }

  /// While the call is being given away, and for good once it is gone.
  void close() { open_.store(false, std::memory_order_release); }
  void open() { open_.store(true, std::memory_order_release); }

 private:
  const std::shared_ptr<const leases::permission> permitted_;
  std::atomic<bool> open_{true};
};

}  // namespace tandem
