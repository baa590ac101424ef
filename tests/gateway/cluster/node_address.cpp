#include "gateway/cluster/node_address.hpp"

#include "gateway/settings/settings_forms.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

node_address of(const std::string& cluster, const std::string& carrier, const std::string& advertise = "") {
  settings values;
  values.cluster.listen = cluster;
  values.cluster.advertise = advertise;
  values.server.listen = carrier;
  return find_node_address(values);
}

}  // namespace

TEST_CASE("other nodes reach a node where it listens") {
  const auto one = of("10.0.0.4:4000", "0.0.0.0:8080");
  CHECK(one.cluster() == "10.0.0.4:4000");
  CHECK(one.media_url() == "ws://10.0.0.4:8080");
  CHECK(of("10.0.0.4:4000", "10.1.0.4:8080").media_url() == "ws://10.1.0.4:8080");
  const auto six = of("[fd00::4]:4000", "[::]:8080");
  CHECK(six.cluster() == "[fd00::4]:4000");
  CHECK(six.media_url() == "ws://[fd00::4]:8080");
}

TEST_CASE("a node may say where it is reached instead") {
  const auto named = of("0.0.0.0:4000", "10.1.0.4:8080", "voice-1.voices");
  CHECK(named.cluster() == "voice-1.voices:4000");
  CHECK(named.media_url() == "ws://voice-1.voices:8080");
  CHECK(of("0.0.0.0:4000", "0.0.0.0:8080", "fd00::4").cluster() == "[fd00::4]:4000");
}

TEST_CASE("a node that listens everywhere names one of its addresses") {
  for (const auto* any : {"0.0.0.0:4000", "[::]:4000"}) {
    const auto found = of(any, "0.0.0.0:8080");
    CAPTURE(found.cluster_host);
    CHECK(is_node_host(found.cluster_host));
    CHECK(found.carrier_host == found.cluster_host);
  }
}

TEST_CASE("streams come over TLS to a node with a certificate") {
  settings values;
  values.cluster.listen = "10.0.0.4:4000";
  values.server.tls_certificate = "node.pem";
  auto found = find_node_address(values);
  found.carrier_port = 8443;
  CHECK(found.media_url() == "wss://10.0.0.4:8443");
}
