#include "tests/lab/cluster/call_moves.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::lab {

namespace {

std::chrono::milliseconds between(moment from, moment to) {
  return std::max(std::chrono::milliseconds(0),
                  std::chrono::duration_cast<std::chrono::milliseconds>(to - from));
}

/// How long a reply stood still that went on over another stream than that it had begun on; nothing when
/// none did.
std::optional<std::chrono::milliseconds> silence_within(const watched_call& call, unsigned before) {
  const played_word* last = nullptr;
  for (const auto& each : call.heard) {
    if (each.stream < before) last = &each;
    if (each.stream < before || last == nullptr) continue;
    if (each.word.turn != last->word.turn || last->word.n + 1 == reply_words) return std::nullopt;
    return between(last->ended, each.began);
  }
  return std::nullopt;
}

}  // namespace

std::vector<call_move> moves_of(watched_call& call, moment since, std::optional<moment> lost) {
  std::vector<call_move> out;
  std::lock_guard guard(call.mutex);
  const seen_stream* former = nullptr;
  for (const auto& [number, stream] : call.streams) {
    if (stream.opened == moment{}) continue;
    if (former != nullptr && former->node != stream.node && stream.opened > since) {
      call_move move{.call = call.number, .from = former->node, .to = stream.node};
      const auto silence = silence_within(call, number);
      move.talking = silence.has_value();
      const auto over = former->over == moment{} ? stream.opened : former->over;
      move.gap = silence.value_or(between(lost.value_or(over), stream.opened));
      out.push_back(std::move(move));
    }
    former = &stream;
  }
  return out;
}

std::chrono::milliseconds gap_at(const std::vector<call_move>& moves, double share) {
  if (moves.empty()) return std::chrono::milliseconds(0);
  std::vector<std::chrono::milliseconds> gaps;
  for (const auto& each : moves) gaps.push_back(each.gap);
  std::ranges::sort(gaps);
  const auto rank = std::ceil(share * static_cast<double>(gaps.size()));
  return gaps[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

}  // namespace tandem::lab
