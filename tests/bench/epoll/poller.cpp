#include "tests/bench/epoll/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <unistd.h>

namespace tandem::bench {

namespace {

constexpr int events_at_once = 256;

/// Rounded up, so that what is due is not waited for twice.
int milliseconds_until(std::optional<moment> due) {
  if (!due) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
}

}  // namespace

void fail(const char* what) { throw std::runtime_error(std::string(what) + ": " + std::strerror(errno)); }

void descriptor::close() {
  if (is_open()) ::close(number_);
  number_ = -1;
}

poller::poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail("no epoll");
}

poller::~poller() { close(epoll_); }

void poller::add(int descriptor, std::uint32_t events, polled& who) {
  epoll_event event{.events = events, .data = {.ptr = &who}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) fail("epoll");
}

moment poller::wait(std::optional<moment> due) {
  std::array<epoll_event, events_at_once> events;
  const auto count = epoll_wait(epoll_, events.data(), events_at_once, milliseconds_until(due));
  if (count < 0 && errno != EINTR) fail("epoll");
  const auto now = std::chrono::steady_clock::now();
  for (int n = 0; n < count; ++n) {
    const auto& one = events[static_cast<std::size_t>(n)];
    static_cast<polled*>(one.data.ptr)->ready(one.events, now);
  }
  return now;
}

}  // namespace tandem::bench
