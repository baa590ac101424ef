#pragma once

#include "tests/lab/worker_pool.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tandem::lab {

/// One recognised word and where it was, in milliseconds from the first sample of the stream.
struct heard_word {
  std::string text;
  std::uint32_t start_ms = 0;
  std::uint32_t end_ms = 0;
};

/// What was said in a segment; no words for silence and noise.
struct heard {
  std::string text;
  std::vector<heard_word> words;
};

/// One stream of sound on its way to text. Calls come from one thread, return at once, and are answered in
/// their order through the `post` of the stream; none is answered after destruction.
class recognition {
 public:
  using answer = std::function<void(heard)>;

  virtual ~recognition() = default;

  /// Takes the next samples; false, and they are lost, when more than 30 s wait to be decoded.
  virtual bool hear(std::span<const std::int16_t> samples) = 0;

  /// Tells what the present segment holds so far; a question that is not yet answered is not asked twice.
  virtual void guess(answer told) = 0;

  /// Ends the present segment behind the last sample and tells what it held.
  virtual void conclude(answer told) = 0;
};

/// Opens streams. Any thread.
class recogniser {
 public:
  virtual ~recogniser() = default;

  /// A new stream of mono samples at `rate` 8000 or 16000 Hz; nullptr when there are as many as can be.
  virtual std::unique_ptr<recognition> open(unsigned rate, post_function post) = 0;
};

/// Real recognition of what is made of the words of `phrases`, on the threads of `workers`, which must
/// outlive its streams. Throws std::runtime_error that names the words without a pronunciation, or what is
/// not installed.
std::unique_ptr<recogniser> make_sphinx_recogniser(std::span<const std::string> phrases, worker_pool& workers,
                                                   std::size_t max_streams = 16);

/// Every stream hears the `lines` in their order, one for each segment that is not silent, and again from the
/// first.
std::unique_ptr<recogniser> make_scripted_recogniser(std::vector<std::string> lines);

}  // namespace tandem::lab
