#include "tests/bench/epoll/websocket.hpp"

#include "protocols/base64.hpp"
#include "tests/bench/epoll/handshake.hpp"

#include <array>
#include <cerrno>
#include <netinet/tcp.h>
#include <random>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace tandem::bench {

namespace {

constexpr std::size_t read_at_once = std::size_t{64} * 1024;
constexpr std::size_t largest_head = std::size_t{16} * 1024;
/// As large as the engine takes them.
constexpr std::size_t carrier_message = std::size_t{1024} * 1024;
constexpr std::size_t provider_message = std::size_t{16} * 1024 * 1024;
/// What a connection keeps of its memory after a backlog.
constexpr std::size_t kept_bytes = std::size_t{16} * 1024;

/// Each change once: what is ready is not asked for again, and writing needs no word to the system.
constexpr std::uint32_t all_changes = EPOLLET | EPOLLIN | EPOLLOUT | EPOLLRDHUP;
constexpr std::uint32_t nothing_follows = EPOLLRDHUP | EPOLLHUP | EPOLLERR;

std::string random_key() {
  static std::random_device source;
  std::array<std::uint8_t, 16> bytes{};
  for (auto& each : bytes) each = static_cast<std::uint8_t>(source());
  std::string out;
  base64::append(out, bytes);
  return out;
}

void send_at_once(int socket) {
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

websocket::websocket(poller& from, int accepted, websocket_events& events)
    : socket_(accepted),
      mine_(role::server),
      events_(events),
      state_(state::opening),
      reader_(mine_, carrier_message),
      writer_(mine_) {
  send_at_once(socket_.number());
  from.add(socket_.number(), all_changes, *this);
}

websocket::websocket(poller& from, const sockaddr_in& to, std::string_view host, std::string_view target,
                     websocket_events& events)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
      mine_(role::client),
      events_(events),
      state_(state::connecting),
      key_(random_key()),
      reader_(mine_, provider_message),
      writer_(mine_) {
  if (!socket_.is_open()) fail("no socket");
  send_at_once(socket_.number());
  head_ = upgrade_request(host, target, key_);
  // What fails at once is told by epoll like what fails later.
  ::connect(socket_.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
  from.add(socket_.number(), all_changes, *this);
}

std::string& websocket::message() {
  writer_.begin(out_);
  return out_;
}

void websocket::send() { writer_.end(out_); }

void websocket::ready(std::uint32_t what, moment now) {
  if (state_ == state::ended) return;
  now_ = now;
  if (state_ == state::connecting) return connected();
  if ((what & (EPOLLIN | nothing_follows)) != 0) receive((what & nothing_follows) != 0);
  if ((what & EPOLLOUT) != 0) flush();
}

void websocket::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.number(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end();
  // A new connection has room for this.
  const auto sent = ::send(socket_.number(), head_.data(), head_.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(head_.size())) return end();
  head_.clear();
  state_ = state::opening;
}

/// Reads what has come; what is less than was asked for is all of it, unless the end comes next.
void websocket::receive(bool to_the_end) {
  // One thread reads for every socket.
  static std::array<char, read_at_once> block;
  while (state_ != state::ended) {
    const auto size = ::recv(socket_.number(), block.data(), block.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return end();
    take({block.data(), static_cast<std::size_t>(size)});
    if (!to_the_end && static_cast<std::size_t>(size) < block.size()) return;
  }
}

void websocket::take(std::span<char> bytes) {
  if (state_ == state::opening) return open(bytes);
  const auto fault = reader_.take(bytes, *this);
  if (fault == 0 || state_ != state::open) return;
  const std::array<char, 2> status{static_cast<char>(fault >> 8), static_cast<char>(fault & 0xff)};
  close({status.data(), status.size()});
}

void websocket::open(std::span<char> bytes) {
  head_.append(bytes.data(), bytes.size());
  const auto size = head_end(head_);
  if (size == head_.npos && head_.size() <= largest_head) return;
  const auto answered = size == head_.npos ? std::nullopt : answer(head_.substr(0, size));
  if (!answered) return end();
  state_ = state::open;
  out_.insert(0, *answered);
  auto more = head_.substr(size);
  head_ = {};
  key_ = {};
  if (!more.empty()) take(more);
  flush();
}

/// What is to be sent first on the connection that this head of the peer's has opened; nothing when it has
/// not.
std::optional<std::string> websocket::answer(std::string_view head) const {
  if (mine_ == role::server) return answer_to(head);
  return has_opened(head, key_) ? std::optional<std::string>("") : std::nullopt;
}

void websocket::on_text(std::span<char> text) {
  if (state_ == state::open) events_.on_text(*this, text, now_);
}

void websocket::on_control(opcode what, std::string_view payload) {
  if (state_ != state::open || what == opcode::pong) return;
  if (what == opcode::close) return close(payload);
  message() += payload;
  writer_.end(out_, opcode::pong);
  flush();
}

/// Sends the last frame; the connection ends when it has left.
void websocket::close(std::string_view status) {
  message() += status;
  writer_.end(out_, opcode::close);
  state_ = state::closing;
  flush();
}

void websocket::flush() {
  if (out_.empty() || !may_write()) return;
  const auto size = ::send(socket_.number(), out_.data(), out_.size(), MSG_NOSIGNAL);
  if (size < 0 && errno != EAGAIN && errno != EINTR) return end();
  if (size > 0) out_.erase(0, static_cast<std::size_t>(size));
  if (out_.size() > most_unsent) return end();
  if (out_.empty() && out_.capacity() > kept_bytes) out_.shrink_to_fit();
  if (out_.empty() && state_ == state::closing) return end();
}

void websocket::end() {
  if (state_ == state::ended) return;
  state_ = state::ended;
  socket_.close();
  events_.on_closed(*this);
}

}  // namespace tandem::bench
