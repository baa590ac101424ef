#include "gateway/settings/settings_checks.hpp"

#include "gateway/settings/settings_table.hpp"
#include "tests/gateway/temporary_file.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using flags = std::vector<std::pair<std::string, std::string>>;
using lines = std::vector<std::string>;

lines faults(flags given) { return load_settings({"", std::move(given), {}}).faults; }
lines warnings(flags given) { return load_settings({"", std::move(given), {}}).warnings; }

bool has(const lines& all, const std::string& line) { return std::ranges::find(all, line) != all.end(); }

const std::pair<std::string, std::string> token{"server.api_token", "0123456789abcdef0123456789abcdef"};
const std::pair<std::string, std::string> secret{"server.secret", "0123456789abcdef0123456789abcdef"};
const std::pair<std::string, std::string> postgresql{"store.url", "postgresql://u:p@h/db"};

}  // namespace

TEST_CASE("an admin side that others reach needs a token") {
  CHECK(faults({{"server.admin_listen", "0.0.0.0:9090"}}) ==
        lines{R"(server.admin_listen = "0.0.0.0:9090": is not loopback, so server.api_token is needed)"});
  CHECK(faults({{"server.admin_listen", "[::]:9090"}}).size() == 1);
  CHECK(faults({{"server.admin_listen", "0.0.0.0:9090"}, token}).empty());
  CHECK(faults({{"server.admin_listen", "[::1]:9090"}}).empty());
}

TEST_CASE("carrier and admin side do not share a port") {
  CHECK(faults({{"server.listen", "127.0.0.1:9090"}}) ==
        lines{R"(server.admin_listen = "127.0.0.1:9090": takes the port of server.listen)"});
  CHECK(faults({{"server.listen", "0.0.0.0:9090"}}).size() == 1);
  CHECK(faults({{"server.listen", "127.0.0.2:9090"}}).empty());
  CHECK(faults({{"server.listen", "127.0.0.1:0"}, {"server.admin_listen", "127.0.0.1:0"}}).empty());
}

TEST_CASE("certificate and key come together") {
  const temporary_file pem("x");
  CHECK(faults({{"server.tls_certificate", pem.path()}}).size() == 1);
  CHECK(faults({{"server.tls_key", pem.path()}}).size() == 1);
  CHECK(faults({{"server.tls_certificate", pem.path()}, {"server.tls_key", pem.path()}}).empty());
}

TEST_CASE("a cluster needs PostgreSQL, a secret and a network to trust") {
  CHECK(faults({{"cluster.listen", "10.0.0.5:4000"}}).size() == 3);
  CHECK(
      faults({{"cluster.listen", "10.0.0.5:4000"}, postgresql, secret}) ==
      lines{
          R"(cluster.listen = "10.0.0.5:4000": is not loopback, so cluster.trusted_network = true is needed)"});
  CHECK(
      faults({{"cluster.listen", "10.0.0.5:4000"}, postgresql, {"cluster.trusted_network", "true"}}) ==
      lines{
          R"(cluster.listen = "10.0.0.5:4000": is set, so server.secret is needed, the same on every node)"});
  CHECK(faults({{"cluster.listen", "127.0.0.1:4000"}, secret}) ==
        lines{R"(cluster.listen = "127.0.0.1:4000": is set, so store.url must be postgresql://…)"});
  CHECK(faults({{"cluster.listen", "127.0.0.1:4000"}, postgresql, secret}).empty());
}

TEST_CASE("a node is not down before two heartbeats of it were lost") {
  CHECK(faults({{"cluster.heartbeat_ms", "1000"}}) ==
        lines{"cluster.timeout_ms = 1000: must be at least three times cluster.heartbeat_ms"});
  CHECK(faults({{"cluster.heartbeat_ms", "1000"}, {"cluster.timeout_ms", "2999"}}).size() == 1);
  CHECK(faults({{"cluster.heartbeat_ms", "1000"}, {"cluster.timeout_ms", "3000"}}).empty());
}

TEST_CASE("there are connections for one call at least") {
  CHECK(faults({{"limits.max_connections", "4"}}) ==
        lines{"limits.max_connections = 4: is less than one call needs"});
  CHECK(faults({{"limits.max_connections", "5"}}).empty());
  CHECK(faults({{"limits.max_connections", "0"}}).empty());
}

TEST_CASE("a key with a fault of its own makes no demands") {
  const auto all = faults({{"server.admin_listen", "0.0.0.0:9090"}, {"server.api_token", "not one word"}});
  CHECK(all.size() == 1);
}

TEST_CASE("what is to be encrypted needs a key") {
  const std::string key = std::string(43, 'A') + "=";
  for (const auto* name : {"store.numbers", "store.transcripts"}) {
    CHECK(faults({{name, "encrypt"}}) ==
          lines{R"(store.key = "": is needed, since store.numbers or store.transcripts is encrypt)"});
    CHECK(faults({{name, "encrypt"}, {"store.key", key}}).empty());
    CHECK(faults({{name, "omit"}}).empty());
  }
}

