#include "gateway/store/change_queue.hpp"

#include <algorithm>
#include <iterator>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// So long a record waits for others to share its transaction.
constexpr auto gathering = 50ms;

std::int64_t microseconds() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

change_queue::change_queue(std::size_t bound)
    : bound_(bound), first_revision_(microseconds()), last_revision_(first_revision_) {}

bool change_queue::push(store_change change, std::function<void(bool)> kept) {
  std::lock_guard guard(mutex_);
  if (changes_.size() >= bound_ || closed_) return false;
  last_revision_ = std::max(last_revision_ + 1, microseconds());
  const bool urgent = static_cast<bool>(kept);
  changes_.push_back({std::move(change), std::move(kept), last_revision_});
  urgent_ += urgent ? 1 : 0;
  if (changes_.size() == 1 || urgent) arrived_.notify_one();
  return true;
}

std::vector<waiting_change> change_queue::take(std::size_t most,
                                               std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, until, [&] { return closed_ || !changes_.empty(); });
  if (!changes_.empty()) {
    arrived_.wait_for(lock, gathering, [&] { return closed_ || urgent_ > 0 || changes_.size() >= most; });
  }
  const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(std::min(most, changes_.size()));
  std::vector<waiting_change> taken(std::make_move_iterator(changes_.begin()), std::make_move_iterator(end));
  changes_.erase(changes_.begin(), end);
  for (const auto& each : taken) urgent_ -= each.kept ? 1 : 0;
  return taken;
}

void change_queue::rest(std::chrono::steady_clock::time_point until) {
  std::unique_lock lock(mutex_);
  arrived_.wait_until(lock, until, [&] { return closed_; });
}

void change_queue::put_back(std::vector<waiting_change> changes) {
  std::lock_guard guard(mutex_);
  for (const auto& each : changes) urgent_ += each.kept ? 1 : 0;
  changes_.insert(changes_.begin(), std::make_move_iterator(changes.begin()),
                  std::make_move_iterator(changes.end()));
}

void change_queue::close() {
  std::lock_guard guard(mutex_);
  closed_ = true;
  arrived_.notify_all();
}

bool change_queue::closed() const {
  std::lock_guard guard(mutex_);
  return closed_;
}

std::size_t change_queue::size() const {
  std::lock_guard guard(mutex_);
  return changes_.size();
}

}  // namespace tandem
