#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <unordered_set>

namespace tandem {

/// Remembers the newest `bound` ids, so that what comes twice is known. Keeps hashes of 64 bits: that a new
/// id is taken for one of 20,000 others happens once in 10^15 times.
class recent_ids {
 public:
  explicit recent_ids(std::size_t bound) : bound_(bound) {}

  /// Whether the id is new; it is remembered in any case. The empty id is always new.
  bool add(std::string_view id) {
    if (id.empty()) return true;
    if (!known_.insert(hash(id)).second) return false;
    order_.push_back(hash(id));
    if (order_.size() > bound_) {
      known_.erase(order_.front());
      order_.pop_front();
    }
    return true;
  }

  bool contains(std::string_view id) const { return known_.contains(hash(id)); }

 private:
  static std::uint64_t hash(std::string_view id) {
    static_assert(sizeof(std::size_t) == sizeof(std::uint64_t));
    return std::hash<std::string_view>{}(id);
  }

  std::size_t bound_;
  std::unordered_set<std::uint64_t> known_;
  std::deque<std::uint64_t> order_;
};

}  // namespace tandem
