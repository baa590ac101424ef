#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// One UTF-8 character of a text and when it sounds, in milliseconds from the first sample.
struct spoken_character {
  std::string text;
  std::uint32_t start_ms = 0;
  std::uint32_t duration_ms = 0;
};

/// A piece of text as mono sound; the characters' texts joined are the text, their times never go back.
struct speech {
  unsigned rate = 8000;
  std::vector<std::int16_t> samples;
  std::vector<spoken_character> characters;
};

/// Turns text into sound. Any thread; calls take as long as the work takes.
class voice {
 public:
  virtual ~voice() = default;

  /// Speaks one sentence at `rate` 8000 or 16000 Hz.
  virtual speech speak(std::string_view sentence, unsigned rate) = 0;
};

/// The voices of the two ends. Of flite's, pocketsphinx understands awb best (0.6 % of words wrong in the
/// shipped dialogue's phrases; slt 4.5 %), and rms is told from it at once.
inline constexpr std::string_view agent_voice = "rms";
inline constexpr std::string_view caller_voice = "awb";

inline constexpr std::array<std::string_view, 4> flite_voices{"awb", "kal16", "rms", "slt"};

/// One of flite's voices, 1.0 at its own pace, larger is slower; nullptr for another
/// name.
std::unique_ptr<voice> make_flite_voice(std::string_view name, float slowness = 1.0F);

/// Deterministic sound derived from the text, `milliseconds` long for each character, at next to no cost.
std::unique_ptr<voice> make_synthetic_voice(std::uint32_t milliseconds = 60);

/// The UTF-8 characters of a text; a byte that is no UTF-8 counts as one.
std::vector<std::string_view> characters_of(std::string_view text);

/// Takes the first whole sentence, with the blanks after it, off the front of `text`; empty when there is
/// none. A full stop ends a sentence only before blanks and a capital, a digit, a quote, or the end after
/// blanks.
std::string take_sentence(std::string& text);

}  // namespace tandem::lab
