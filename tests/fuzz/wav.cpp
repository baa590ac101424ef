#include "protocols/audio/wav.hpp"

#include <algorithm>
#include <cstdlib>

using namespace tandem;

/// Any file is refused or has whole frames within it, and what was found is found again in a file of our own.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::uint8_t> file(data, data + size);
  const auto found = wav::read(file);
  if (!found) return 0;
  const auto bytes = static_cast<std::uint32_t>(found->audio.size());
  if (bytes % found->layout.frame_bytes() != 0) std::abort();
  auto again = wav::header(found->layout, bytes);
  again.insert(again.end(), found->audio.begin(), found->audio.end());
  const auto back = wav::read(again);
  if (!back || back->layout != found->layout) std::abort();
  if (!std::equal(back->audio.begin(), back->audio.end(), found->audio.begin(), found->audio.end()))
    std::abort();
  return 0;
}
