#include "tests/lab/lab_loop.hpp"

#include <arpa/inet.h>
#include <exception>
#include <future>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/all.hpp>

namespace tandem::lab {

lab_loops::quiet_config::quiet_config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
}

lab_loops::lab_loops(std::size_t count) {
  for (std::size_t index = 0; index < count; ++index) {
    loops_.push_back(std::make_unique<asio_loop>(system_, index));
    all_.push_back(loops_.back().get());
    loops_.back()->start();
  }
}

lab_loops::~lab_loops() {
  for (auto& each : loops_) each->stop();
}

void lab_loops::run(const std::function<void()>& call) {
  std::promise<void> done;
  first().post([&] {
    try {
      call();
      done.set_value();
    } catch (...) {
      done.set_exception(std::current_exception());
    }
  });
  done.get_future().get();
}

reserved_port::reserved_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  // With SO_REUSEADDR too the engine sees that nobody listens here.
  if (socket_ < 0 || setsockopt(socket_, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      bind(socket_, generic, size) != 0 || getsockname(socket_, generic, &size) != 0) {
    if (socket_ >= 0) close(socket_);
    throw std::runtime_error("no free port on 127.0.0.1");
  }
  number_ = ntohs(address.sin_port);
}

reserved_port::~reserved_port() { close(socket_); }

}  // namespace tandem::lab
