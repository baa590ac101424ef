#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::bench {

/// Which end of a WebSocket this is: a client masks what it sends, a server does not (RFC 6455, 5.3).
enum class role : std::uint8_t { server, client };

enum class opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// RFC 6455, 7.4.1.
inline constexpr std::uint16_t normal_closure = 1000;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t message_too_big = 1009;

/// Makes frames where they are to be sent from: `begin`, then the payload is appended, then `end`.
class frame_writer {
 public:
  explicit frame_writer(role mine) : mine_(mine) {}

  void begin(std::string& out);
  void end(std::string& out, opcode what = opcode::text);

 private:
  role mine_;
  std::size_t begin_ = 0;
};

/// Hears what a `frame_reader` finds.
class frame_events {
 public:
  /// A whole text message, in place unless it came in pieces; the hearer's to change.
  virtual void on_text(std::span<char> text) = 0;
  virtual void on_control(opcode what, std::string_view payload) = 0;

 protected:
  ~frame_events() = default;
};

/// Cuts what a socket reads into messages.
class frame_reader {
 public:
  /// Of the end that reads; `most` is the largest message in bytes.
  frame_reader(role mine, std::size_t most) : mine_(mine), most_(most) {}

  /// Takes the next bytes, which are changed; 0, or the code to close with when they are no frames that a
  /// peer may send.
  std::uint16_t take(std::span<char> bytes, frame_events& events);

 private:
  struct frame {
    opcode what = opcode::text;
    bool final = true;
    std::array<char, 4> mask{};
    std::size_t head = 0;
    std::size_t payload = 0;
  };

  std::size_t cut(std::span<char> bytes, frame_events& events);
  std::optional<frame> head_of(std::span<const char> bytes);
  void hear(const frame& one, std::span<char> payload, frame_events& events);
  bool is_allowed(const frame& one) const;

  role mine_;
  std::size_t most_;
  std::uint16_t fault_ = 0;
  std::string rest_;         // the beginning of a frame
  std::size_t wanted_ = 0;   // bytes of the whole frame, as far as is known
  std::string fragments_;    // the message so far
  bool fragmented_ = false;  // there is one
};

}  // namespace tandem::bench
