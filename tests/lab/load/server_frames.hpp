#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::lab {

/// Cuts what a WebSocket server sends into messages: unmasked, fragments joined, any split of the bytes.
class server_frames {
 public:
  enum class kind : std::uint8_t { text, ping, pong, close };
  using message = std::function<void(kind what, std::string_view payload)>;

  /// Takes what was read; false when it is no WebSocket any more, or a message is larger than a mebibyte.
  bool take(std::string_view bytes, const message& on_message);

 private:
  /// The bytes that the frame at the front takes; 0 when it is not whole, npos when it is none.
  std::size_t take_frame(std::string_view bytes, const message& on_message);

  std::string rest_;
  std::string fragments_;
};

/// A command of the engine as it usually spells it, without parsing; what is spelled otherwise is `other`.
struct scanned_command {
  enum class kind : std::uint8_t { media, mark, clear, other };
  kind what = kind::other;
  /// The payload in base64, or the mark's name.
  std::string_view value{};
};

scanned_command scan_command(std::string_view text);

}  // namespace tandem::lab
