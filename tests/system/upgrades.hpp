#pragma once

#include "tests/system/plain_socket.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::test {

/// Asks for a WebSocket.
inline void ask_upgrade(plain_socket& socket, const std::string& path, const std::string& more,
                        const std::string& host) {
  socket.send("GET " + path + " HTTP/1.1\r\nHost: " + host +
              "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
              more + "\r\n");
}

/// What the engine answers to a request for a WebSocket, up to the end of its head.
inline std::string upgrade_answer(running_engine& running, const std::string& path, const std::string& more,
                                  const std::string& host = "engine.test:9090") {
  plain_socket socket(running.engine->admin_port());
  ask_upgrade(socket, path, more, host);
  std::string answer;
  for (std::string piece; answer.find("\r\n\r\n") == answer.npos && !(piece = socket.read_some()).empty();)
    answer += piece;
  return answer;
}

inline std::string status_of(const std::string& answer) {
  return answer.substr(0, std::string("HTTP/1.1 000").size());
}

/// A WebSocket on the engine's side for operators, whose messages are taken one by one.
class operator_socket {
 public:
  /// What came: a text (1), bytes (2), or the end (8), whose first two bytes are the code; 0 = it broke off.
  struct message {
    unsigned kind = 0;
    std::string content;
  };

  /// `head` is the engine's answer.
  operator_socket(running_engine& running, const std::string& path, const std::string& more = {})
      : socket_(running.engine->admin_port()) {
    ask_upgrade(socket_, path, more, "127.0.0.1");
    while (arrived_.find("\r\n\r\n") == arrived_.npos && read_more()) {
    }
    const auto end = std::min(arrived_.find("\r\n\r\n"), arrived_.size());
    head = arrived_.substr(0, end);
    arrived_.erase(0, end + 4);
  }

  message next() {
    const auto at = [this](std::size_t i) { return std::size_t{static_cast<std::uint8_t>(arrived_[i])}; };
    for (;;) {
      std::size_t size = 0;
      std::size_t begin = 2;
      if (!read_until(2)) return {};
      size = at(1) & 0x7f;
      if (size == 126) {
        begin = 4;
        if (!read_until(4)) return {};
        size = at(2) << 8 | at(3);
      }
      if (size == 127 || !read_until(begin + size)) return {};
      message out{static_cast<unsigned>(at(0) & 0x0f), arrived_.substr(begin, size)};
      arrived_.erase(0, begin + size);
      if (out.kind == 8) socket_.send("\x88\x80" + std::string(4, '\0'));
      // A ping wants its pong, masked with nothing.
      if (out.kind == 9) {
        socket_.send("\x8a" + std::string(1, static_cast<char>(0x80 | size)) + std::string(4, '\0') +
                     out.content);
      } else {
        return out;
      }
    }
  }

  /// Whoever waits for a message gets the end.
  void shut_down() { socket_.shut_down(); }

  std::string head;

 private:
  bool read_until(std::size_t size) {
    while (arrived_.size() < size) {
      if (!read_more()) return false;
    }
    return true;
  }

  bool read_more() {
    const auto piece = socket_.read_some();
    arrived_ += piece;
    return !piece.empty();
  }

  plain_socket socket_;
  std::string arrived_;
};

}  // namespace tandem::test
