#pragma once

#include "actors/call_store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// Which campaigns the store is asked for, newest first.
struct stored_campaigns {
  /// That one alone, when it is not empty.
  std::string id;
  /// Only what this node has to go on with, all of it.
  bool open = false;
  std::size_t limit = 50;
  /// Only those before this place (see `records::place_of`); 0 = from the newest.
  std::int64_t before = 0;
};

/// Which numbers of a campaign the store is asked for, in their order.
struct stored_entries {
  std::string campaign_id;
  /// Empty = any.
  std::string state;
  std::size_t limit = 50;
  /// Only those behind this one.
  std::uint32_t after = 0;
};

/// Keeps campaigns and the do-not-call list beyond the process. As with `call_store`, methods return at once,
/// and callbacks come from a thread of the store's; nothing stands for a store that cannot be read.
class campaign_store {
 public:
  template <class Kind>
  using answer_to = std::function<void(std::optional<std::vector<Kind>>)>;

  virtual ~campaign_store() = default;

  /// As `call_store` does it.
  virtual void write(store_change change, std::function<void(bool)> kept = {}) = 0;

  virtual void read_campaigns(stored_campaigns query, answer_to<campaigns::campaign_record> answer) = 0;
  virtual void read_entries(stored_entries query, answer_to<campaigns::entry> answer) = 0;

  /// What came on the do-not-call list at this time or later, up to a bound.
  virtual void read_barred(std::size_t limit, wall_time since,
                           answer_to<campaigns::barred_number> answer) = 0;
};

}  // namespace tandem
