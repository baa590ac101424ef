#pragma once

#include "tests/lab/line_checks.hpp"
#include "tests/lab/phone.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::lab {

/// One thing that a caller says.
struct caller_line {
  std::string text;
  /// The sound of it, in the `spoken_format` of the line's codec.
  std::vector<std::uint8_t> audio;
  /// Says it into the agent's speech, once that has lasted so long; otherwise when the agent has finished.
  std::optional<std::chrono::milliseconds> interrupts_after;
  /// Says it without waiting for the agent.
  bool unasked = false;
};

/// A caller who says these lines, each in its turn, and then waits for the agent to say goodbye.
class scripted_caller final : public person {
 public:
  scripted_caller(std::vector<caller_line> lines, std::uint8_t silence)
      : lines_(std::move(lines)), silence_(silence) {}

  void speak(moment now, frame& out) override;
  void hear(moment now, const frame& heard, bool is_audio) override;
  bool hangs_up(moment now) override;

  /// Lines that were begun.
  std::size_t spoken() const { return next_; }

  /// When the caller said each line that interrupts, from the first sound of the line on.
  const std::vector<stretch>& interruptions() const { return interruptions_; }

  /// Of each interruption, how long the agent went on after the caller had begun.
  const std::vector<std::chrono::milliseconds>& talked_over() const { return talked_over_; }

  /// Of each line that was answered, how long its end was before the agent's next sound.
  const std::vector<std::chrono::milliseconds>& waited() const { return waited_; }

  /// Whether the agent left the caller without a word for too long.
  bool gave_up() const { return gave_up_; }

 private:
  bool begins_now(moment now) const;

  std::vector<caller_line> lines_;
  std::uint8_t silence_;
  std::size_t next_ = 0;
  // The line being said, and how much of it.
  const caller_line* saying_ = nullptr;
  std::size_t said_ = 0;
  std::size_t frames_ = 0;
  moment began_{};
  std::optional<moment> finished_;
  // The agent's sound: since when without a break, and when last.
  std::optional<moment> heard_since_;
  std::optional<moment> heard_last_;
  bool answered_ = false;
  bool interrupting_ = false;
  bool gave_up_ = false;
  std::optional<moment> up_since_;
  std::vector<stretch> interruptions_;
  std::vector<std::chrono::milliseconds> talked_over_;
  std::vector<std::chrono::milliseconds> waited_;
};

}  // namespace tandem::lab
