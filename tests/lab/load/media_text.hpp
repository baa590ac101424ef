#pragma once

#include "tests/lab/load/sound_book.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::lab {

/// Appends a WebSocket text frame as a client sends it; the mask is zero, so that the text stands there as it
/// is.
void append_client_frame(std::string& out, std::string_view text, std::uint8_t opcode = 1);

/// The media frames of one call as the carrier sends them, WebSocket framing included. All but counters and
/// tag is made once.
class media_text {
 public:
  explicit media_text(std::string_view stream_id);

  /// The frame that carries a tagged sound; good until the next one.
  std::string_view frame_of(std::uint64_t sequence, std::uint64_t chunk, const sound_book& book,
                            const frame_tag& tag);

 private:
  std::string stream_;
  std::string out_;
};

}  // namespace tandem::lab
