#include "gateway/cluster/cluster_side.hpp"

#include <functional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

settings usual() {
  settings out;
  out.server.secret = "the secret of the whole cluster";
  out.server.public_url = "https://{node}.example.com";
  out.store.url = "postgresql://tandem:sesame@10.0.0.2/tandem";
  return out;
}

/// The names of the terms that a change makes different.
std::vector<std::string> differing(const std::function<void(settings&)>& change) {
  auto other = usual();
  change(other);
  const auto one = cluster_terms(usual());
  const auto two = cluster_terms(other);
  REQUIRE(one.size() == two.size());
  std::vector<std::string> out;
  for (std::size_t n = 0; n < one.size(); ++n) {
    CHECK(one[n].first == two[n].first);
    if (one[n].second != two[n].second) out.push_back(one[n].first);
  }
  return out;
}

using names = std::vector<std::string>;

}  // namespace

TEST_CASE("nodes of a cluster have to agree on what their calls and their store depend on") {
  CHECK(differing([](settings&) {}).empty());
  CHECK(differing([](settings& s) { s.server.public_url = "https://voice.example.com"; }) ==
        names{"server.public_url"});
  CHECK(differing([](settings& s) { s.store.url = "postgresql://tandem:sesame@10.0.0.2/other"; }) ==
        names{"store.url"});
  CHECK(differing([](settings& s) { s.cluster.heartbeat_ms = 300; }) == names{"cluster.heartbeat_ms"});
  CHECK(differing([](settings& s) { s.cluster.timeout_ms = 3000; }) == names{"cluster.timeout_ms"});
  CHECK(differing([](settings& s) { s.limits.max_calls = 7; }).empty());
}

TEST_CASE("another secret makes every term another one") {
  CHECK(differing([](settings& s) { s.server.secret = "the secret of another cluster"; }).size() == 5);
}

TEST_CASE("who comes into the store makes it no other store") {
  CHECK(differing([](settings& s) { s.store.url = "postgresql://10.0.0.2/tandem"; }).empty());
  CHECK(differing([](settings& s) { s.store.url = "postgresql://other:p@ss@10.0.0.2/tandem"; }).empty());
}

TEST_CASE("terms show neither the secret nor a password") {
  for (const auto& [name, digest] : cluster_terms(usual())) {
    CAPTURE(name);
    CHECK(digest.size() == 44);
    CHECK(digest.find("secret") == std::string::npos);
    CHECK(digest.find("sesame") == std::string::npos);
  }
}
