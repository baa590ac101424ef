#include "tests/gateway/network/network.hpp"
#include "tests/lab/certificates.hpp"

#include <doctest/doctest.h>
#include <openssl/ssl.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

server_settings over_tls(const lab::private_authority::files& files) {
  server_settings settings;
  settings.tls_certificate = files.certificate;
  settings.tls_key = files.key;
  return settings;
}

struct fixture {
  explicit fixture(const std::string& names = "DNS:localhost,IP:127.0.0.1", int days = 30)
      : echo(net, over_tls(authority.issue(names, days))) {}
  ~fixture() {
    echo.server().stop();
    net.on_loop([this] { echo.drop_clients(); });
    CHECK(net.is_empty());
  }

  std::string url(std::string_view scheme, std::string_view host) const {
    return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(echo.port()) + "/echo";
  }

  // How a connect ended: "open", or why not.
  std::string outcome(std::string_view host, const client_tls& trust) {
    auto connector = make_link_connector(trust);
    watched_link client(net, *connector, {.url = url("wss", host)});
    client.seen.at_open = [&] { client.held->close(1000, ""); };
    client.start();
    const auto closed = client.seen.closed();
    if (!closed) return "nothing";
    return closed->was_open ? "open" : closed->reason;
  }

  lab::private_authority authority;
  network net;
  echo_server echo;
};

}  // namespace

TEST_CASE("texts come back over TLS, by name and by address") {
  fixture f;
  auto connector = make_link_connector({.authorities = f.authority.file()});
  for (const auto host : {"localhost", "127.0.0.1"}) {
    watched_link client(f.net, *connector, {.url = f.url("wss", host)});
    client.start();
    std::vector<std::string> sent;
    for (const std::size_t size : {0, 1, 1000, 16384, 16385, 100000}) {
      sent.emplace_back(size, 'x');
      client.send(sent.back());
    }
    CHECK(client.seen.texts(sent.size()) == sent);
    client.close(1000, "done");
    const auto closed = client.seen.closed();
    REQUIRE(closed);
    CHECK(closed->reason == "closed");
    CHECK(f.net.becomes([&] { return f.echo.clients() == 0; }));
    CHECK(f.echo.ends().back().code == 1000);
  }
}

TEST_CASE("only a certificate of the right name, time and authority is trusted") {
  const lab::private_authority other;
  {
    fixture f;
    CHECK(f.outcome("localhost", {.authorities = f.authority.file()}) == "open");
    const auto unknown = "TLS handshake: certificate: unable to get local issuer certificate";
    CHECK(f.outcome("localhost", {.authorities = other.file()}) == unknown);
    CHECK(f.outcome("localhost", {}) == unknown);
  }
  for (const auto names : {"DNS:example.org", "DNS:*.localhost", "IP:127.0.0.2", "DNS:127.0.0.1"}) {
    fixture f(names);
    const client_tls trust{.authorities = f.authority.file()};
    CHECK(f.outcome("localhost", trust) == "TLS handshake: certificate: hostname mismatch");
    CHECK(f.outcome("127.0.0.1", trust) == "TLS handshake: certificate: IP address mismatch");
  }
  fixture expired("DNS:localhost", 0);
  CHECK(expired.outcome("localhost", {.authorities = expired.authority.file()}) ==
        "TLS handshake: certificate: certificate has expired");
}

TEST_CASE("authorities that cannot be read are named") {
  CHECK_THROWS_WITH(make_link_connector({.authorities = "/no/such"}),
                    "cannot use TLS authorities /no/such: No such file or directory");
}

TEST_CASE("a server takes TLS 1.2 and nothing older") {
  fixture f;
  const auto shakes_hands = [&](int version) {
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                              &SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
    std::unique_ptr<BIO, decltype(&BIO_free_all)> connection(BIO_new_ssl_connect(context.get()),
                                                             &BIO_free_all);
    BIO_set_conn_hostname(connection.get(), ("127.0.0.1:" + std::to_string(f.echo.port())).c_str());
    return BIO_do_handshake(connection.get()) == 1;
  };
  CHECK(shakes_hands(TLS1_3_VERSION));
  CHECK(shakes_hands(TLS1_2_VERSION));
  CHECK_FALSE(shakes_hands(TLS1_1_VERSION));
}

TEST_CASE("clients that stay silent on the TLS port, or speak plainly, are closed") {
  lab::private_authority authority;
  network net;
  auto settings = over_tls(authority.issue("DNS:localhost"));
  settings.request_timeout = 50ms;
  echo_server echo(net, settings);
  raw_client silent(echo.port());
  CHECK(silent.read_all() == "");
  raw_client plain(echo.port());
  plain.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(plain.read_all());
  raw_client partly(echo.port());
  partly.send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  CHECK(partly.read_all());
  CHECK(net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a link over TLS dropped at any moment of its connect leaves nothing") {
  fixture f;
  auto connector = make_link_connector({.authorities = f.authority.file()});
  for (int turns = 0; turns < 60; turns += 2) {
    watched_link client(f.net, *connector, {.url = f.url("wss", "localhost")});
    client.start();
    for (int turn = 0; turn < turns; ++turn) f.net.on_loop([] {});
    client.drop();
  }
  CHECK(f.net.becomes([&] { return live_links() == f.echo.clients(); }));
  watched_link last(f.net, *connector, {.url = f.url("wss", "localhost")});
  last.seen.at_text = [&](std::span<char>) { last.held.reset(); };
  last.start();
  last.send("x");
  CHECK(last.seen.texts(1));
}

TEST_CASE("a connector may go before its links") {
  fixture f;
  auto connector = make_link_connector({.authorities = f.authority.file()});
  watched_link client(f.net, *connector, {.url = f.url("wss", "localhost")});
  connector.reset();
  client.start();
  client.send("x");
  CHECK(client.seen.texts(1));
}

TEST_CASE("a TLS connection does not move to another loop") {
  lab::private_authority authority;
  network net(2);
  std::promise<bool> outcome;
  server_handlers handlers;
  handlers.on_upgrade = [&](std::unique_ptr<upgrade> wish) {
    CHECK_FALSE(wish->can_move());
    auto& other = net.loop(1 - wish->home().index());
    wish->accept(other, {},
                 [&](std::shared_ptr<tandem::link> accepted) { outcome.set_value(accepted == nullptr); });
  };
  http_server server(net.loops(), over_tls(authority.issue("DNS:localhost")), std::move(handlers));
  server.start();
  auto connector = make_link_connector({.authorities = authority.file()});
  {
    watched_link client(net, *connector, {.url = "wss://localhost:" + std::to_string(server.port())});
    client.start();
    auto result = outcome.get_future();
    REQUIRE(result.wait_for(patience) == std::future_status::ready);
    CHECK(result.get());
    const auto closed = client.seen.closed();
    REQUIRE(closed);
    CHECK_FALSE(closed->was_open);
  }
  server.stop();
  CHECK(net.is_empty());
}
