#pragma once

#include "tests/bench/epoll/frames.hpp"
#include "tests/bench/epoll/poller.hpp"

#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem::bench {

class websocket;

/// Hears what a WebSocket brings, from inside of its `ready`.
class websocket_events {
 public:
  virtual void on_text(websocket& from, std::span<char> text, moment now) = 0;

  /// The end, once: the peer's, a failure, or what was not read in time.
  virtual void on_closed(websocket& from) = 0;

 protected:
  ~websocket_events() = default;
};

/// One WebSocket on a plain socket: a read for each event, messages parsed where they were read, and one
/// write for all that was sent in between.
class websocket final : public polled, private frame_events {
 public:
  /// A peer that has not read so much ends the connection.
  static constexpr std::size_t most_unsent = std::size_t{256} * 1024;

  /// The server's end of an accepted socket, which is taken over.
  websocket(poller& from, int accepted, websocket_events& events);

  /// Begins to connect to an address that is written HOST:PORT; throws std::runtime_error when that cannot
  /// even begin.
  websocket(poller& from, const sockaddr_in& to, std::string_view host, std::string_view target,
            websocket_events& events);

  /// Where the text of the next message is to be appended.
  std::string& message();

  /// Queues what was appended. It leaves with the next `flush`, once the connection is open.
  void send();
  void flush();

  bool has_ended() const { return state_ == state::ended; }

  void ready(std::uint32_t what, moment now) override;

 private:
  enum class state : std::uint8_t { connecting, opening, open, closing, ended };

  void on_text(std::span<char> text) override;
  void on_control(opcode what, std::string_view payload) override;

  bool may_write() const { return state_ == state::open || state_ == state::closing; }
  void connected();
  void receive(bool to_the_end);
  void take(std::span<char> bytes);
  void open(std::span<char> bytes);
  std::optional<std::string> answer(std::string_view head) const;
  void close(std::string_view status);
  void end();

  descriptor socket_;
  role mine_;
  websocket_events& events_;
  state state_;
  moment now_{};      // of the event that is being told
  std::string head_;  // of the handshake, until it is whole
  std::string key_;   // a client's
  frame_reader reader_;
  frame_writer writer_;
  std::string out_;  // what the system has not taken
};

}  // namespace tandem::bench
