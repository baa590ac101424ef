#pragma once

#include "protocols/moment.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem {

class loop;

/// Who is at the other end of a connection, as the `peer` label of metrics says it.
enum class peer : std::uint8_t { telnyx, scribe, speech, agent, store, admin, events, node };

/// How a link ended.
struct link_closed {
  /// The peer's WebSocket close code; 0 when it sent none (a failed connect, a reset, a timeout, our own
  /// close).
  std::uint16_t code = 0;
  /// What happened, in words for the log: the close reason, the HTTP status of a refused upgrade, the
  /// system's error.
  std::string reason{};
  /// The HTTP status of a refused upgrade; 0 when there was none.
  unsigned http_status = 0;
  /// Whether it had been open.
  bool was_open = false;
};

/// What a link tells its owner; always on the owner's loop, never from inside a call of the owner's.
class link_events {
 public:
  /// The connection is open; for an accepted stream right after `start`.
  virtual void on_open() {}

  /// One text message. The text is the reader's to change until it returns; a byte beyond it is writable.
  virtual void on_text(std::span<char> text) = 0;

  /// One binary message; false when the owner takes none, and then the link closes itself with 1003.
  virtual bool on_binary(std::span<char> /*bytes*/) { return false; }

  /// What was queued has gone out down to half the bound, after a `send` had answered false.
  virtual void on_writable() {}

  /// The end, once; no other event follows.
  virtual void on_closed(const link_closed& how) = 0;

 protected:
  ~link_events() = default;
};

/// One WebSocket as an actor sees it: messages both ways. All calls on its loop; all return at once.
/// Destruction drops the connection: a pending connect is cancelled, and no event follows.
class link {
 public:
  virtual ~link() = default;

  /// Begins to report to `events`, which must outlive the link; again for another owner, to whom it is said
  /// again that the link is open, or that it has ended.
  virtual void start(link_events& events) = 0;

  /// Queues one text message. False when the queue has passed its bound: it was still taken, but nothing more
  /// should come until `on_writable`; at twice the bound the link closes itself.
  virtual bool send(std::string_view text) = 0;

  /// The same for one binary message.
  virtual bool send_binary(std::string_view bytes) = 0;

  /// Bytes queued and not yet with the system.
  virtual std::size_t queued_bytes() const = 0;

  /// Stops and resumes reading, so that the peer's own window fills up.
  virtual void pause_reading(bool paused) = 0;

  /// Sends what is queued, then the closing handshake, with a deadline; `on_closed` follows.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// The same, and goes on with it when the link is destroyed.
  virtual void leave(std::uint16_t code, std::string_view reason) = 0;

  /// Where it lives.
  virtual loop& home() = 0;
};

/// What a connection is made from.
struct link_request {
  peer to = peer::scribe;
  /// ws:// or wss://, with path and query.
  std::string url{};
  std::vector<std::pair<std::string, std::string>> headers{};
  /// For name resolution, TCP, TLS and upgrade together.
  std::chrono::milliseconds connect_timeout{5000};
  /// Bound of the write queue in bytes.
  std::size_t write_bound = 256 * 1024;
  /// The largest message accepted.
  std::size_t message_bound = 16 * 1024 * 1024;
  /// No message and no pong for this long closes it; pings go out at half of it. 0 = never.
  std::chrono::milliseconds idle_timeout{30000};

  bool operator==(const link_request&) const = default;
};

/// Makes outgoing links.
class link_connector {
 public:
  virtual ~link_connector() = default;

  /// Starts to connect on `home`; the outcome is `on_open` or `on_closed` after `start`.
  virtual std::unique_ptr<link> connect(loop& home, const link_request& request) = 0;
};

}  // namespace tandem
