#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/metrics.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/network/connection_count.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace tandem {

/// What a link may hold, how long it may be silent, and how it counts.
struct link_limits {
  peer to = peer::scribe;
  std::size_t write_bound = 256 * 1024;
  std::size_t message_bound = 1024 * 1024;
  /// 0 = it may be silent for ever.
  std::chrono::milliseconds idle_timeout{30000};
  /// Bytes that may wait in the system as well, about; 0 = as many as it likes.
  std::size_t system_bound = 0;
};

/// What of a WebSocket does not depend on its stream: the owner's side, queue, deadlines and end.
///
/// Handlers of pending operations share it with the link that the owner holds; when the owner lets go, it
/// closes its socket, and the last handler destroys it.
class link_session : public std::enable_shared_from_this<link_session> {
 public:
  link_session(asio_loop& home, const link_limits& limits, metrics* families);
  virtual ~link_session();

  asio_loop& home() { return home_; }
  std::size_t queued_bytes() const { return queued_; }

  /// The calls of `link`.
  void start(link_events& events);
  bool send(std::string_view message, bool is_text);
  void pause_reading(bool paused);
  void close(std::uint16_t code, std::string_view reason);
  void leave(std::uint16_t code, std::string_view reason);

  /// The owner is gone: closes the socket, unless it left, and forgets it.
  void detach();

 protected:
  /// Begin one operation each; its handler calls the function of that name with `_done`.
  virtual void read() = 0;
  virtual void write(std::string_view message, bool is_text) = 0;
  virtual void ping() = 0;
  virtual void shake_off(std::uint16_t code, std::string_view reason) = 0;

  /// Closes the socket, so that every pending operation ends; also while connecting.
  virtual void drop() noexcept = 0;

  /// The message that was read, with one more writable byte; valid until `forget_message`.
  virtual std::span<char> message() = 0;
  virtual void forget_message() = 0;

  /// How the peer closed, when it did.
  virtual link_closed peer_reason() const = 0;

  /// An outgoing connection opens within `limit` or ends.
  void expect_open(std::chrono::milliseconds limit);
  void opened();
  void read_done(const boost::system::error_code& error, bool is_text);
  void write_done(const boost::system::error_code& error);
  void ping_done() { pinging_ = false; }
  void shake_off_done();
  /// A control frame came; `closing` if it was the peer's close, whose handshake now has a deadline.
  void heard(bool closing);

  /// The end: `on_closed` follows. Only the first call counts.
  void end(link_closed how, std::optional<connection_failure> why = std::nullopt);
  void end(const boost::system::error_code& error, std::string_view during);

  bool ended() const { return state_ == state::ended; }
  const link_limits& limits() const { return limits_; }

 private:
  enum class state : std::uint8_t { connecting, open, closing, ended };

  struct outgoing {
    std::string message;
    bool is_text = true;
  };

  template <class Event>
  void tell(Event&& event);
  void begin();
  void report();
  void deliver();
  void read_next();
  void write_next();
  void close_as(std::uint16_t code, std::string_view frame_reason, std::string reason);
  void shake_off_next();
  void watch_silence();
  void note_heard();
  void count_queued(std::ptrdiff_t bytes);
  void release();

  asio_loop& home_;
  link_limits limits_;
  counted_object object_{link_count};
  counted_connection connection_;
  link_events* events_ = nullptr;
  state state_ = state::connecting;
  bool begun_ = false;
  bool told_open_ = false;
  bool was_open_ = false;
  bool paused_ = false;
  bool held_ = false;
  /// Of the message that was read last.
  bool is_text_ = true;
  bool reading_ = false;
  bool writing_ = false;
  bool peer_closing_ = false;
  bool shaking_off_ = false;
  bool leaving_ = false;
  bool pinging_ = false;
  bool pinged_ = false;
  bool full_ = false;
  std::deque<outgoing> queue_;
  std::string spare_;
  std::size_t queued_ = 0;
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  link_closed outcome_;
  moment last_heard_;
  timer deadline_;
  timer silence_;
};

/// The link an owner holds: its session's calls, and the end of it on destruction, which may happen on any
/// thread: a message that carries it may be dropped on another loop.
class session_link final : public link {
 public:
  explicit session_link(std::shared_ptr<link_session> session) : session_(std::move(session)) {}
  ~session_link() override {
    auto& home = session_->home();
    home.here() ? session_->detach() : home.post([session = session_] { session->detach(); });
  }
  session_link(const session_link&) = delete;
  session_link& operator=(const session_link&) = delete;

  void start(link_events& events) override { session_->start(events); }
  bool send(std::string_view text) override { return session_->send(text, true); }
  bool send_binary(std::string_view bytes) override { return session_->send(bytes, false); }
  std::size_t queued_bytes() const override { return session_->queued_bytes(); }
  void pause_reading(bool paused) override { session_->pause_reading(paused); }
  void close(std::uint16_t code, std::string_view reason) override { session_->close(code, reason); }
  void leave(std::uint16_t code, std::string_view reason) override { session_->leave(code, reason); }
  loop& home() override { return session_->home(); }

 private:
  std::shared_ptr<link_session> session_;
};

/// What kind of failure a socket's error is.
connection_failure failure_of(const boost::system::error_code& error);

}  // namespace tandem
