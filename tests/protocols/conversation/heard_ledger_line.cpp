#include "protocols/audio/pacing.hpp"
#include "protocols/conversation/heard_ledger.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::uint32_t bytes_per_ms = 8;
constexpr std::uint64_t frame = 160;
constexpr auto frame_time = 20ms;

/// A carrier some way off, which plays 20 ms at a time of what has arrived.
class far_carrier {
 public:
  far_carrier(milliseconds to_engine, milliseconds from_engine, milliseconds phase)
      : to_engine_(to_engine), from_engine_(from_engine), next_frame_(moment{} + phase) {}

  void play(const pacing::chunk& sent, moment now) { arriving_.push_back({now + from_engine_, sent, {}}); }
  void mark(std::string name, moment now) { arriving_.push_back({now + from_engine_, {}, std::move(name)}); }
  void clear(moment now) { arriving_.push_back({now + from_engine_, {}, {}}); }

  /// A millisecond has passed; the marks that are back at the engine now.
  std::vector<std::string> step(moment now) {
    for (; !arriving_.empty() && arriving_.front().at <= now; arriving_.pop_front())
      take(arriving_.front(), now);
    if (now >= next_frame_) {
      next_frame_ += frame_time;
      play_frame(now);
    }
    std::vector<std::string> back;
    for (; !returning_.empty() && returning_.front().first <= now; returning_.pop_front())
      back.push_back(std::move(returning_.front().second));
    return back;
  }

  /// Where in the turn the caller's ear is, and whether it got there without a byte left out.
  std::uint64_t played() const { return played_; }
  std::uint64_t left_out() const { return left_out_; }
  bool plays() const { return !queue_.empty() || !arriving_.empty(); }

 private:
  struct message {
    moment at;
    pacing::chunk audio;  // none, and no mark = clear
    std::string mark;
  };

  void take(message& what, moment now) {
    if (what.audio.end != 0 || !what.mark.empty()) return queue_.push_back(std::move(what));
    for (auto& each : queue_) {
      if (!each.mark.empty()) returning_.emplace_back(now + to_engine_, std::move(each.mark));
    }
    queue_.clear();
  }

  void play_frame(moment now) {
    auto left = frame;
    while (!queue_.empty()) {
      auto& next = queue_.front();
      if (!next.mark.empty()) {
        returning_.emplace_back(now + to_engine_, std::move(next.mark));
        queue_.pop_front();
        continue;
      }
      if (left == 0) return;
      auto& [begin, end, last] = next.audio;
      if (begin > played_) left_out_ = std::max(left_out_, begin - played_);
      const auto size = std::min(left, end - begin);
      left -= size;
      begin += size;
      played_ = begin;
      if (begin == end) queue_.pop_front();
    }
  }

  milliseconds to_engine_, from_engine_;
  moment next_frame_;
  std::deque<message> arriving_, queue_;
  std::deque<std::pair<moment, std::string>> returning_;
  std::uint64_t played_ = 0;
  std::uint64_t left_out_ = 0;
};

/// A reply that is synthesised piece by piece, paced to a far carrier, and interrupted.
class spoken_reply {
 public:
  explicit spoken_reply(std::uint32_t seed)
      : random_(seed),
        carrier_(milliseconds(draw(20, 150)), milliseconds(draw(20, 150)), milliseconds(draw(0, 19))) {
    for (auto words = draw(5, 40); words != 0; --words) {
      text_ += (text_.empty() ? "" : " ") + std::string(static_cast<std::size_t>(draw(1, 9)), 'a');
      text_.back() = static_cast<char>('b' + draw(0, 20));
    }
    ledger_.add_text(text_);
    // Some synthesisers are slower than the caller's ear, so that the carrier runs dry.
    pace_ = draw(0, 9) == 0 ? 1.3 : 0.25;
  }

  int draw(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }

  void run(milliseconds time) {
    for (; time.count() != 0; --time) {
      now_ += 1ms;
      for (const auto& name : carrier_.step(now_)) ledger_.mark_returned(name);
      synthesise();
      pump();
    }
  }

  void clear() {
    carrier_.clear(now_);
    ledger_.cleared(now_);
    pacing_.clear(now_);
    held_ = true;
  }

  void resume() {
    ledger_.resumed(pacing_.resume(ledger_.resume_position(now_)));
    held_ = false;
  }

