#pragma once

#include "actors/messages.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Keeps calls and turns; used by the records actor only, so one caller at a time.
class call_store {
 public:
  virtual ~call_store() = default;

  /// Adds the call, or brings it up to date.
  virtual void put(const call_record& call) = 0;

  /// Adds a turn; a turn of an unknown call is dropped.
  virtual void add(std::string_view call_id, const turn_record& turn) = 0;

  /// Calls in a state (empty = any), newest first, at most `limit`; goes on after `cursor` when that is not
  /// empty.
  virtual call_page list(std::string_view state, std::size_t limit, std::string_view cursor) const = 0;

  /// A call with its turns, if it is known.
  virtual call_history find(std::string_view id) const = 0;
};

/// Keeps calls in memory; of the ended ones the newest `bound`.
class memory_store final : public call_store {
 public:
  explicit memory_store(std::size_t bound = 10000);

  void put(const call_record& call) override;
  void add(std::string_view call_id, const turn_record& turn) override;
  call_page list(std::string_view state, std::size_t limit, std::string_view cursor) const override;
  call_history find(std::string_view id) const override;

 private:
  struct entry {
    call_record call;
    std::vector<turn_record> turns;
  };

  void forget_oldest_ended();

  std::size_t bound_;
  std::size_t ended_ = 0;
  std::uint64_t last_ = 0;
  // By order of arrival, which is what pages are cut from.
  std::map<std::uint64_t, entry> calls_;
  std::map<std::string, std::uint64_t, std::less<>> places_;
};

}  // namespace tandem
