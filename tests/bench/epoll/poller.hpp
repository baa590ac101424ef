#pragma once

#include "protocols/moment.hpp"

#include <cstdint>
#include <optional>

namespace tandem::bench {

/// Hears that a descriptor is ready.
class polled {
 public:
  /// With epoll's events, at this time.
  virtual void ready(std::uint32_t what, moment now) = 0;

 protected:
  ~polled() = default;
};

/// An epoll. What it hears of has to live until the `wait` returns in which it was given up.
class poller {
 public:
  /// Throws std::runtime_error when there is none.
  poller();
  ~poller();
  poller(const poller&) = delete;

  /// Has somebody told of these events of a descriptor, until it is closed. Throws std::runtime_error when it
  /// cannot be watched.
  void add(int descriptor, std::uint32_t events, polled& who);

  /// Waits for events until `due`, or a little later, and tells them; the time afterwards.
  moment wait(std::optional<moment> due);

 private:
  int epoll_;
};

/// A descriptor of its owner's, closed with it; -1 is none.
class descriptor {
 public:
  explicit descriptor(int number = -1) : number_(number) {}
  ~descriptor() { close(); }
  descriptor(const descriptor&) = delete;

  int number() const { return number_; }
  bool is_open() const { return number_ >= 0; }
  void close();

 private:
  int number_;
};

/// What the system says of the last failure, behind `what`.
[[noreturn]] void fail(const char* what);

}  // namespace tandem::bench