  /// The end of each word in the audio, and what the record says of them: how many words.
  const std::vector<std::uint64_t>& word_ends() const { return word_ends_; }
  std::size_t told() const {
    const auto heard = ledger_.heard_text(now_);
    return heard.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(heard, ' '));
  }
  std::uint64_t played() const { return carrier_.played(); }
  std::uint64_t left_out() const { return carrier_.left_out(); }
  bool is_over() const { return pacing_.done() && !carrier_.plays(); }
  std::size_t marks() const { return marks_; }
  std::size_t words() const { return 1 + static_cast<std::size_t>(std::ranges::count(text_, ' ')); }

 private:
  void synthesise() {
    if (finished_ || now_ < next_piece_) return;
    std::vector<tts::aligned_text> alignment;
    std::uint32_t length = 0;
    for (auto count = draw(1, 12); count != 0 && spoken_ != text_.size(); --count) {
      const auto lasts = static_cast<std::uint32_t>(draw(30, 100));
      alignment.push_back({std::string_view(text_).substr(spoken_++, 1), length, lasts});
      length += lasts;
      const auto ends = spoken_ == text_.size() || text_[spoken_] == ' ';
      if (ends) word_ends_.push_back(made_ + std::uint64_t{length} * bytes_per_ms);
    }
    made_ += std::uint64_t{length} * bytes_per_ms;
    ledger_.add_audio(std::size_t{length} * bytes_per_ms, alignment);
    pacing_.append(std::vector<std::uint8_t>(std::size_t{length} * bytes_per_ms));
    next_piece_ = now_ + milliseconds(static_cast<long>(length * pace_));
    finished_ = spoken_ == text_.size();
    if (!finished_) return;
    ledger_.finish();
    pacing_.finish();
  }

  void pump() {
    if (held_) return;
    std::vector<std::uint8_t> out;
    while (const auto sent = pacing_.take(out, now_)) {
      ledger_.sent(sent->end, now_);
      carrier_.play(*sent, now_);
      if (!ledger_.mark_due()) continue;
      carrier_.mark(ledger_.mark(), now_);
      ++marks_;
    }
  }

  std::mt19937 random_;
  far_carrier carrier_;
  std::string text_;
  double pace_;
  heard_ledger ledger_{1, bytes_per_ms};
  pacing pacing_{{}};
  std::vector<std::uint64_t> word_ends_;
  std::size_t spoken_ = 0;
  std::uint64_t made_ = 0;
  moment now_{};
  moment next_piece_{};
  bool finished_ = false;
  bool held_ = false;
  std::size_t marks_ = 0;
};

/// A word that ends with what is being played may count as heard or not: a frame, and the wait for it.
constexpr std::uint64_t exactness = 2 * frame;

}  // namespace

TEST_CASE("of a thousand interruptions, the words on record are those played, but for the frame at the cut") {
  std::size_t other = 0;
  for (std::uint32_t seed = 1; seed <= 1000; ++seed) {
    CAPTURE(seed);
    spoken_reply reply(seed);
    reply.run(milliseconds(reply.draw(1, 8000)));
    reply.clear();
    reply.run(400ms);
    const auto& ends = reply.word_ends();
    const auto played = static_cast<std::size_t>(
        std::ranges::count_if(ends, [&](const auto end) { return end <= reply.played(); }));
    const auto told = reply.told();
    if (told == played) continue;
    ++other;
    const auto [less, more] = std::minmax({told, played});
    REQUIRE(more == less + 1);
    CHECK(std::max(ends[less], reply.played()) - std::min(ends[less], reply.played()) <= exactness);
  }
  CHECK(other < 50);
}

TEST_CASE("a reply that is interrupted again and again by coughs is heard to its end") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    spoken_reply reply(seed);
    for (auto coughs = reply.draw(1, 4); coughs != 0; --coughs) {
      reply.run(milliseconds(reply.draw(1, 3000)));
      reply.clear();
      reply.run(milliseconds(reply.draw(300, 1500)));
      reply.resume();
    }
    reply.run(90s);
    REQUIRE(reply.is_over());
    CHECK(reply.told() == reply.words());
    CHECK(reply.left_out() <= exactness);
    // Words that are said twice have two marks.
    CHECK(reply.marks() <= reply.words() + 4 * 8);
  }
}

}  // namespace tandem
