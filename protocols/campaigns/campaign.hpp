#pragma once

#include "protocols/campaigns/calling_hours.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::campaigns {

/// One campaign: says which number is next, and what becomes of each. Knows no time but what it is told.
class campaign {
 public:
  campaign(campaign_record about, std::vector<entry> entries);

  /// What it is, with the present counts.
  const campaign_record& about() const { return about_; }
  /// A number by its place, which must exist.
  const entry& at(std::uint32_t n) const { return entries_[n - 1]; }
  const std::vector<entry>& entries() const { return entries_; }

  struct outlook {
    /// The place of the number whose turn it is.
    std::optional<std::uint32_t> next;
    /// Without one: when to look again, if nothing happens before; `max` = then there is nothing to do.
    wall_time again_at = wall_time::max();
  };

  /// Whose turn it is now, of those numbers that are not busy with another call.
  outlook look(wall_time now, const std::function<bool(const std::string& number)>& is_busy);

  /// A call with this id begins.
  const entry& begin(std::uint32_t n, std::string call_id, wall_time now);
  /// The call was not placed after all; the number's turn comes again.
  const entry& put_back(std::uint32_t n);
  /// The call was no try, as nobody's telephone rang: the number's turn comes again, after a while.
  const entry& postpone(std::uint32_t n, std::string_view reason, wall_time now);
  /// The call ended.
  const entry& settle(std::uint32_t n, std::string_view reason, wall_time now);
  /// It is not to be called.
  const entry& exclude(std::uint32_t n);
  /// Forgets who it was; the places, when there were any and none is being called.
  std::vector<std::uint32_t> forget(std::string_view number);

  /// Each says whether that was possible. `why` is empty when somebody wanted it.
  bool pause(std::string_view why = {});
  bool resume();
  bool stop(wall_time now);

  /// Ends it when every number is settled, and closes it when it is over and no call is left; whether
  /// anything changed.
  bool tidy(wall_time now);

 private:
  struct zone {
    time_window open;
    /// When that was found out; the clock may be set.
    wall_time known_at = wall_time::max();
    /// Its pending numbers, the first due first.
    std::set<std::pair<wall_time, std::uint32_t>> queue;
  };

  std::uint32_t& count(entry_state state);
  void move(entry& one, entry_state to);
  const time_window& open(const std::string& name, zone& where, wall_time now) const;

  campaign_record about_;
  std::vector<entry> entries_;
  std::map<std::string, zone, std::less<>> zones_;
  wall_time last_begin_ = wall_time::min();
};

}  // namespace tandem::campaigns
