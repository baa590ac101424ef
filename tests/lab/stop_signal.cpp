#include "tests/lab/stop_signal.hpp"

#include <cstdio>

namespace tandem::lab {

stop_signal::stop_signal() : signals_(waiting_, SIGTERM, SIGINT) {
  signals_.async_wait([](const boost::system::error_code&, int) {});
}

bool stop_signal::wait_for(std::chrono::milliseconds limit) {
  waiting_.run_for(limit);
  return waiting_.stopped();
}

void announce_listening(const std::string& host, std::uint16_t port) {
  auto brackets = host.find(':') != std::string::npos;
  std::printf("listening on %s%s%s:%u\n", brackets ? "[" : "", host.c_str(), brackets ? "]" : "",
              static_cast<unsigned>(port));
  std::fflush(stdout);
}

}  // namespace tandem::lab
