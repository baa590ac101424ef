#include "protocols/audio/reorder.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tandem {
namespace {

constexpr std::size_t most_depth = 16;
constexpr std::size_t kept_capacity = 4096;  // a slot that grew beyond it gives its memory back
constexpr std::size_t frames_for_a_stride = 3;
constexpr std::size_t late_frames_beyond_depth = 2;

}  // namespace

reorder::reorder(const settings& rules) : rules_(rules) { rules_.depth = std::min(rules_.depth, most_depth); }

/// How far `chunk` is ahead of the last frame; nothing when there is none or it is too far to be a loss.
std::optional<std::int64_t> reorder::distance(std::int64_t chunk) const {
  std::int64_t ahead = 0;
  if (!last_ || __builtin_sub_overflow(chunk, *last_, &ahead)) return std::nullopt;
  const std::int64_t frames = ahead / stride_;
  if (frames > rules_.jump || frames < -rules_.jump) return std::nullopt;
  return ahead;
}

void reorder::push(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload) {
  const auto ahead = chunk ? distance(*chunk) : std::nullopt;
  if (!ahead) return restart(chunk, payload);
  if (*ahead <= 0) {
    // A counter that went back a little looks like late frames, but those do not come in a long row.
    if (++late_run_ > 2 * rules_.depth + late_frames_beyond_depth) return restart(chunk, payload);
    ++counts_.late;
    return;
  }
  late_run_ = 0;
  stride_ = std::gcd(stride_, *ahead);
  if (*ahead == stride_ || payload.size() > rules_.bytes) {
    direct_ = *ahead == stride_ ? place::before_waiting : place::after_waiting;
    flushing_ = flushing_ || direct_ == place::after_waiting;
    direct_chunk_ = chunk;
    direct_payload_ = payload;
    return;
  }
  wait(*chunk, payload);
}

/// What waits is due, then the pushed frame, and with it counting begins anew.
void reorder::restart(std::optional<std::int64_t> chunk, std::span<const std::uint8_t> payload) {
  late_run_ = 0;
  flushing_ = true;
  direct_ = place::after_waiting;
  direct_chunk_ = chunk;
  direct_payload_ = payload;
}

void reorder::wait(std::int64_t chunk, std::span<const std::uint8_t> payload) {
  const auto waiting = std::span(slots_).first(used_);
  if (std::any_of(waiting.begin(), waiting.end(), [&](const slot& each) { return each.chunk == chunk; })) {
    ++counts_.late;
    return;
  }
  if (used_ == slots_.size()) slots_.emplace_back();
  slots_[used_].chunk = chunk;
  slots_[used_].payload.assign(payload.begin(), payload.end());
  waiting_bytes_ += payload.size();
  ++used_;
  if (used_ > rules_.depth) learn_stride();
}

std::size_t reorder::lowest() const {
  std::size_t found = 0;
  for (std::size_t i = 1; i < used_; ++i) {
    if (slots_[i].chunk < slots_[found].chunk) found = i;
  }
  return found;
}

/// Frames that all keep the same distance are no losses: the sender counts in steps. After frames in a former
/// step it takes a second look to believe it.
void reorder::learn_stride() {
  if (used_ < frames_for_a_stride || std::exchange(in_step_, false)) return;
  std::array<std::int64_t, most_depth + 1> chunks{};
  for (std::size_t i = 0; i < used_; ++i) chunks[i] = slots_[i].chunk;
  const auto all = std::span(chunks).first(used_);
  std::sort(all.begin(), all.end());
  const std::int64_t step = all[0] - *last_;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i] - all[i - 1] != step) return;
  }
  stride_ = step;
}

std::optional<reorder::frame> reorder::next() {
  if (direct_ == place::before_waiting) return give_direct();
  if (used_ != 0) {
    const std::size_t first = lowest();
    const bool in_turn = last_ && slots_[first].chunk - *last_ == stride_;
    if (in_turn || flushing_ || used_ > rules_.depth || waiting_bytes_ > rules_.bytes) return give(first);
    return std::nullopt;
  }
  flushing_ = false;
  if (direct_ == place::after_waiting) return give_direct();
  return std::nullopt;
}

reorder::frame reorder::give_direct() {
  direct_ = place::nowhere;
  ++counts_.ok;
  if (direct_chunk_ && distance(*direct_chunk_).value_or(0) > 0) {
    return {direct_payload_, step_to(*direct_chunk_)};
  }
  last_ = direct_chunk_;
  stride_ = 1;
  in_step_ = false;
  return {direct_payload_, 0};
}

reorder::frame reorder::give(std::size_t which) {
  given_.swap(slots_[which].payload);
  const std::int64_t chunk = slots_[which].chunk;
  if (slots_[which].payload.capacity() > kept_capacity) slots_[which].payload = {};
  std::swap(slots_[which], slots_[--used_]);
  waiting_bytes_ -= given_.size();
  ++counts_.ok;
  return {given_, step_to(chunk)};
}

/// Makes `chunk` the last one given out; the number of frames skipped on the way.
std::uint32_t reorder::step_to(std::int64_t chunk) {
  const std::int64_t skipped = (chunk - *last_) / stride_ - 1;
  last_ = chunk;
  if (skipped <= 0) {
    in_step_ = true;
    return 0;
  }
  counts_.lost += static_cast<std::uint64_t>(skipped);
  return static_cast<std::uint32_t>(skipped);
}

}  // namespace tandem
