#include "tests/gateway/network/raw_socket.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace tandem::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void limit_waits(int socket) {
  timeval limit{patience.count(), 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

std::string upgrade_request(std::string_view path) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

std::string masked_frame(unsigned opcode, std::string_view payload, bool last) {
  constexpr std::string_view mask = "\x12\x34\x56\x78";
  std::string frame(1, static_cast<char>(opcode | (last ? 0x80U : 0U)));
  frame += static_cast<char>(payload.size() | 0x80U);
  frame += mask;
  for (std::size_t at = 0; at < payload.size(); ++at) {
    frame += static_cast<char>(payload[at] ^ mask[at % 4]);
  }
  return frame;
}

raw_client::raw_client() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  limit_waits(socket_);
  const int at_once = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
}

void raw_client::connect(std::uint16_t port) {
  const auto address = loopback(port);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("raw client cannot connect");
  }
}

raw_client::~raw_client() {
  if (socket_ >= 0) ::close(socket_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_client::shut_down() { ::shutdown(socket_, SHUT_WR); }

void raw_client::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  ::close(socket_);
  socket_ = -1;
}

std::string raw_client::read_until(std::string_view text) {
  std::string all;
  char chunk[4096];
  while (all.find(text) == std::string::npos) {
    const auto count = ::recv(socket_, chunk, sizeof chunk, 0);
    if (count <= 0) break;
    all.append(chunk, static_cast<std::size_t>(count));
  }
  return all;
}

std::optional<std::string> raw_client::read_all() {
  std::string all;
  char chunk[4096];
  for (;;) {
    const auto count = ::recv(socket_, chunk, sizeof chunk, 0);
    if (count == 0 || (count < 0 && errno == ECONNRESET)) return all;
    if (count < 0) return std::nullopt;
    all.append(chunk, static_cast<std::size_t>(count));
  }
}

deaf_listener::deaf_listener(bool listening) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  limit_waits(socket_);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      (listening && ::listen(socket_, 16) != 0) ||
      ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("listener cannot listen");
  }
  port_ = ntohs(address.sin_port);
}

deaf_listener::~deaf_listener() { ::close(socket_); }

int deaf_listener::accept() {
  const auto accepted = ::accept(socket_, nullptr, nullptr);
  if (accepted >= 0) limit_waits(accepted);
  return accepted;
}

}  // namespace tandem::test
