#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

namespace tandem::lab {

/// SIGTERM and SIGINT, noticed from its construction on; to be made before what they must not break off.
class stop_signal {
 public:
  stop_signal();

  /// Waits for one of them, or for `release`.
  void wait() { waiting_.run(); }

  /// Waits so long at most; whether one of them came, or `release`.
  bool wait_for(std::chrono::milliseconds limit);

  /// Ends the wait; from any thread.
  void release() { waiting_.stop(); }

 private:
  boost::asio::io_context waiting_{1};
  boost::asio::signal_set signals_;
};

/// Prints the one line that says that a program is ready, and where.
void announce_listening(const std::string& host, std::uint16_t port);

}  // namespace tandem::lab
