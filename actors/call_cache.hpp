#pragma once

#include "protocols/conversation/record.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// A call and its turns.
struct known_call {
  call_record call;
  std::vector<turn_record> turns;
  /// Whether another node had it before, so that earlier turns are in the store alone.
  bool came_from_elsewhere = false;
};

/// The calls that the store may not know well yet: those that go on, and of the ended ones the newest `bound`
/// whose end it has not confirmed.
class call_cache {
 public:
  explicit call_cache(std::size_t bound = 10000);

  /// Adds the call, or brings it up to date; one that has ended already is not added.
  void put(const call_record& call);

  /// Adds a turn; one of an unknown call is dropped.
  void add(std::string_view call_id, const turn_record& turn);

  /// Calls before a place (0 = from the newest) in a state (empty = any), newest first, at most `limit`.
  std::vector<call_record> list(std::string_view state, std::size_t limit, std::int64_t before) const;

  /// The call of this id; nullptr when it is not here.
  const known_call* find(std::string_view id) const;

  /// Every call that is here.
  std::set<std::string, std::less<>> ids() const;

  /// Drops a call if it has ended.
  void forget(std::string_view id);

  /// Drops a call that another node has now.
  void part_with(std::string_view id);

  /// Drops the ended calls with this caller.
  void forget_caller(std::string_view number);

 private:
  void erase(std::int64_t place);

  std::size_t bound_;
  // By place, which pages are cut by.
  std::map<std::int64_t, known_call> calls_;
  std::map<std::string, std::int64_t, std::less<>> places_;
  std::set<std::int64_t> ended_;
};

}  // namespace tandem
