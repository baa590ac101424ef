#include "protocols/audio/line_tape.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

constexpr auto quiet = [] {
  std::array<std::uint8_t, 800> bytes{};
  bytes.fill(g711::ulaw_silence);
  return bytes;
}();

/// Silence up to `position`, unless it goes on beyond.
void fill(paged_audio& side, std::uint64_t position) {
  while (side.end() < position) {
    side.append(std::span(quiet).first(std::min<std::uint64_t>(quiet.size(), position - side.end())));
  }
}

/// As much of `ulaw` as ends before `limit`.
std::span<const std::uint8_t> before(std::uint64_t limit, const paged_audio& side,
                                     std::span<const std::uint8_t> ulaw) {
  return ulaw.first(std::min<std::uint64_t>(ulaw.size(), limit - std::min(limit, side.end())));
}

}  // namespace

std::uint64_t line_tape::samples(std::chrono::milliseconds time) const {
  return static_cast<std::uint64_t>(time.count()) * samples_per_ms_;
}

std::uint64_t line_tape::position(moment at) const {
  if (at <= begin_) return 0;
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at - begin_).count();
  return static_cast<std::uint64_t>(since) * samples_per_ms_ / 1000;
}

void line_tape::stream_began(moment now) { fill(caller_, position(now)); }

void line_tape::caller(std::span<const std::uint8_t> ulaw, moment now) {
  const auto here = position(now);
  // A hole that nobody filled.
  const auto oldest = here - std::min(here, samples(settle) + ulaw.size());
  if (caller_.end() < oldest) fill(caller_, here - std::min<std::uint64_t>(here, ulaw.size()));
  caller_.append(before(here + samples(longest_lead), caller_, ulaw));
}

void line_tape::agent(std::span<const std::uint8_t> ulaw, moment now) {
  const auto here = position(now);
  fill(agent_, here);
  agent_.append(before(here + samples(longest_lead), agent_, ulaw));
}

void line_tape::clear(moment now) { agent_.drop_behind(position(now)); }

void line_tape::mute_caller(moment from, moment to) { muted_.emplace_back(position(from), position(to)); }

std::optional<line_tape::piece> line_tape::take(moment now) {
  const auto end = caller_.begin() + samples(block);
  if (position(now) < end + samples(settle)) return std::nullopt;
  return give(end);
}

line_tape::piece line_tape::rest(moment now) { return give(std::max(position(now), caller_.begin())); }

line_tape::piece line_tape::give(std::uint64_t end) {
  fill(caller_, end);
  fill(agent_, end);
  auto out = part(caller_.begin(), end);
  caller_.drop_until(end);
  agent_.drop_until(end);
  while (!muted_.empty() && muted_.front().second <= end) muted_.pop_front();
  return out;
}

std::uint64_t line_tape::settled(moment now, std::chrono::milliseconds mutable_for) const {
  const auto here = position(now);
  const auto before = [here, this](std::chrono::milliseconds time) {
    return here - std::min(here, samples(time));
  };
  return std::min(std::max(caller_.end(), before(settle)), before(mutable_for));
}

line_tape::piece line_tape::part(std::uint64_t begin, std::uint64_t end) const {
  begin = std::max(begin, caller_.begin());
  end = std::max(begin, end);
  std::vector<std::uint8_t> left;
  std::vector<std::uint8_t> right;
  caller_.copy(begin, end, left);
  agent_.copy(begin, end, right);
  left.resize(end - begin, g711::ulaw_silence);
  right.resize(end - begin, g711::ulaw_silence);
  for (const auto& [from, to] : muted_) {
    const auto first = std::clamp(from, begin, end) - begin;
    const auto last = std::clamp(to, begin, end) - begin;
    if (first < last)
      std::fill(left.begin() + static_cast<std::ptrdiff_t>(first),
                left.begin() + static_cast<std::ptrdiff_t>(last), g711::ulaw_silence);
  }
  piece out{begin, {}};
  out.stereo.reserve(2 * left.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    out.stereo.push_back(left[i]);
    out.stereo.push_back(right[i]);
  }
  return out;
}

}  // namespace tandem
