#include "tests/lab/cluster/watched_call.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// So much of a word is enough to have understood it.
constexpr std::uint32_t understood = word_frames - 2;
/// What a former stream had on its way when the next one was opened.
constexpr auto on_its_way = 200ms;

/// A reply: the words of one answer to one turn.
struct reply {
  std::uint32_t turn;
  std::uint32_t history;
  auto operator<=>(const reply&) const = default;
};

void judge_words(const watched_call& call, const word_bounds& bounds, call_verdict& out) {
  std::map<spoken_word, std::uint32_t> frames;
  std::map<reply, std::set<std::uint32_t>> replies;
  std::map<std::uint32_t, std::set<std::uint32_t>> histories;
  std::map<std::uint32_t, moment> heard_last;
  for (const auto& each : call.heard) {
    if (each.word.call != call.number) {
      out.faults.push_back("heard a word of call " + std::to_string(each.word.call));
      continue;
    }
    auto& heard = frames[each.word];
    if (heard >= understood) ++out.repeated;
    heard += each.frames;
    replies[{each.word.turn, each.word.history}].insert(each.word.n);
    histories[each.word.turn].insert(each.word.history);
    heard_last[each.word.turn] = each.ended;
  }
  for (const auto& [turn, all] : histories)
    if (all.size() > 1) out.faults.push_back("turn " + std::to_string(turn) + " was answered twice");
  for (const auto& [which, words] : replies) {
    // What the caller cut off is not lost.
    const auto next = call.spoke.find(which.turn + 1);
    if (next != call.spoke.end() && next->second < heard_last[which.turn]) continue;
    if (next != call.spoke.end() && next->second >= bounds.silent_since &&
        next->second <= bounds.silent_until)
      continue;
    // Nor is what was being said when the call ended.
    const auto is_last = !call.heard.empty() && call.heard.back().word.turn == which.turn;
    const auto whole = is_last ? *words.rbegin() + 1 : reply_words;
    out.lost += whole - static_cast<std::uint32_t>(words.size());
  }
  // The last one may have been said when it was time to go.
  for (std::uint32_t turn = 1; turn < call.said; ++turn) out.unanswered += histories.contains(turn) ? 0 : 1;
  if (out.unanswered > bounds.unanswered)
    out.faults.push_back(std::to_string(out.unanswered) + " turns had no answer");
  if (out.repeated > bounds.repeated)
    out.faults.push_back(std::to_string(out.repeated) + " words were heard twice");
  if (out.lost > bounds.lost) out.faults.push_back(std::to_string(out.lost) + " words were lost");
}

/// Nobody may talk to the caller over a stream that another one has followed.
void judge_streams(const watched_call& call, call_verdict& out) {
  for (auto each = call.streams.begin(); each != call.streams.end(); ++each) {
    const auto next = std::next(each);
    if (next == call.streams.end() || next->second.opened == moment{}) continue;
    if (each->second.last_audio > next->second.opened + on_its_way)
      out.faults.push_back(each->second.node + " and " + next->second.node + " both talked to the caller");
  }
}

}  // namespace

const seen_stream* watched_call::stream() const {
  const auto found = std::find_if(streams.rbegin(), streams.rend(),
                                  [](const auto& each) { return each.second.opened != moment{}; });
  return found == streams.rend() ? nullptr : &found->second;
}

std::string watched_call::node() const {
  const auto* newest = stream();
  return newest != nullptr && newest->over == moment{} ? newest->node : std::string();
}

std::uint32_t watched_call::replies_since(moment when) const {
  return static_cast<std::uint32_t>(std::ranges::count_if(heard, [&](const auto& each) {
    return each.word.n + 1 == reply_words && each.ended > when && each.frames >= understood;
  }));
}

void watched_call::judge_memory(const std::vector<std::string>& callers) {
  std::vector<std::uint32_t> told;
  for (const auto& text : callers) {
    for (const auto turn : named_turns(text)) {
      if (!told.empty() && turn < told.back()) forgotten.insert("turns are out of order");
      if (told.empty() || turn != told.back()) told.push_back(turn);
    }
  }
  for (const auto& each : heard) {
    if (std::ranges::find(told, each.word.turn) == told.end() && each.word.call == number)
      forgotten.insert("turn " + std::to_string(each.word.turn) + " was answered and is forgotten");
  }
}

call_verdict judge(const watched_call& call, const word_bounds& bounds) {
  call_verdict out;
  judge_words(call, bounds, out);
  judge_streams(call, out);
  out.faults.insert(out.faults.end(), call.forgotten.begin(), call.forgotten.end());
  if (call.gave_up) out.faults.emplace_back("the caller heard nothing any more and hung up");
  if (call.outcome && call.outcome->ended_by != "caller")
    out.faults.push_back("ended by " + call.outcome->ended_by + " " + call.outcome->detail);
  return out;
}

std::shared_ptr<watched_call> watch_book::open() {
  std::lock_guard guard(mutex_);
  const auto number = static_cast<std::uint32_t>(calls_.size() + 1);
  return calls_[number] = std::make_shared<watched_call>(number);
}

std::shared_ptr<watched_call> watch_book::find(std::uint32_t number) const {
  std::lock_guard guard(mutex_);
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second;
}

}  // namespace tandem::lab
