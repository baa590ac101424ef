#include "tests/system/interruptions/reply_sound.hpp"

#include "protocols/audio/g711.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <span>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr auto frame_time = 20ms;
constexpr std::uint32_t character_ms = 60;
constexpr std::uint32_t frames_of_character = character_ms / 20;

std::string key_of(std::span<const std::uint8_t> frame) { return {frame.begin(), frame.end()}; }

/// One stretch of a reply that was played without a break, and what ended it.
struct stretch {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::vector<moment> played{};  // each frame
  std::optional<moment> cleared{};
};

/// Judges one reply; the first thing that is wrong counts.
class judge_of {
 public:
  judge_of(const reply_sound& reply, std::chrono::milliseconds round_trip)
      : reply_(reply), round_trip_(round_trip) {}

  verdict run(const std::vector<line_event>& events, const turn_record& turn) {
    cut(events);
    for (std::size_t n = 1; n < stretches_.size(); ++n) take_up(stretches_[n - 1], stretches_[n]);
    if (out_.what != verdict::kind::wrong) compare(turn, !events.empty() && !events.back().position);
    return std::move(out_);
  }

 private:
  void cut(const std::vector<line_event>& events) {
    auto goes_on = false;
    for (const auto& each : events) {
      if (!each.position) {
        if (goes_on) stretches_.back().cleared = each.at;
        goes_on = false;
        continue;
      }
      if (!goes_on) stretches_.push_back({.begin = *each.position, .end = *each.position});
      goes_on = true;
      auto& now = stretches_.back();
      if (*each.position != now.end)
        say(false, "frame " + std::to_string(*each.position) + " follows " + std::to_string(now.end));
      now.end = *each.position + 1;
      now.played.push_back(each.at);
    }
    if (!stretches_.empty() && stretches_.front().begin != 0) say(false, "the beginning is missing");
  }

  /// Frames up to `end` were played before a `clear`, those from `begin` on behind it.
  void take_up(const stretch& before, const stretch& after) {
    ++out_.resumed;
    const auto& words = reply_.words();
    const auto at = after.begin;
    if (at != 0 && std::ranges::none_of(words, [at](const auto& word) { return word.end == at; }))
      return say(false, "it goes on within a word");
    for (const auto& word : words) {
      if (word.begin >= at && word.end <= before.end)
        say(just_played(before, word.end), "a word is said twice");
      if (word.end > before.end && word.begin < at) say(still_to_play(before.end, at), "a word is left out");
    }
  }

  void compare(const turn_record& turn, bool ends_with_clear) {
    const auto& words = reply_.words();
    const auto told = reply_.words_in(turn.heard_text);
    if (turn.text != reply_.text()) return say(false, "its text is \"" + turn.text + "\"");
    if (!told) return say(false, "nobody said \"" + turn.heard_text + "\"");
    const stretch nothing;
    const auto& last = stretches_.empty() ? nothing : stretches_.back();
    const auto played = static_cast<std::size_t>(
        std::ranges::count_if(words, [&last](const auto& word) { return word.end <= last.end; }));
    if (!turn.interrupted && *told != words.size()) return say(false, "it was all said, but not heard");
    if (turn.interrupted && !stretches_.empty() && !ends_with_clear)
      return say(false, "it is played behind its clear, or was cut short without one");
    const auto claim = std::to_string(*told) + " words heard, but " + std::to_string(played) + " were played";
    if (*told > played) say(still_to_play(last.end, words[*told - 1].end), claim);
    if (*told < played) say(just_played(last, words[*told].end), claim);
  }

  bool still_to_play(std::uint32_t from, std::uint32_t to) const {
    return frame_time * (to - from) <= round_trip_;
  }

  /// Whether the frame in front of `end` was played so shortly before the `clear`.
  bool just_played(const stretch& of, std::uint32_t end) const {
    return of.cleared && *of.cleared - of.played[end - 1 - of.begin] <= round_trip_;
  }

  void say(bool is_near, const std::string& why) {
    if (out_.what == verdict::kind::wrong) return;
    out_.what = is_near ? verdict::kind::near : verdict::kind::wrong;
    out_.why = why;
  }

  const reply_sound& reply_;
  std::chrono::milliseconds round_trip_;
  std::vector<stretch> stretches_;
  verdict out_;
};

}  // namespace

reply_sound::reply_sound(std::string text) : text_(std::move(text)) {
  auto voice = lab::make_synthetic_voice(character_ms);
  // As the engine gives it to the synthesiser, which speaks sentence by sentence.
  auto rest = text_ + " ";
  while (!rest.empty()) {
    auto sentence = lab::take_sentence(rest);
    if (sentence.empty()) sentence = std::exchange(rest, {});
    const auto spoken = voice->speak(sentence, 8000);
    std::vector<std::uint8_t> bytes(spoken.samples.size());
    g711::encode_ulaw(spoken.samples, bytes);
    for (std::span left(bytes); !left.empty(); left = left.subspan(lab::frame_bytes))
      positions_.emplace(key_of(left.first(lab::frame_bytes)), frames_++);
  }
  for (std::size_t at = 0; at < text_.size(); ++at) {
    if (text_[at] == ' ') continue;
    const auto end = std::min(text_.find(' ', at), text_.size());
    words_.push_back({.begin = static_cast<std::uint32_t>(at) * frames_of_character,
                      .end = static_cast<std::uint32_t>(end) * frames_of_character,
                      .text = end});
    at = end;
  }
}

std::optional<std::uint32_t> reply_sound::position(const lab::frame& heard) const {
  const auto found = positions_.find(key_of(heard));
  return found == positions_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> reply_sound::words_in(std::string_view piece) const {
  if (piece.empty()) return 0;
  const auto last =
      std::ranges::find_if(words_, [&piece](const auto& word) { return word.text == piece.size(); });
  if (last == words_.end() || !text_.starts_with(piece)) return std::nullopt;
  return static_cast<std::size_t>(last - words_.begin()) + 1;
}

verdict judge(const reply_sound& reply, const std::vector<line_event>& events, const turn_record& turn,
              std::chrono::milliseconds round_trip) {
  return judge_of(reply, round_trip).run(events, turn);
}

}  // namespace tandem::test
