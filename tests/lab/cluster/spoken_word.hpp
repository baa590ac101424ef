#pragma once

#include "tests/lab/load/frame_tag.hpp"
#include "tests/lab/playout_queue.hpp"

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// A word of an agent's reply that says itself what it is; as text `c12t3h4w5`.
struct spoken_word {
  std::uint32_t call = 0;
  /// Which of the caller's turns it answers, and how many of them the model was told of; below 256.
  std::uint32_t turn = 0;
  std::uint32_t history = 0;
  /// Its place in the reply, from 0; below 256.
  std::uint32_t n = 0;

  auto operator<=>(const spoken_word&) const = default;
};

/// Frames of 20 ms that a word lasts.
inline constexpr std::uint32_t word_frames = 8;

std::string to_text(const spoken_word& word);

/// The word that the text begins with, whatever stands behind it.
std::optional<spoken_word> read_spoken_word(std::string_view text);

/// The words in a text, in order.
std::vector<spoken_word> spoken_words(std::string_view text);

/// The n-th 20 ms of a word: noise with a tag.
frame sound_of(const spoken_word& word, std::uint32_t n);

/// The word that a frame of an agent belongs to.
spoken_word word_of(const frame_tag& tag);

/// The caller's turns that a text tells of (see `naming_text`), each once, in order.
std::vector<std::uint32_t> named_turns(std::string_view text);

/// Finds tags in audio that is cut anywhere.
class tag_reader {
 public:
  void take(std::span<const std::uint8_t> bytes, const std::function<void(const frame_tag&)>& on_tag);
  /// What comes next has nothing to do with what came.
  void forget() { rest_.clear(); }

 private:
  std::vector<std::uint8_t> rest_;
};

}  // namespace tandem::lab
