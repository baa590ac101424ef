#include "actors/runtime/census.hpp"
#include "tests/gateway/network/network.hpp"
#include "tests/heap_size.hpp"
#include "tests/lab/certificates.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

/// What open links occupy, as it is said and as the heap has it; both ends of each are in this process.
struct sizes {
  double said = 0;
  double measured = 0;
};

sizes measure_links(network& net, link_connector& connector, echo_server& echo, const std::string& url) {
  std::vector<std::unique_ptr<watched_link>> links;
  const auto open = [&](int count) {
    for (int i = 0; i < count; ++i) {
      links.push_back(std::make_unique<watched_link>(net, connector, link_request{.url = url}));
      links.back()->start();
      links.back()->send("hello");
      REQUIRE(links.back()->seen.texts(1));
    }
  };
  // The first ones bring what is shared by all.
  open(5);
  const auto said = live_link_bytes.load();
  const auto before = heap_bytes();
  constexpr int count = 40;
  open(count);
  const sizes each{static_cast<double>(live_link_bytes - said) / (2 * count),
                   static_cast<double>(heap_bytes() - before) / (2 * count)};
  links.clear();
  REQUIRE(net.becomes([&] { return echo.clients() == 0; }));
  echo.server().stop();
  REQUIRE(net.becomes([] { return live_link_bytes == 0; }));
  return each;
}

void check_near(const sizes& each) {
  CHECK_MESSAGE(each.said > 0.6 * each.measured, "said " << each.said << ", measured " << each.measured);
  CHECK_MESSAGE(each.said < 1.7 * each.measured, "said " << each.said << ", measured " << each.measured);
}

}  // namespace

TEST_CASE("the memory said to be a link's is what it occupies" * doctest::skip(!is_heap_known())) {
  network net;
  echo_server echo(net);
  auto connector = make_link_connector();
  check_near(measure_links(net, *connector, echo, echo.url("ws", "/echo")));
}

TEST_CASE("the memory said to be a link's over TLS is what it occupies" * doctest::skip(!is_heap_known())) {
  lab::private_authority authority;
  const auto files = authority.issue("DNS:localhost,IP:127.0.0.1", 30);
  network net;
  server_settings settings;
  settings.tls_certificate = files.certificate;
  settings.tls_key = files.key;
  echo_server echo(net, settings);
  auto connector = make_link_connector({.authorities = authority.file()});
  check_near(
      measure_links(net, *connector, echo, "wss://localhost:" + std::to_string(echo.port()) + "/echo"));
}
