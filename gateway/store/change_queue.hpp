#pragma once

#include "actors/call_store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace tandem {

/// A change on its way to the store.
struct waiting_change {
  store_change change;
  std::function<void(bool)> kept;
  /// Grows with each change, also from one start of the process to the next: microseconds since 1970, or one
  /// more than the last.
  std::int64_t revision = 0;
};

/// What waits for the store's thread: bounded, in order, many taken at once.
class change_queue {
 public:
  explicit change_queue(std::size_t bound);

  /// Adds a change; false when there is no room, and `kept` is then not told.
  bool push(store_change change, std::function<void(bool)> kept);

  /// At most `most` changes, as soon as there are any: for a moment more come to share the transaction,
  /// unless somebody waits for one of them. Nothing at `until`, or when the queue is closed and empty.
  std::vector<waiting_change> take(std::size_t most, std::chrono::steady_clock::time_point until);

  /// Waits until then, or until the queue is closed.
  void rest(std::chrono::steady_clock::time_point until);

  /// Puts back what was taken, before everything else.
  void put_back(std::vector<waiting_change> changes);

  /// Ends `take`'s waiting from now on.
  void close();

  bool closed() const;
  std::size_t size() const;

  /// What every revision given here exceeds, and those of an earlier process do not.
  std::int64_t first_revision() const { return first_revision_; }

 private:
  std::size_t bound_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<waiting_change> changes_;
  const std::int64_t first_revision_;
  std::int64_t last_revision_;
  std::size_t urgent_ = 0;
  bool closed_ = false;
};

}  // namespace tandem
