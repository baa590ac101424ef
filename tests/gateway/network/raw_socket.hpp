#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::test {

/// Every wait of these tests ends here; it is far beyond what any of them needs.
inline constexpr std::chrono::seconds patience{20};

/// A plain blocking TCP client that says what it is told to say.
class raw_client {
 public:
  /// Has a descriptor, and no connection yet.
  raw_client();
  explicit raw_client(std::uint16_t port) : raw_client() { connect(port); }
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void connect(std::uint16_t port);
  void send(std::string_view bytes);
  void shut_down();
  /// Ends the connection with a reset.
  void reset();
  /// Reads until the text was seen, or the end; gives all that came.
  std::string read_until(std::string_view text);
  /// Reads until the other side closes; nothing when it does not.
  std::optional<std::string> read_all();

 private:
  int socket_;
};

/// The request for a WebSocket, as a browser words it.
std::string upgrade_request(std::string_view path);

/// A client's frame with its mask; at most 125 bytes of payload.
std::string masked_frame(unsigned opcode, std::string_view payload, bool last = true);

/// A port that accepts connections in the system's queue and never answers.
class deaf_listener {
 public:
  explicit deaf_listener(bool listening = true);
  ~deaf_listener();
  deaf_listener(const deaf_listener&) = delete;
  deaf_listener& operator=(const deaf_listener&) = delete;

  std::uint16_t port() const { return port_; }
  /// The next connection's descriptor, which the caller owns.
  int accept();

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

}  // namespace tandem::test
