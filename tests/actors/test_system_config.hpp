#pragma once

#include <caf/actor_system_config.hpp>

namespace tandem::test {

/// An actor system of one thread that knows our messages. Made in a source of its own, since it instantiates
/// what CAF needs for every message.
struct test_system_config : caf::actor_system_config {
  test_system_config();
};

}  // namespace tandem::test
