#include "tests/lab/load/stream_check.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <utility>

namespace tandem::lab {

namespace {

/// Bytes of silence that begin here and of which none is the first of a tag; 0 when the first one is none.
std::size_t filling_at(std::span<const std::uint8_t> bytes) {
  const auto sound =
      std::find_if(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != g711::ulaw_silence; });
  const auto silent = static_cast<std::size_t>(sound - bytes.begin());
  return silent < tag_bytes ? std::min<std::size_t>(silent, 1) : silent - tag_bytes + 1;
}

}  // namespace

void stream_check::reconnected() {
  finish();
  may_replay_ = true;
}

void stream_check::take(std::span<const std::uint8_t> bytes, const seen& on_frame) {
  if (!rest_.empty()) {
    rest_.insert(rest_.end(), bytes.begin(), bytes.end());
    bytes = rest_;
  }
  while (bytes.size() >= frame_bytes) bytes = bytes.subspan(take_frame(bytes, on_frame));
  std::vector<std::uint8_t> left(bytes.begin(), bytes.end());
  rest_ = std::move(left);
}

/// Takes a frame, or bytes that belong to none.
std::size_t stream_check::take_frame(std::span<const std::uint8_t> bytes, const seen& on_frame) {
  const auto tag = read_tag(bytes);
  if (!tag) {
    const auto silent = filling_at(bytes);
    (silent == 0 ? counts_.wrong : counts_.filling) += std::max<std::size_t>(silent, 1);
    return std::max<std::size_t>(silent, 1);
  }
  if (tag->call != call_) {
    ++counts_.foreign;
  } else if (!book_.agrees(*tag, bytes)) {
    counts_.wrong += frame_bytes;
  } else {
    judge(*tag, on_frame);
  }
  return frame_bytes;
}

void stream_check::judge(const frame_tag& tag, const seen& on_frame) {
  const auto fresh = tag.number >= next_;
  // A replay goes on frame by frame too, up to what is new.
  const auto due = replay_.value_or(next_);
  if (fresh) {
    const auto begins = may_replay_ || next_ == 0;
    counts_.missing += begins && spoken_ ? spoken_->between(due, tag.number) : tag.number - due;
    ++counts_.frames;
    next_ = tag.number + 1;
    may_replay_ = false;
    replay_.reset();
  } else if (may_replay_ || (replay_ && tag.number >= *replay_)) {
    if (!std::exchange(may_replay_, false)) counts_.missing += tag.number - due;
    ++counts_.replayed;
    replay_ = tag.number + 1;
  } else {
    ++counts_.repeated;
  }
  if (on_frame) on_frame(tag, fresh);
}

void stream_check::finish() {
  for (const auto byte : rest_) ++(byte == g711::ulaw_silence ? counts_.filling : counts_.wrong);
  rest_.clear();
}

}  // namespace tandem::lab
