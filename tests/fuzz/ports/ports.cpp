#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "protocols/telnyx/media.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <spdlog/spdlog.h>

using namespace tandem;

namespace {

struct quiet_config : caf::actor_system_config {
  quiet_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
  }
};

/// A stream that reads what comes as the carrier's events and says each of them back.
struct reader final : link_events {
  explicit reader(std::shared_ptr<tandem::link> accepted) : stream(std::move(accepted)) {}
  void on_text(std::span<char> text) override {
    stream->send({text.data(), text.size()});
    if (auto event = telnyx::decode_event(text); !event && text.size() > 100)
      stream->close(1008, "not an event");
  }
  void on_closed(const link_closed&) override;

  std::shared_ptr<tandem::link> stream;
};

// On the one loop.
std::set<std::unique_ptr<reader>, std::less<>> readers;

void reader::on_closed(const link_closed&) {
  std::erase_if(readers, [this](const auto& each) { return each.get() == this; });
}

/// The server as a process has it: sockets, a loop with its thread, both kinds of handlers.
struct door {
  door() {
    spdlog::set_level(spdlog::level::off);
    home.start();
    server.start();
  }

  void upgrade_to(std::unique_ptr<upgrade> asked) {
    if (!asked->head().path.starts_with("/media/")) return asked->refuse({.status = 403});
    auto& where = asked->home();
    asked->accept(where, {.message_bound = 64 * 1024}, [](std::shared_ptr<tandem::link> stream) {
      if (!stream) return;
      auto made = std::make_unique<reader>(stream);
      auto* const events = made.get();
      readers.insert(std::move(made));
      stream->start(*events);
    });
  }

  quiet_config config;
  caf::actor_system system{config};
  asio_loop home{system, 0, [](std::chrono::duration<double>) {}};
  http_server server{
      {&home},
      {.head_bound = 4096, .body_bound = 16384, .request_timeout = std::chrono::seconds(2)},
      {.on_request =
           [](server_request request, const respond& answer) {
             if (request.head.path == "/drop") return;
             answer({.body = request.head.path + request.body});
           },
       .on_upgrade = [this](std::unique_ptr<upgrade> asked) { upgrade_to(std::move(asked)); }}};
};

constexpr std::string_view handshake =
    "GET /media/a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Connects, also where libFuzzer's own alarm interrupts it, which leaves the connection to come about by
/// itself.
bool reach(int socket, const sockaddr_in& to) {
  if (connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return true;
  if (errno != EINTR) return false;
  pollfd writable{socket, POLLOUT, 0};
  int ready = 0;
  while ((ready = poll(&writable, 1, 10'000)) < 0 && errno == EINTR) {
  }
  int error = 0;
  socklen_t size = sizeof error;
  return ready == 1 && getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

/// A connection of its own from an address of its own, since each leaves its port behind for a minute.
int knock(std::uint16_t port) {
  static std::uint32_t last = 0;
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{}, to{};
  from.sin_family = to.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(0x7f010001 + ++last % 0xf00000);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(port);
  // A server that does not end the conversation within ten seconds hangs.
  const timeval patience{10, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (bind(socket, reinterpret_cast<sockaddr*>(&from), sizeof from) != 0 || !reach(socket, to)) std::abort();
  return socket;
}

void say(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;  // libFuzzer's own alarm
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

}  // namespace

// Whatever bytes come over a socket, as HTTP or on an open WebSocket, in one piece or two: the server ends
// the conversation, and answers the next client.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& door = *new struct door;
  if (size < 2) return 0;
  const bool open = (data[0] & 1) != 0;
  std::string bytes(open ? handshake : "");
  bytes.append(reinterpret_cast<const char*>(data + 2), size - 2);
  const auto split = std::min(bytes.size(), std::size_t{data[1]} * bytes.size() / 255);

  const int socket = knock(door.server.port());
  say(socket, std::string_view(bytes).substr(0, split));
  say(socket, std::string_view(bytes).substr(split));
  shutdown(socket, SHUT_WR);
  char block[4096];
  ssize_t got = 0;
  std::string answer;
  while ((got = recv(socket, block, sizeof block, 0)) > 0 || (got < 0 && errno == EINTR)) {
    if (got > 0 && answer.size() < 64) answer.append(block, static_cast<std::size_t>(got));
  }
  if (got < 0 && errno != ECONNRESET) std::abort();
  close(socket);
  if (!answer.empty() && !answer.starts_with("HTTP/1.1 ")) std::abort();
  return 0;
}
