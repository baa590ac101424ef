#include "tests/system/interruptions/interrupter.hpp"

#include "protocols/audio/g711.hpp"
#include "tests/lab/load/call_plan.hpp"
#include "tests/system/interruptions/tagged_ears.hpp"

#include <algorithm>
#include <utility>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// Frames of 20 ms.
constexpr std::uint32_t second = 50;
/// Replies are interrupted within their first seconds, or a run would take long.
constexpr std::uint32_t latest = 5 * second;
/// What is said lasts until its words have come and gone at any latency.
constexpr std::uint32_t said_for = 5 * second / 4;
constexpr std::uint32_t shortest_cough = 3 * second / 10;
constexpr std::uint32_t longest_cough = 7 * second / 10;
/// A paused agent goes on before that, and one that does not has nothing more to say.
constexpr std::uint32_t no_more = 4 * second;
constexpr std::uint32_t no_answer = 40 * second;
/// Ticks that are later than this are the machine's fault.
constexpr auto late = 15ms;
constexpr auto frame_time = 20ms;

}  // namespace

interrupter::interrupter(std::uint64_t seed, std::uint32_t call, std::size_t interruptions,
                         const lab::sound_book& book)
    : seed_(seed), call_(call), left_(interruptions), book_(book) {}

std::uint32_t interrupter::random(std::uint32_t least, std::uint32_t most) {
  const auto drawn = lab::scatter(lab::scatter(seed_, call_), ++drawn_);
  return least + static_cast<std::uint32_t>(drawn % (most - least + 1));
}

void interrupter::become(doing what) {
  what_ = what;
  frames_ = 0;
  quiet_ = 0;
}

void interrupter::say(manner how) {
  how_ = how;
  length_ = said_for;
  replies_.push_back({reply_sound(saying(seed_, call_, static_cast<std::uint32_t>(replies_.size() + 1)))});
  become(doing::saying);
}

/// Interrupts the reply at a random moment from its frame `least` on, unless it is over before.
void interrupter::await_moment(std::uint32_t least) {
  moment_ = random(least, std::max(least, std::min(latest, replies_.back().sound.frames() - 1)));
}

void interrupter::interrupt() {
  const auto how = static_cast<manner>(random(0, manners.size() - 1));
  replies_[sounding_ - 1].interrupted.push_back(how);
  --left_;
  const auto from = *std::exchange(moment_, std::nullopt);
  switch (how) {
    case manner::words:
    case manner::late_words:
    case manner::whisper:
      return say(how);
    case manner::cough:
      how_ = how;
      length_ = random(shortest_cough, longest_cough);
      become(doing::coughing);
      // Then perhaps once more, when the agent has taken up what it was saying.
      if (left_ != 0 && random(0, 1) == 0) await_moment(from + second);
      return;
    case manner::key:
      key_ = '#';
      pause_ = 3 * second / 2;
      return become(doing::waiting);
  }
}

void interrupter::hear(moment now, const lab::frame& heard, bool is_audio) {
  const auto is_late = heard_at_ != moment{} && now - heard_at_ > frame_time + late;
  heard_at_ = now;
  if (is_late && !replies_.empty()) {
    replies_.back().is_late_line = true;
    if (sounding_ != 0) replies_[sounding_ - 1].is_late_line = true;
  }
  ++frames_;
  ++quiet_;
  if (is_audio) take(now, heard);
  if (what_ != doing::listening) return;
  if (is_over()) {
    pause_ = 0;
    return become(doing::waiting);
  }
  gave_up_ = gave_up_ || frames_ > no_answer;
}

/// Whether nothing more is to be expected of the newest reply.
bool interrupter::is_over() const {
  if (sounding_ != replies_.size()) return false;
  const auto& reply = replies_.back();
  const auto is_whole = reply.events.back().position == reply.sound.frames() - 1;
  return quiet_ > (is_whole ? second : no_more);
}

void interrupter::take(moment now, const lab::frame& heard) {
  // The newest reply that it can be of.
  for (auto n = replies_.size(); n != 0; --n) {
    auto& reply = replies_[n - 1];
    const auto position = reply.sound.position(heard);
    if (!position) continue;
    if (n > sounding_) {
      sounding_ = n;
      await_moment(0);
    }
    reply.events.push_back({now, position});
    if (n == sounding_) quiet_ = 0;
    const auto is_newest = n == replies_.size() && what_ == doing::listening;
    if (is_newest && left_ != 0 && moment_ && *position >= *moment_) interrupt();
    return;
  }
  ++strange_;
}

void interrupter::cleared(moment now) {
  if (replies_.empty()) return;
  // A reply is silenced once, unless it is taken up again: another `clear` means the one that was to come.
  auto n = std::max<std::size_t>(sounding_, 1);
  const auto& events = replies_[n - 1].events;
  if (!events.empty() && !events.back().position) n = replies_.size();
  replies_[n - 1].events.push_back({now, {}});
}

void interrupter::speak(moment, lab::frame& out) {
  out.fill(g711::ulaw_silence);
  switch (what_) {
    case doing::waiting:
      if (frames_ >= pause_ && left_ != 0) say(manner::words);
      return;
    case doing::listening:
      return;
    case doing::saying: {
      if (frames_ >= length_) return become(doing::listening);
      if (how_ != manner::whisper) out = book_.tagged({.sound = book_.caller_sound(frames_)});
      const auto number = static_cast<std::uint16_t>(replies_.size());
      const auto sound = how_ == manner::late_words ? number | known_late : number;
      lab::write_tag(out, {.call = call_, .number = frames_, .sound = static_cast<std::uint16_t>(sound)});
      return;
    }
    case doing::coughing:
      out = book_.tagged({.sound = book_.caller_sound(frames_)});
      // Tags are for words.
      std::ranges::for_each(std::span(out).first(lab::tag_bytes), [](auto& byte) { byte |= 1; });
      if (frames_ >= length_) become(doing::listening);
      return;
  }
}

char interrupter::presses(moment) { return std::exchange(key_, char{0}); }

bool interrupter::hangs_up(moment) {
  if (gave_up_) return true;
  if (left_ != 0) return false;
  // The last one has had its effect; what was coughed at is heard to its end.
  return what_ == doing::waiting ? frames_ > second
                                 : what_ == doing::listening && sounding_ != replies_.size() && frames_ > 0;
}

}  // namespace tandem::test
