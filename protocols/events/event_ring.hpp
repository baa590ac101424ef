#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// The newest events, for readers who come back: as many as fit into so many bytes.
class event_ring {
 public:
  explicit event_ring(std::size_t bytes) : bound_(bytes) {}

  /// Adds event `n`, which is above all before it; the oldest make room. Another node's has an id of its own.
  void add(std::uint64_t n, std::string_view call_id, std::string text, std::string_view foreign_id = {});

  /// Which place the event of another node with this id has; nothing when it is not remembered.
  std::optional<std::uint64_t> place_of(std::string_view foreign_id) const;

  /// Whether nothing that came behind `n` had to make room.
  bool has_all_after(std::uint64_t n) const { return n >= lost_; }

  /// The texts of the events behind `n`, of one call unless its id is empty.
  std::string after(std::uint64_t n, std::string_view call_id) const;

  /// Drops what is known of these calls.
  void forget(const std::vector<std::string>& call_ids);

  std::size_t bytes() const { return bytes_; }

 private:
  struct entry {
    std::uint64_t n = 0;
    std::string call_id;
    std::string text;
    std::string foreign_id;

    std::size_t size() const { return sizeof(entry) + call_id.size() + text.size() + foreign_id.size(); }
  };

  std::size_t bound_;
  std::size_t bytes_ = 0;
  std::uint64_t lost_ = 0;
  std::deque<entry> entries_;
};

}  // namespace tandem
