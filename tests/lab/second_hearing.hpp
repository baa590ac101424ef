#pragma once

#include "tests/lab/line_checks.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace tandem::lab {

/// The words on a channel of a recording (0 = left) of 8000 or 16000 Hz, as the lab's recogniser understands
/// them, which knows those of `phrases` alone. Takes a good part of the recording's time; throws
/// std::runtime_error when it cannot.
std::vector<std::string> hear_again(const recording& line, std::size_t channel,
                                    std::span<const std::string> phrases);

/// How many words of one text are to be changed, left out or put in to make it the other.
std::size_t different_words(std::span<const std::string> one, std::span<const std::string> other);

}  // namespace tandem::lab
