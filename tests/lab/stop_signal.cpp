#include "tests/lab/stop_signal.hpp"

#include <cstdio>

namespace tandem::lab {

void stop_signal::wait() {
  signals_.async_wait([](const boost::system::error_code&, int) {});
  waiting_.run();
}

void announce_listening(const std::string& host, std::uint16_t port) {
  auto brackets = host.find(':') != std::string::npos;
  std::printf("listening on %s%s%s:%u\n", brackets ? "[" : "", host.c_str(), brackets ? "]" : "",
              static_cast<unsigned>(port));
  std::fflush(stdout);
}

}  // namespace tandem::lab
