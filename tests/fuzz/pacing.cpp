#include "protocols/audio/pacing.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;
using namespace std::chrono_literals;

/// However audio comes and time goes: what leaves is the turn's audio at its position in whole frames, the
/// carrier never holds more than the lead, and what is due at the wake-up time leaves at it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  pacing turn({.history = 500ms, .bound = 8000});
  moment now{};
  std::vector<std::uint8_t> all, out;
  const auto take = [&] {
    const std::uint64_t position = turn.sent_position();
    const auto chunk = turn.take(out, now);
    if (!chunk) return false;
    if (chunk->begin != position || chunk->end != turn.sent_position() || chunk->begin == chunk->end)
      std::abort();
    if (out.size() % 160 != 0 || out.size() > 800 || out.size() - (chunk->end - chunk->begin) >= 160)
      std::abort();
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(chunk->begin);
    if (!std::equal(begin, all.begin() + static_cast<std::ptrdiff_t>(chunk->end), out.begin())) std::abort();
    if (turn.played_at() - now > 400ms || chunk->last != turn.done()) std::abort();
    return true;
  };
  turn.begin_turn();
  while (input.remaining_bytes() != 0) {
    now += std::chrono::milliseconds(input.ConsumeIntegralInRange(0, 300));
    switch (input.ConsumeIntegralInRange(0, 7)) {
      case 0: {
        const std::size_t begin = all.size();
        all.resize(begin + input.ConsumeIntegralInRange<std::size_t>(0, 3000));
        for (std::size_t i = begin; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i % 251);
        turn.append(std::span(all).subspan(begin));
        break;
      }
      case 1:
        turn.finish();
        break;
      case 2:
        turn.clear(now);
        if (take() || turn.wake_up()) std::abort();
        break;
      case 3:
        if (turn.resume(input.ConsumeIntegral<std::uint16_t>()) != turn.sent_position()) std::abort();
        break;
      case 4:
        turn.begin_turn();
        all.clear();
        break;
      case 5:
        all.resize(turn.cut(input.ConsumeIntegral<std::uint16_t>()));
        break;
      default:
        while (take()) {
        }
        if (const auto next = turn.wake_up()) {
          if (*next <= now) std::abort();
          now = *next;
          if (!take()) std::abort();
        }
    }
    if (turn.buffered_bytes() > turn.unsent_bytes() + 4000 + 16'000 * 4) std::abort();
    if (turn.end_position() != all.size() || (turn.full() && turn.drained())) std::abort();
  }
  return 0;
}
