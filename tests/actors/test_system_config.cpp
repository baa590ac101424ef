#include "tests/actors/test_system_config.hpp"

#include "actors/messages.hpp"

#include <cstddef>

#include <caf/all.hpp>

namespace tandem::test {

test_system_config::test_system_config() {
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
  add_message_types<caf::id_block::tandem>();
}

}  // namespace tandem::test
