#include "tests/lab/load/media_socket.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tandem::lab {

namespace {

constexpr std::size_t most_unsent = std::size_t{1024} * 1024;
constexpr std::size_t most_answer = std::size_t{16} * 1024;

sockaddr_in address_of(std::string_view host) {
  const auto colon = host.rfind(':');
  std::uint16_t port = 80;
  if (colon != host.npos) std::from_chars(host.data() + colon + 1, host.data() + host.size(), port);
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  const std::string name(host.substr(0, colon));
  if (inet_pton(AF_INET, name.c_str(), &out.sin_addr) != 1) {
    throw std::runtime_error("load talks to addresses such as 127.0.0.1:8080, not to " + std::string(host));
  }
  return out;
}

}  // namespace

media_socket::media_socket(int epoll, const std::string& url, media_socket_events& events)
    : epoll_(epoll), events_(events) {
  constexpr std::string_view scheme = "ws://";
  if (!url.starts_with(scheme)) throw std::runtime_error("load has no TLS on the carrier's side: " + url);
  const auto slash = std::min(url.find('/', scheme.size()), url.size());
  host_ = url.substr(scheme.size(), slash - scheme.size());
  path_ = slash == url.size() ? "/" : url.substr(slash);
  const auto address = address_of(host_);
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket_ < 0) throw std::runtime_error(std::string("no socket: ") + std::strerror(errno));
  int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // What fails at once is told by epoll like what fails later.
  ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  watched_ = EPOLLIN | EPOLLOUT | EPOLLRDHUP;
  epoll_event event{.events = watched_, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
}

media_socket::~media_socket() {
  if (socket_ >= 0) close(socket_);
}

void media_socket::ready(std::uint32_t what) {
  if (state_ == state::ended) return;
  if (state_ == state::connecting) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return end(0, std::strerror(error));
    if ((what & EPOLLOUT) == 0) return;
    state_ = state::upgrading;
    out_ = "GET " + path_ + " HTTP/1.1\r\nHost: " + host_ +
           "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  }
  const auto wanted = reading_ ? EPOLLIN | EPOLLHUP | EPOLLERR : EPOLLHUP | EPOLLERR;
  if ((what & wanted) != 0) receive();
  // What is not read cannot tell that nothing follows.
  if (!reading_ && (what & EPOLLRDHUP) != 0) return end(0, "closed by the engine");
  if (state_ != state::ended) flush();
}

void media_socket::receive() {
  // One thread reads for every socket.
  thread_local std::array<char, 64UL * 1024> block;
  const auto size = ::recv(socket_, block.data(), block.size(), 0);
  if (size > 0) return take({block.data(), static_cast<std::size_t>(size)});
  if (size == 0) return end(0, "closed by the engine");
  if (errno != EAGAIN && errno != EINTR) end(0, std::strerror(errno));
}

void media_socket::take(std::string_view bytes) {
  if (state_ == state::upgrading) {
    answer_ += bytes;
    return upgraded();
  }
  const auto fine = frames_.take(bytes, [this](server_frames::kind what, std::string_view payload) {
    if (state_ == state::open) events_.on_message(*this, what, payload);
  });
  if (!fine) end(0, "the engine does not speak WebSocket");
}

void media_socket::upgraded() {
  const auto head = answer_.find("\r\n\r\n");
  if (head == answer_.npos) {
    if (answer_.size() > most_answer) end(0, "no answer to the upgrade");
    return;
  }
  unsigned status = 0;
  if (answer_.starts_with("HTTP/1.1 ")) std::from_chars(answer_.data() + 9, answer_.data() + 12, status);
  if (status != 101) return end(status, "upgrade refused with status " + std::to_string(status));
  state_ = state::open;
  const auto more = answer_.substr(head + 4);
  answer_.clear();
  answer_.shrink_to_fit();
  events_.on_open(*this);
  if (!more.empty() && state_ == state::open) take(more);
}

bool media_socket::send(std::string_view frames) {
  if (state_ != state::open) return false;
  if (out_.empty()) {
    const auto size = ::send(socket_, frames.data(), frames.size(), MSG_NOSIGNAL);
    if (size == static_cast<ssize_t>(frames.size())) return true;
    if (size < 0 && errno != EAGAIN) {
      end(0, std::strerror(errno));
      return false;
    }
    frames.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
  }
  if (out_.size() - written_ + frames.size() > most_unsent) return false;
  out_ += frames;
  watch();
  return true;
}

void media_socket::flush() {
  while (written_ < out_.size()) {
    const auto size = ::send(socket_, out_.data() + written_, out_.size() - written_, MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) return end(0, std::strerror(errno));
    if (size < 0) break;
    written_ += static_cast<std::size_t>(size);
  }
  if (written_ == out_.size()) {
    out_.clear();
    written_ = 0;
  }
  watch();
}

void media_socket::read(bool wanted) {
  reading_ = wanted;
  if (state_ != state::ended) watch();
}

void media_socket::watch() {
  const auto wanted = EPOLLRDHUP | (reading_ ? EPOLLIN : 0U) | (out_.empty() ? 0U : EPOLLOUT);
  if (wanted == watched_) return;
  watched_ = wanted;
  epoll_event event{.events = wanted, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, socket_, &event);
}

void media_socket::drop(bool reset) {
  if (socket_ < 0) return;
  if (reset) {
    linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  close(socket_);
  socket_ = -1;
  state_ = state::ended;
}

void media_socket::end(unsigned status, std::string_view why) {
  if (state_ == state::ended) return;
  const std::string reason(why);
  drop();
  events_.on_end(*this, status, reason);
}

}  // namespace tandem::lab
