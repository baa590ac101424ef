#pragma once

#include "tests/lab/load/sound_book.hpp"
#include "tests/lab/phone.hpp"
#include "tests/system/interruptions/reply_sound.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

namespace tandem::test {

/// How a caller gets between the agent's words.
enum class manner : std::uint8_t {
  words,       ///< speaks, and is understood at once
  late_words,  ///< speaks, and is understood when the agent has fallen silent
  whisper,     ///< is understood without a voice
  cough,       ///< makes a sound that is no word, and lets the agent go on
  key,
};
inline constexpr std::array<std::string_view, 5> manners{"words", "late words", "whisper", "cough", "key"};

/// One reply on the line, and how the caller treated it.
struct heard_reply {
  reply_sound sound;
  std::vector<line_event> events{};
  std::vector<manner> interrupted{};
  /// The line itself came so late meanwhile that its times mean nothing.
  bool is_late_line = false;
};

/// A caller who says something, gets between the words of the reply at a random moment, and so on: the same
/// for the same seed and number. Lives on its phone's loop.
class interrupter final : public lab::person {
 public:
  /// Hangs up after so many interruptions.
  interrupter(std::uint64_t seed, std::uint32_t call, std::size_t interruptions, const lab::sound_book& book);

  void speak(moment now, lab::frame& out) override;
  void hear(moment now, const lab::frame& heard, bool is_audio) override;
  void cleared(moment now) override;
  char presses(moment now) override;
  bool hangs_up(moment now) override;

  const std::deque<heard_reply>& replies() const { return replies_; }

  /// Frames that are none of any reply.
  std::size_t strange_frames() const { return strange_; }

  /// Whether the agent left the caller without a word for too long.
  bool gave_up() const { return gave_up_; }

 private:
  enum class doing : std::uint8_t { waiting, saying, coughing, listening };

  std::uint32_t random(std::uint32_t least, std::uint32_t most);
  void become(doing what);
  void say(manner how);
  void await_moment(std::uint32_t least);
  void interrupt();
  bool is_over() const;
  void take(moment now, const lab::frame& heard);

  std::uint64_t seed_;
  std::uint32_t call_;
  std::size_t left_;
  const lab::sound_book& book_;
  std::uint64_t drawn_ = 0;
  std::deque<heard_reply> replies_;  // the n-th answers the n-th saying
  std::size_t sounding_ = 0;         // of them, counted from 1; 0 = none yet
  std::size_t strange_ = 0;
  doing what_ = doing::waiting;
  std::uint32_t frames_ = 0;  // since it began to do that
  std::uint32_t pause_ = 25;  // of waiting
  manner how_ = manner::words;
  std::uint32_t length_ = 0;             // of what is said, in frames
  std::optional<std::uint32_t> moment_;  // frame of the reply to interrupt at
  std::uint32_t quiet_ = 0;              // frames since the reply was heard
  char key_ = 0;
  bool gave_up_ = false;
  moment heard_at_{};
};

}  // namespace tandem::test
