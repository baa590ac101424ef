#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <doctest/doctest.h>

namespace tandem::test {

/// A TCP connection to a port of this machine that says only what it is told to say.
class plain_socket {
 public:
  explicit plain_socket(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~plain_socket() { ::close(socket_); }
  plain_socket(const plain_socket&) = delete;
  plain_socket& operator=(const plain_socket&) = delete;

  void send(std::string_view bytes) {
    // The peer may well close before it has read everything.
    [[maybe_unused]] auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  /// What comes next; nothing when the peer has closed.
  std::string read_some() {
    std::string piece(4096, '\0');
    const auto size = recv(socket_, piece.data(), piece.size(), 0);
    piece.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return piece;
  }

  /// Ends the connection; whoever reads is told.
  void shut_down() { ::shutdown(socket_, SHUT_RDWR); }

  /// Reads until the peer closes or says nothing for twenty seconds.
  std::string read_all() {
    timeval limit{20, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string all;
    char block[4096];
    for (ssize_t size = 0; (size = recv(socket_, block, sizeof block, 0)) > 0;)
      all.append(block, static_cast<std::size_t>(size));
    return all;
  }

 private:
  int socket_;
};

}  // namespace tandem::test
