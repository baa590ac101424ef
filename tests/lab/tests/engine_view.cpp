#include "tests/lab/engine_view.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

using lines = std::vector<std::string>;

/// What an engine has when it carries nothing: its services, its store, and whoever looks at it.
const std::string idle = R"(# TYPE tandem_calls_active gauge
tandem_calls_active 0
tandem_connections{peer="admin"} 1
tandem_connections{peer="store"} 2
tandem_connections{peer="telnyx"} 0
tandem_connections{peer="agent"} 0
tandem_actors{kind="node"} 1
tandem_actors{kind="gateway"} 1
tandem_actors{kind="call"} 0
tandem_actors{kind="ingress"} 0
tandem_call_memory_bytes 0
)";

}  // namespace

TEST_CASE("an engine that carries nothing has left nothing behind, one that says nothing may have") {
  CHECK(left_behind(idle, kept_connections::must_end).empty());
  CHECK(left_behind("") == lines{"the engine gave no metrics"});
}

TEST_CASE("every actor, connection and byte of a call that is left is told") {
  for (const std::string name :
       {"tandem_calls_active", R"(tandem_actors{kind="call"})", R"(tandem_actors{kind="ingress"})",
        R"(tandem_actors{kind="scribe"})", R"(tandem_actors{kind="dialogue"})",
        R"(tandem_actors{kind="speech"})", R"(tandem_connections{peer="scribe"})",
        R"(tandem_connections{peer="speech"})", "tandem_call_memory_bytes"}) {
    CAPTURE(name);
    CHECK(left_behind(idle + name + " 3\n") == lines{name + " 3"});
  }
  CHECK(left_behind(idle + "tandem_call_buffer_bytes{buffer=\"link\"} 7\n") ==
        lines{"tandem_call_buffer_bytes 7"});
}

TEST_CASE("connections to the carrier and to agents are kept for a while, and not for longer") {
  for (const std::string name :
       {R"(tandem_connections{peer="telnyx"})", R"(tandem_connections{peer="agent"})"}) {
    CAPTURE(name);
    const auto metrics = idle + name + " 2\n";
    CHECK(left_behind(metrics).empty());
    CHECK(left_behind(metrics, kept_connections::must_end) == lines{name + " 2"});
  }
}

}  // namespace tandem::lab
