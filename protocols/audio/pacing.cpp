#include "protocols/audio/pacing.hpp"

#include <algorithm>

namespace tandem {

void pacing::begin_turn() {
  kept_.restart(0);
  sent_ = 0;
  finished_ = false;
  held_ = false;
}

void pacing::append(std::span<const std::uint8_t> audio) { kept_.append(audio); }

std::uint64_t pacing::cut(std::uint64_t position) {
  kept_.drop_behind(std::max(whole(position), sent_));
  return kept_.end();
}

std::optional<pacing::chunk> pacing::take(std::vector<std::uint8_t>& out, moment now) {
  const std::size_t size = sendable();
  if (size == 0 || now < due(size)) return std::nullopt;
  chunk next{.begin = sent_, .end = sent_ + size};
  out.clear();
  kept_.copy(next.begin, next.end, out);
  const std::size_t frame = bytes(rules_.frame);
  out.resize((size + frame - 1) / frame * frame, rules_.silence);
  sent_ = next.end;
  next.last = done();
  playout_.sent(duration_of(out.size(), rules_.bytes_per_ms), now);
  const std::size_t history = bytes(rules_.history);
  if (sent_ > history) kept_.drop_until(sent_ - history);
  return next;
}

std::optional<moment> pacing::wake_up() const {
  const std::size_t size = sendable();
  if (size == 0) return std::nullopt;
  return due(size);
}

void pacing::clear(moment now) {
  held_ = true;
  playout_.end = std::min(playout_.end, now);
}

std::uint64_t pacing::resume(std::uint64_t position) {
  held_ = false;
  sent_ = std::clamp(whole(position), kept_.begin(), sent_);
  return sent_;
}

std::size_t pacing::bytes(std::chrono::milliseconds time) const {
  return static_cast<std::size_t>(time.count()) * rules_.bytes_per_ms;
}

std::size_t pacing::sendable() const {
  if (held_) return 0;
  const std::size_t unsent = unsent_bytes();
  if (unsent >= bytes(rules_.chunk)) return bytes(rules_.chunk);
  const std::size_t frame = bytes(rules_.frame);
  return finished_ ? unsent : unsent / frame * frame;
}

moment pacing::due(std::size_t size) const {
  // A short chunk waits for more audio as long as the carrier can play on without it.
  if (!finished_ && size < bytes(rules_.chunk)) return playout_.end - rules_.chunk;
  const std::size_t frame = bytes(rules_.frame);
  const std::size_t padded = (size + frame - 1) / frame * frame;
  return playout_.end + duration_of(padded, rules_.bytes_per_ms) - rules_.lead;
}

}  // namespace tandem
