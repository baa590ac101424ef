#pragma once

#include "actors/messages.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace tandem {

/// What a node keeps of other nodes' calls, for whoever goes on with them when their owner is gone.
class call_copies {
 public:
  struct limits {
    std::size_t calls = 10'000;
    std::size_t bytes = std::size_t{256} * 1024 * 1024;
    /// So long after its owner was seen last a copy is of use.
    std::chrono::milliseconds memory = std::chrono::minutes(10);
  };

  call_copies() = default;
  explicit call_copies(const limits& most) : most_(most) {}

  /// Keeps a copy in place of an older one; false when there is no room, and then the older one stays.
  bool keep(keep_copy copy, moment now);

  /// The owner does not need its copy any more; copies of others stay.
  void drop(const std::string& call_id, const leases::node_id& owner);
  void drop(const std::string& call_id);

  /// The copies that there are of these calls.
  std::vector<keep_copy> find(const std::vector<std::string>& call_ids) const;

  /// Drops what is left of owners that are gone for too long.
  void look(const std::vector<leases::node_id>& living, moment now);

  std::size_t size() const { return copies_.size(); }
  /// Of all values and their keys.
  std::size_t bytes() const { return bytes_; }

 private:
  using owner_key = std::pair<std::string, std::int64_t>;

  static owner_key key_of(const leases::node_id& owner) { return {owner.name, owner.epoch}; }
  static std::size_t size_of(const keep_copy& copy) { return copy.value.size() + 2 * copy.call_id.size(); }

  limits most_;
  std::map<std::string, keep_copy> copies_;
  std::size_t bytes_ = 0;
  /// When each owner was seen last.
  std::map<owner_key, moment> owners_;
};

}  // namespace tandem
