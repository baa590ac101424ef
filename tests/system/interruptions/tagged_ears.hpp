#pragma once

#include "tests/lab/load/frame_tag.hpp"
#include "tests/lab/recognition.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace tandem::test {

/// The n-th thing that a caller says, which the echo answers with: a few sentences, the same for the same
/// seed. Each sentence begins with another letter than those before it, so that they can be told apart by
/// sound.
std::string saying(std::uint64_t seed, std::uint32_t call, std::uint32_t n);

/// Frames of what is said carry its number as their tag's sound; with this bit its words are known late.
inline constexpr std::uint16_t known_late = 0x8000;
/// So many frames late.
inline constexpr std::uint32_t late_frames = 25;

/// A recogniser that goes by the tags of frames: they tell which `saying` it is, whatever it sounds like.
std::shared_ptr<lab::recogniser> make_tagged_ears(std::uint64_t seed);

}  // namespace tandem::test