TEST_CASE("recordings in a store like S3 need both keys, and better go there encrypted") {
  const std::pair<std::string, std::string> place{"store.recordings", "s3://calls/tandem"};
  const std::pair<std::string, std::string> access{"store.s3_access_key", "access"};
  const std::pair<std::string, std::string> key{"store.s3_secret_key", "sesame"};
  CHECK(faults({place}).size() == 2);
  CHECK(faults({place, access}) ==
        lines{R"(store.s3_secret_key = "": is needed, since store.recordings is s3://…)"});
  CHECK(faults({place, access, key}).empty());
  CHECK(faults({{"store.recordings", "a/folder"}}).empty());
  const auto plain = std::pair<std::string, std::string>{"store.s3_endpoint", "http://10.0.0.5:9000"};
  CHECK(has(warnings({place, access, key, plain}),
            "store.s3_endpoint is not https: recordings go there unencrypted"));
}

TEST_CASE("other nodes that nobody will look for are warned of") {
  const std::string useless = "cluster.listen is empty: cluster.discovery has no effect";
  const std::pair<std::string, std::string> others{"cluster.discovery", "10.0.0.5:4000"};
  CHECK(has(warnings({others}), useless));
  CHECK_FALSE(has(warnings({}), useless));
  CHECK_FALSE(has(warnings({others, {"cluster.listen", "127.0.0.1:4000"}, postgresql, secret}), useless));
}

TEST_CASE("what other nodes cannot reach is warned of") {
  const std::string useless = "cluster.listen is empty: cluster.advertise has no effect";
  const std::string unreachable =
      "server.listen is loopback: other nodes cannot bring streams here that reached them";
  const std::pair<std::string, std::string> name{"cluster.advertise", "10.0.0.4"};
  const std::pair<std::string, std::string> carrier{"server.listen", "127.0.0.1:8080"};
  const std::pair<std::string, std::string> trusted{"cluster.trusted_network", "true"};
  const std::pair<std::string, std::string> outside{"cluster.listen", "0.0.0.0:4000"};
  CHECK(has(warnings({name}), useless));
  CHECK_FALSE(has(warnings({name, outside, trusted, postgresql, secret}), useless));
  CHECK(has(warnings({carrier, outside, trusted, postgresql, secret}), unreachable));
  CHECK_FALSE(has(warnings({outside, trusted, postgresql, secret}), unreachable));
  CHECK_FALSE(
      has(warnings({carrier, {"cluster.listen", "127.0.0.1:4000"}, postgresql, secret}), unreachable));
}

TEST_CASE("credentials that are missing are warned of") {
  const std::string no_key = "elevenlabs.api_key is empty: api.elevenlabs.io will refuse every session";
  CHECK(has(warnings({}), no_key));
  CHECK_FALSE(has(warnings({{"elevenlabs.api_key", "x"}}), no_key));
  CHECK_FALSE(
      has(warnings({{"scribe.url", "ws://127.0.0.1:1/a"}, {"speech.url", "ws://127.0.0.1:1/b"}}), no_key));
  const auto half = warnings({{"telnyx.api_key", "x"}});
  CHECK(has(half, "telnyx.public_key is empty: every webhook will be refused"));
  CHECK(std::ranges::any_of(half,
                            [](const auto& line) { return line.starts_with("server.public_url is empty"); }));
}

TEST_CASE("a standby is another provider, or another account") {
  const std::string url = "wss://api.elevenlabs.io/v1/speech-to-text/realtime";
  CHECK(faults({{"scribe.standby_url", url}}) ==
        lines{"scribe.standby_url = \"" + url +
              "\": is scribe.url with the same key, so it would fail together with it"});
  CHECK(faults({{"scribe.standby_url", url}, {"scribe.standby_api_key", "other"}}).empty());
  CHECK(faults({{"speech.standby_url", "ws://127.0.0.1:1/tts"}}).empty());
  CHECK(faults({{"speech.standby_url", "http://127.0.0.1:1/tts"}}) ==
        lines{R"(speech.standby_url = "http://127.0.0.1:1/tts" (--speech.standby_url): )"
              "allowed: a ws:// or wss:// URL without query"});
  CHECK(faults({{"scribe.provider", "other"}}) ==
        lines{R"(scribe.provider = "other" (--scribe.provider): allowed: elevenlabs)"});
}

TEST_CASE("what is said of a standby without its address, and a standby without its key, are warned of") {
  CHECK(has(warnings({{"scribe.standby_model", "m"}}),
            "scribe.standby_url is empty: what else is said of a standby has no effect"));
  CHECK(has(warnings({{"speech.standby_voice", "v"}}),
            "speech.standby_url is empty: what else is said of a standby has no effect"));
  const std::string no_key = "standby_api_key is empty: api.elevenlabs.io will refuse every session";
  CHECK_FALSE(has(warnings({{"elevenlabs.api_key", "x"}}), no_key));
  CHECK(has(warnings({{"elevenlabs.api_key", "x"},
                      {"speech.standby_url", "wss://api.elevenlabs.io/v1/text-to-speech"}}),
            no_key));
}

TEST_CASE("events that are posted without a signature are warned of") {
  const std::string unsigned_events =
      "events.secret is empty: nobody can tell posted events from forged ones";
  CHECK(has(warnings({{"events.url", "http://a"}}), unsigned_events));
  CHECK_FALSE(has(warnings({{"events.url", "http://a"}, {"events.secret", "x"}}), unsigned_events));
  CHECK_FALSE(has(warnings({}), unsigned_events));
}

TEST_CASE("a secret that can be guessed is warned of") {
  const std::string guessable = "server.secret is short; 32 random characters are not";
  CHECK(has(warnings({{"server.secret", "sesame"}}), guessable));
  CHECK_FALSE(has(warnings({secret}), guessable));
  CHECK_FALSE(has(warnings({}), guessable));
}
