#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>

namespace tandem {

/// The whole content of a file of at most `bound` bytes, or why it cannot be had, in words.
tl::expected<std::string, std::string> read_bounded(const std::string& path, std::size_t bound);

}  // namespace tandem
