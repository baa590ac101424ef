#include "protocols/cluster/address.hpp"

#include <doctest/doctest.h>

using namespace tandem::cluster;

TEST_CASE("an address of a node is a host and a port") {
  CHECK(read_address("10.0.0.5:4000") == address{"10.0.0.5", 4000});
  CHECK(read_address("voice.example.com:1") == address{"voice.example.com", 1});
  CHECK(read_address("[fd00::1]:65535") == address{"fd00::1", 65535});
  for (const auto* text :
       {"", ":", "host", "host:", ":4000", "[]:4000", "host:65536", "host:4000x", "host:-1"}) {
    CAPTURE(text);
    CHECK_FALSE(read_address(text));
  }
  for (const auto* text : {"10.0.0.5:4000", "[fd00::1]:65535"}) CHECK(to_string(*read_address(text)) == text);
}
