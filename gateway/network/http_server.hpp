#pragma once

#include "actors/runtime/link.hpp"
#include "gateway/network/open_body.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

class asio_loop;
struct metrics;

/// The head of a request: names are compared without regard to case, the target is split and percent-decoded.
struct request_head {
  std::string method;
  std::string path;
  /// Decoded query parameters in the order given.
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  /// The client's address, for the log.
  std::string remote;

  /// The header's value, or "".
  std::string_view header(std::string_view name) const;
  /// The first query parameter of that name, or "".
  std::string_view parameter(std::string_view name) const;
};

/// A whole request.
struct server_request {
  request_head head;
  std::string body;
};

/// An answer; Content-Length (or Transfer-Encoding), Server and Connection are added when it is sent.
struct server_answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Whether the request said who sent it, so that its connection is not among the unknown ones any more.
  bool known_peer = false;
  /// In place of `body`, one that goes on; a peer for whom there is no room among the known does not get it.
  std::shared_ptr<open_body::reader> open{};
  /// How long that will be, if it is known; a shorter one breaks the connection.
  std::optional<std::uint64_t> open_length{};
};

/// Answers one request; may be called once, from any thread, now or later. A request that is dropped without
/// an answer, or not answered within the server's deadline, gets 503.
using respond = std::function<void(server_answer)>;

/// A request to become a WebSocket, not answered yet. Dropping it unanswered refuses it with 503.
class upgrade {
 public:
  virtual ~upgrade() = default;

  virtual const request_head& head() const = 0;

  /// The loop that accepted the connection; this object's calls are made there.
  virtual asio_loop& home() = 0;

  /// Whether the connection can move to another loop (plain TCP: yes; TLS: no, its state stays where it shook
  /// hands).
  virtual bool can_move() const = 0;

  /// Answers with an HTTP error and closes.
  virtual void refuse(server_answer answer) = 0;

  /// What an accepted stream may hold, and how it counts.
  struct bounds {
    peer from = peer::telnyx;
    std::size_t write_bound = 256 * 1024;
    std::size_t message_bound = 1024 * 1024;
    /// No message and no pong for this long closes it; pings go out at half of it. 0 = never.
    std::chrono::milliseconds idle_timeout{30000};
    /// Bytes that may wait in the system as well, about; 0 = as many as it likes.
    std::size_t system_bound = 0;
  };

  /// Moves the connection to `target` (which must be `home()` when it cannot move), answers 101 and hands the
  /// open link over on `target`'s thread; nullptr when the handshake failed or passed its deadline.
  virtual void accept(asio_loop& target, const bounds& limits,
                      std::function<void(std::shared_ptr<link>)> done) = 0;
};

/// What a server does with requests; all are called on the loop that accepted the connection.
struct server_handlers {
  /// Looks at the head of a request that has a body before any of that is read: an answer refuses it, and the
  /// connection ends with it. Empty = every body is read.
  std::function<std::optional<server_answer>(const request_head&)> on_head{};
  std::function<void(server_request, respond)> on_request;
  std::function<void(std::unique_ptr<upgrade>)> on_upgrade;
};

/// Where and how a server listens.
struct server_settings {
  std::string host = "127.0.0.1";
  /// 0 = any free port.
  std::uint16_t port = 0;
  /// PEM files; both empty = plain TCP.
  std::string tls_certificate{};
  std::string tls_key{};
  /// How its connections count in the metrics.
  peer from = peer::telnyx;
  std::size_t head_bound = 16 * 1024;
  std::size_t body_bound = 1024 * 1024;
  /// For TLS, head and body of one request.
  std::chrono::milliseconds request_timeout{10000};
  /// For an idle kept connection.
  std::chrono::milliseconds keep_alive_timeout{60000};
  /// For an answer by the handler.
  std::chrono::milliseconds answer_timeout{10000};
  /// For the next piece of an open body.
  std::chrono::milliseconds silence_timeout{60000};
  /// Connections of unknown peers that may be open at once, in equal shares for the loops, one each at least;
  /// WebSockets are known once accepted. Beyond it a new one takes the place of the oldest that has its
  /// answer and stays, or else has not made its request yet, or else does not read its answer.
  std::size_t unknown_bound = 1000;
  /// Books the connection of a peer that has become known, for as long as what it gives is kept; nothing,
  /// when there is no room: then the connection ends with its answer. Empty = there is always room.
  std::function<std::shared_ptr<void>()> book_known{};
};

/// An HTTP/1.1 and WebSocket server with one acceptor per loop on a shared port.
class http_server {
 public:
  /// Binds; throws std::runtime_error that names address and reason when it cannot, or TLS files are bad.
  http_server(std::vector<asio_loop*> loops, server_settings settings, server_handlers handlers,
              metrics* families = nullptr);
  ~http_server();

  /// Begins to accept.
  void start();

  /// The port bound.
  std::uint16_t port() const;

  /// Changes `server_settings::unknown_bound`; what is open stays open. From any thread.
  void bound_unknown(std::size_t bound);

  /// Stops accepting; open connections go on. From any thread.
  void stop_accepting();

  /// Closes every connection that is not an accepted WebSocket and waits for them. Not from a loop's thread.
  void stop();

 private:
  class state;
  std::shared_ptr<state> state_;
};

}  // namespace tandem
