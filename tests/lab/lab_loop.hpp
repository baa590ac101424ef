#pragma once

#include "gateway/network/asio_loop.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace tandem::lab {

/// The loops that a lab program runs its servers and phones on; no actors live there.
class lab_loops {
 public:
  explicit lab_loops(std::size_t count = 1);
  ~lab_loops();
  lab_loops(const lab_loops&) = delete;

  asio_loop& first() { return *loops_.front(); }
  const std::vector<asio_loop*>& all() const { return all_; }

  /// Runs `call` on the first loop and waits for it; what it throws is thrown here. Not from a loop's thread.
  void run(const std::function<void()>& call);

 private:
  struct quiet_config : caf::actor_system_config {
    quiet_config();
  };

  quiet_config config_;
  caf::actor_system system_{config_};
  std::vector<std::unique_ptr<asio_loop>> loops_;
  std::vector<asio_loop*> all_;
};

/// A port of 127.0.0.1 that is kept for a server to come, which must bind it with SO_REUSEPORT.
class reserved_port {
 public:
  /// Throws std::runtime_error when there is none.
  reserved_port();
  ~reserved_port();
  reserved_port(const reserved_port&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  int socket_;
  std::uint16_t number_;
};

}  // namespace tandem::lab
