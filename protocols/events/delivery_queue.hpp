#pragma once

#include "protocols/events/delivery.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

/// What becomes of deliveries that cannot be made.
struct delivery_rules {
  /// Under way at once; never two of one call.
  std::size_t at_once = 8;
  /// Beyond either bound the oldest that is not under way is given up.
  std::size_t bound = 10'000;
  std::size_t bytes = std::size_t{32} * 1024 * 1024;
  /// What is older when it fails is given up.
  std::chrono::hours patience{24};
};

/// Decides which deliveries are made when: those of a call one after the other, in order, each again until it
/// is taken or given up.
class delivery_queue {
 public:
  explicit delivery_queue(const delivery_rules& rules = {}) : rules_(rules) {}

  /// Adds a delivery behind those of its call; gives those that are given up for it.
  std::vector<delivery> add(delivery fresh, moment now);

  /// The deliveries to be made now; each is to be settled.
  std::vector<delivery> due(moment now);

  enum class fate : std::uint8_t { taken, again, given_up };

  /// What becomes of the delivery of this call that is under way. It is gone unless it is made `again`.
  fate settle(std::string_view call_id, bool taken, moment now, wall_time time);

  /// Gives up what waits of a call; what is under way is not made again.
  void forget(std::string_view call_id);

  /// When `due` may give more, beside after an `add` or a `settle`.
  std::optional<moment> wake_up() const;

  /// Deliveries that are not settled.
  std::size_t size() const { return ages_.size(); }

 private:
  struct entry {
    delivery what;
    std::uint64_t age = 0;
  };
  /// The deliveries of a call.
  struct lane {
    std::deque<entry> waiting;
    /// The first one has failed, or those before it have, so many times in a row.
    unsigned failures = 0;
    moment not_before{};
    bool under_way = false;
    bool forgotten = false;
  };
  using lanes = std::map<std::string, lane, std::less<>>;

  bool is_full() const { return size() > rules_.bound || bytes_ > rules_.bytes; }
  std::optional<delivery> give_up_oldest();
  delivery take_out(lanes::iterator from, std::deque<entry>::iterator which);

  delivery_rules rules_;
  lanes lanes_;
  /// Lanes with nothing under way, by when they may go on.
  std::set<std::pair<moment, std::string>> order_;
  /// Every delivery's call, the oldest first.
  std::map<std::uint64_t, std::string> ages_;
  std::uint64_t last_age_ = 0;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace tandem
