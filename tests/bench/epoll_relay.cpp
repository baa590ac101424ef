// The messages of the engine's calls by hand: epoll, plain sockets, one thread, and of the project nothing
// but the decoders and encoders that any program would need here. What the machine makes of this is the
// limit.

#include "tests/bench/bare_call.hpp"
#include "tests/bench/epoll/poller.hpp"
#include "tests/bench/epoll/websocket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tandem::bench {

namespace {

class relay_call;

/// What all calls share.
struct relay_home {
  poller epoll;
  relay_order order;
  std::string host;  // HOST:PORT of the providers
  sockaddr_in address{};
  std::set<std::pair<moment, relay_call*>> due;
  std::vector<relay_call*> over;
};

class relay_call final : public websocket_events, public call_lines {
 public:
  relay_call(relay_home& home, int accepted)
      : home_(home), call_(home.order.commit, *this), carrier_(home.epoll, accepted, *this) {}

  ~relay_call() {
    if (armed_for_) home_.due.erase({*armed_for_, this});
  }
  relay_call(const relay_call&) = delete;

  void tick(moment now) {
    call_.tick(now);
    settle();
  }

 private:
  void on_text(websocket& from, std::span<char> text, moment now) override {
    if (over_) return;
    if (&from == &carrier_) {
      if (!scribe_) connect();
      call_.carrier_said(text, now);
    } else if (&from == &*scribe_) {
      call_.scribe_said(text);
    } else {
      call_.speech_said(text, now);
    }
    settle();
  }

  /// Whichever connection it was: a bare call has no way back.
  void on_closed(websocket&) override {
    if (!std::exchange(over_, true)) home_.over.push_back(this);
  }

  std::string& message(line to) override { return socket(to).message(); }
  void send(line to) override { socket(to).send(); }

  websocket& socket(line to) {
    if (to == line::carrier) return carrier_;
    return to == line::scribe ? *scribe_ : *speech_;
  }

  void connect() {
    scribe_.emplace(home_.epoll, home_.address, home_.host, scribe_target(home_.order.commit), *this);
    speech_.emplace(home_.epoll, home_.address, home_.host, speech_target(), *this);
  }

  void settle() {
    scribe_->flush();
    speech_->flush();
    carrier_.flush();
    const auto due = call_.due();
    if (due == armed_for_) return;
    if (armed_for_) home_.due.erase({*armed_for_, this});
    if (due) home_.due.emplace(*due, this);
    armed_for_ = due;
  }

  relay_home& home_;
  bare_call call_;
  websocket carrier_;
  std::optional<websocket> scribe_;
  std::optional<websocket> speech_;
  std::optional<moment> armed_for_;
  bool over_ = false;
};

/// Takes calls on a port of 127.0.0.1.
class relay_door final : public polled {
 public:
  explicit relay_door(relay_home& home)
      : home_(home), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (!socket_.is_open() || bind(socket_.number(), generic, size) != 0 ||
        listen(socket_.number(), SOMAXCONN) != 0 || getsockname(socket_.number(), generic, &size) != 0)
      fail("no port");
    port_ = ntohs(address.sin_port);
    home_.epoll.add(socket_.number(), EPOLLIN, *this);
  }

  std::uint16_t port() const { return port_; }

  void ready(std::uint32_t, moment) override {
    for (;;) {
      const auto accepted = accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted >= 0) {
        auto call = std::make_unique<relay_call>(home_, accepted);
        auto* const key = call.get();
        calls_.emplace(key, std::move(call));
      } else if (errno == EAGAIN) {
        return;
      } else if (errno != EINTR && errno != ECONNABORTED) {
        fail("cannot accept");
      }
    }
  }

  void bury() {
    for (auto* const each : home_.over) calls_.erase(each);
    home_.over.clear();
  }

 private:
  relay_home& home_;
  descriptor socket_;
  std::uint16_t port_ = 0;
  std::unordered_map<relay_call*, std::unique_ptr<relay_call>> calls_;
};

/// SIGTERM as an event.
class stop_signal final : public polled {
 public:
  explicit stop_signal(poller& from) : signals_(open()) {
    if (!signals_.is_open()) fail("no signals");
    from.add(signals_.number(), EPOLLIN, *this);
  }

  bool has_come() const { return come_; }
  void ready(std::uint32_t, moment) override { come_ = true; }

 private:
  static int open() {
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, nullptr);
    return signalfd(-1, &stop, SFD_NONBLOCK | SFD_CLOEXEC);
  }

  descriptor signals_;
  bool come_ = false;
};

/// Reads `ws://ADDRESS:PORT`; throws std::runtime_error when it is something else.
void set_providers(relay_home& home) {
  home.host = home.order.providers.substr(std::string_view("ws://").size());
  const auto colon = std::min(home.host.rfind(':'), home.host.size());
  std::uint16_t port = 0;
  if (colon != home.host.size())
    std::from_chars(home.host.data() + colon + 1, home.host.data() + home.host.size(), port);
  home.address.sin_family = AF_INET;
  home.address.sin_port = htons(port);
  if (port == 0 || inet_pton(AF_INET, home.host.substr(0, colon).c_str(), &home.address.sin_addr) != 1)
    throw std::runtime_error("providers are an address such as ws://127.0.0.1:9000, not " +
                             home.order.providers);
}

void run(const relay_order& order) {
  relay_home home{.order = order};
  set_providers(home);
  stop_signal stop(home.epoll);
  relay_door door(home);
  std::printf("engine listening carrier=127.0.0.1:%u admin=127.0.0.1:0\n", door.port());
  std::fflush(stdout);
  while (!stop.has_come()) {
    const auto now =
        home.epoll.wait(home.due.empty() ? std::nullopt : std::optional<moment>(home.due.begin()->first));
    while (!home.due.empty() && home.due.begin()->first <= now) home.due.begin()->second->tick(now);
    door.bury();
  }
}

}  // namespace

}  // namespace tandem::bench

/// bench_epoll_relay serve PROVIDERS [--commit=local|vad]; ends on SIGTERM.
int main(int count, char** arguments) {
  const auto order = tandem::bench::read_order(count, arguments);
  if (!order) return 2;
  try {
    tandem::bench::run(*order);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_epoll_relay: %s\n", failure.what());
    return 1;
  }
  return 0;
}
