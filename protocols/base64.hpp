#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// RFC 4648: the standard alphabet with padding for audio, the URL-safe one without padding for tokens.
namespace tandem::base64 {

/// Characters that `append` adds for so many bytes.
constexpr std::size_t encoded_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

/// Bytes that a text of so many characters holds at most; the room `decode` wants when it cannot know better.
constexpr std::size_t decoded_bound(std::size_t characters) { return characters / 4 * 3 + 3; }

/// Appends the padded standard encoding of `bytes`.
void append(std::string& out, std::span<const std::uint8_t> bytes);

/// Appends the padded standard encoding of a text's bytes.
void append(std::string& out, std::string_view text);

/// Decodes padded standard base64 into `out`, which may be the text's own memory; the number of bytes, or
/// nothing when `out` is too small or the text is not canonical: wrong length, alphabet or padding, or stray
/// bits.
std::optional<std::size_t> decode(std::string_view text, std::span<std::uint8_t> out);

/// The bytes of padded standard base64 as a text of its own, or nothing as `decode` says.
std::optional<std::string> decoded_text(std::string_view text);

/// Appends the unpadded URL-safe encoding of `bytes`.
void append_url(std::string& out, std::span<const std::uint8_t> bytes);

/// Decodes unpadded URL-safe base64, as strict as `decode`.
std::optional<std::size_t> decode_url(std::string_view text, std::span<std::uint8_t> out);

}  // namespace tandem::base64
