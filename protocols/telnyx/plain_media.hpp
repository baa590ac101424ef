#pragma once

#include "protocols/telnyx/media.hpp"

#include <optional>
#include <span>

namespace tandem::telnyx {

/// Reads a `media` frame of the plain kind that carriers send fifty times a second: printable ASCII without
/// escapes, strings and whole numbers only, no member twice. What it reads is what `decode_event` reads in
/// the same text, its payload likewise decoded over the text. Nothing, and an untouched text, for every other
/// text.
std::optional<tl::expected<media, json::fault>> read_plain_media(std::span<char> text);

}  // namespace tandem::telnyx
