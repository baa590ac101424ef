#pragma once

#include "tests/lab/recognition.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// What a decoder needs to know of a language.
struct language {
  /// ARPA text.
  std::string model;
  /// Dictionary lines.
  std::string dictionary;
};

/// One pocketsphinx decoder: 16 kHz samples in, words out. One thread at a time.
class decoder {
 public:
  /// Throws std::runtime_error when the acoustic model is not installed or the language is refused.
  explicit decoder(const language& spoken);
  ~decoder();

  /// Forgets what was heard and what the line sounded like: a new stream begins.
  void restart();

  /// Decodes the next samples.
  void hear(std::span<const std::int16_t> samples);

  /// The words so far of the present segment; they may still change.
  std::vector<heard_word> guess();

  /// Ends the segment; the next one begins with the next sample.
  std::vector<heard_word> conclude();

 private:
  struct engine;
  std::vector<heard_word> words();
  std::unique_ptr<engine> engine_;
};

}  // namespace tandem::lab
