#pragma once

#include "tests/lab/load/server_frames.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::lab {

class media_socket;

/// Hears what becomes of a media socket, from inside of its `ready`.
class media_socket_events {
 public:
  virtual void on_open(media_socket& from) = 0;
  virtual void on_message(media_socket& from, server_frames::kind what, std::string_view payload) = 0;
  /// The end, once; `status` is that of a refused upgrade, otherwise 0.
  virtual void on_end(media_socket& from, unsigned status, std::string_view why) = 0;

 protected:
  ~media_socket_events() = default;
};

/// A WebSocket client on a plain socket under epoll: nothing but what the carrier's side of load needs, so
/// that it can also break every rule.
class media_socket {
 public:
  /// Begins to connect to a `ws://HOST:PORT/PATH` of this machine; throws std::runtime_error when that cannot
  /// even begin.
  media_socket(int epoll, const std::string& url, media_socket_events& events);
  ~media_socket();
  media_socket(const media_socket&) = delete;

  /// Epoll said that it is ready for this.
  void ready(std::uint32_t what);

  /// Sends whole frames; false when the connection has ended, or the peer has not read for a mebibyte.
  bool send(std::string_view frames);

  /// Stops and resumes reading.
  void read(bool wanted);

  /// Ends the connection: at once, or with a reset.
  void drop(bool reset = false);

  bool is_open() const { return state_ == state::open; }
  bool has_ended() const { return state_ == state::ended; }

 private:
  enum class state : std::uint8_t { connecting, upgrading, open, ended };

  void receive();
  void take(std::string_view bytes);
  void upgraded();
  void flush();
  void watch();
  void end(unsigned status, std::string_view why);

  int epoll_;
  int socket_ = -1;
  media_socket_events& events_;
  state state_ = state::connecting;
  bool reading_ = true;
  std::uint32_t watched_ = 0;
  std::string host_;
  std::string path_;
  std::string answer_;  // of the upgrade
  std::string out_;     // what the system has not taken
  std::size_t written_ = 0;
  server_frames frames_;
};

}  // namespace tandem::lab
