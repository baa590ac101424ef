#pragma once

#include "actors/call_store.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

namespace tandem {

/// Keeps beyond the process what is still to be posted. As with `call_store`, methods return at once, and
/// callbacks come from a thread of the store's.
class delivery_store {
 public:
  virtual ~delivery_store() = default;

  /// As `call_store` does it.
  virtual void write(store_change change, std::function<void(bool)> kept = {}) = 0;

  /// Answers with what waits on this node, the oldest first; nothing when the store cannot be read.
  virtual void read_deliveries(std::size_t limit,
                               std::function<void(std::optional<std::vector<delivery>>)> answer) = 0;
};

}  // namespace tandem
