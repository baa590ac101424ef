#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace tandem {

/// Remembers the newest `bound` ids, so that what comes twice is known.
class recent_ids {
 public:
  explicit recent_ids(std::size_t bound) : bound_(bound) {}

  /// Whether the id is new; it is remembered in any case. The empty id is always new.
  bool add(std::string_view id) {
    if (id.empty()) return true;
    if (!known_.emplace(id).second) return false;
    order_.emplace_back(id);
    if (order_.size() > bound_) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

  bool contains(std::string_view id) const { return known_.contains(std::string(id)); }

 private:
  std::size_t bound_;
  std::unordered_set<std::string> known_;
  std::deque<std::string> order_;
};

}  // namespace tandem
