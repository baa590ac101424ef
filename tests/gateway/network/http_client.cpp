#include "tests/gateway/network/network.hpp"
#include "tests/lab/certificates.hpp"

#include <algorithm>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Requests of one client and their answers.
struct fixture {
  explicit fixture(server_settings settings = {}, client_tls trust = {})
      : echo(net, std::move(settings)), client(make_http_client(trust)) {
    echo.on_request = [this](server_request request, respond answer) {
      ++requests;
      answer({.status = request.head.path == "/teapot" ? 418U : 200U,
              .body = request.head.method + " " + request.head.path + " " + request.body,
              .headers = {{"X-Got", std::string(request.head.header("x-sent"))}}});
    };
  }
  ~fixture() {
    client.reset();
    echo.server().stop();
    CHECK(net.is_empty());
  }

  std::string url(std::string_view path, std::string_view scheme = "http") { return echo.url(scheme, path); }

  http_answer ask(http_request request) {
    auto done = std::make_shared<std::promise<http_answer>>();
    auto result = done->get_future();
    auto exchange = net.on_loop([&] {
      return client->send(net.loop(), std::move(request),
                          [done](http_answer answer) { done->set_value(std::move(answer)); });
    });
    if (result.wait_for(patience) != std::future_status::ready) return {.failure = "no call"};
    net.on_loop([&] { exchange.reset(); });
    return result.get();
  }

  network net;
  echo_server echo;
  std::unique_ptr<http_client> client;
  std::atomic<int> requests{0};
};

/// A server that reads one request after the other on a connection and answers with what it was given.
class scripted_server {
 public:
  explicit scripted_server(std::vector<std::vector<std::string>> connections)
      : thread_([this, connections = std::move(connections)] {
          for (const auto& answers : connections) serve(answers);
        }) {}
  ~scripted_server() { thread_.join(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()) + "/"; }

 private:
  void serve(const std::vector<std::string>& answers) {
    const auto socket = listener_.accept();
    if (socket < 0) return;
    for (const auto& answer : answers) {
      std::string request;
      char chunk[4096];
      while (request.find("\r\n\r\n") == std::string::npos) {
        const auto count = ::recv(socket, chunk, sizeof chunk, 0);
        if (count <= 0) break;
        request.append(chunk, static_cast<std::size_t>(count));
      }
      ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    ::shutdown(socket, SHUT_WR);
    char rest[4096];
    while (::recv(socket, rest, sizeof rest, 0) > 0) {
    }
    ::close(socket);
  }

  deaf_listener listener_;
  std::thread thread_;
};

http_request get(std::string url) { return {.method = "GET", .url = std::move(url)}; }

}  // namespace

TEST_CASE("an answer has status, headers and body, and the connection is used again") {
  fixture f;
  const auto first = f.ask({.url = f.url("/a"), .headers = {{"X-Sent", "header"}}, .body = "body"});
  CHECK(first.status == 200);
  CHECK(first.body == "POST /a body");
  CHECK(std::find(first.headers.begin(), first.headers.end(),
                  std::pair<std::string, std::string>("X-Got", "header")) != first.headers.end());
  CHECK(f.ask(get(f.url("/teapot"))).status == 418);
  CHECK(f.ask({.method = "HEAD", .url = f.url("/a")}).body == "");
  CHECK(f.ask(get(f.url("/last"))).body == "GET /last ");
  // One connection at either end.
  CHECK(live_http_connections() == 2);
}

TEST_CASE("requests at the same time have connections of their own, of which eight are kept") {
  fixture f;
  std::mutex mutex;
  std::vector<respond> waiting;
  f.echo.on_request = [&](server_request, respond answer) {
    std::lock_guard guard(mutex);
    waiting.push_back(std::move(answer));
  };
  std::atomic<int> answered{0};
  std::vector<std::unique_ptr<http_exchange>> exchanges;
  f.net.on_loop([&] {
    for (int each = 0; each < 20; ++each) {
      exchanges.push_back(f.client->send(f.net.loop(), get(f.url("/")), [&](http_answer answer) {
        if (answer.status == 200) ++answered;
      }));
    }
  });
  CHECK(f.net.becomes([&] {
    std::lock_guard guard(mutex);
    return waiting.size() == 20;
  }));
  for (auto& each : waiting) each({.body = "now"});
  CHECK(f.net.becomes([&] { return answered == 20; }));
  CHECK(f.net.becomes([&] { return live_http_connections() == 16; }));
  f.net.on_loop([&] { exchanges.clear(); });
}

TEST_CASE("answers come whole whatever their form") {
  fixture f;
  const auto body = [&](std::string answer) {
    scripted_server server({{std::move(answer)}});
    const auto got = f.ask(get(server.url()));
    return got.failure.empty() ? got.body : "failed: " + got.failure;
  };
  CHECK(body("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") ==
        "abcde");
  CHECK(body("HTTP/1.1 200 OK\r\n\r\nup to the end") == "up to the end");
  CHECK(body("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok") == "ok");
  CHECK(body("HTTP/1.1 204 No Content\r\n\r\n") == "");
  CHECK(body("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "ok");
  CHECK(body("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").starts_with("failed: read: "));
  CHECK(body("").starts_with("failed: read: "));
  CHECK(body("no HTTP at all\r\n\r\n").starts_with("failed: answer: "));
  CHECK(body("HTTP/1.1 200 OK\r\nX: " + std::string(40000, 'x')).starts_with("failed: answer: "));
}

TEST_CASE("an answer beyond the bound fails") {
  fixture f;
  f.echo.on_request = [](server_request, respond answer) { answer({.body = std::string(1001, 'x')}); };
  auto request = get(f.url("/"));
  request.answer_bound = 1000;
  CHECK(f.ask(request).failure == "answer too large");
  request.answer_bound = 1001;
  CHECK(f.ask(request).body.size() == 1001);
}

TEST_CASE("a kept connection that the server has closed is replaced once") {
  fixture f;
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  // The second request is read and not answered on the kept connection.
  scripted_server server({{ok, ""}, {ok}});
  CHECK(f.ask(get(server.url())).body == "ok");
  CHECK(f.ask(get(server.url())).body == "ok");
}

TEST_CASE("a request that got part of an answer, or a fresh connection, is not sent again") {
  fixture f;
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  scripted_server partly({{ok, "HTTP/1.1 200"}});
  CHECK(f.ask(get(partly.url())).body == "ok");
  CHECK(f.ask(get(partly.url())).failure.starts_with("read: "));
  scripted_server fresh({{""}});
  CHECK(f.ask(get(fresh.url())).failure.starts_with("read: "));
}

TEST_CASE("what cannot be sent or answered fails in time and in words") {
  std::vector<respond> kept;
  fixture f;
  deaf_listener nobody(false);
  deaf_listener deaf;
  const auto failure = [&](http_request request, std::chrono::milliseconds limit = patience) {
    request.timeout = limit;
    return f.ask(std::move(request)).failure;
  };
  const auto at = [](const deaf_listener& where) {
    return "http://127.0.0.1:" + std::to_string(where.port());
  };
  CHECK(failure(get(at(nobody))) == "connect: Connection refused");
  CHECK(failure(get(at(deaf)), 50ms) == "timed out");
  CHECK(failure(get("https" + at(deaf).substr(4)), 50ms) == "timed out");
  CHECK(failure(get("ws://127.0.0.1/")) == "URL must be http or https");
  CHECK(failure(get("http://a:b@127.0.0.1/")) == "URL must not hold user information");
  CHECK(failure({.method = "GET /\r\n", .url = at(deaf)}) == "method or header is not allowed");
  CHECK(failure({.url = at(deaf), .headers = {{"X", "a\nb"}}}) == "method or header is not allowed");
  CHECK(failure({.url = at(deaf), .headers = {{"Content-Length", "7"}}}) ==
        "method or header is not allowed");
  f.echo.on_request = [&](server_request, respond answer) { kept.push_back(std::move(answer)); };
  CHECK(failure(get(f.url("/")), 50ms) == "timed out");
}

TEST_CASE("an exchange dropped at any moment leaves nothing and gives no answer") {
  fixture f;
  std::atomic<int> answers{0};
  for (int turns = 0; turns < 30; ++turns) {
    auto exchange = f.net.on_loop(
        [&] { return f.client->send(f.net.loop(), get(f.url("/")), [&](http_answer) { ++answers; }); });
    for (int turn = 0; turn < turns; ++turn) f.net.on_loop([] {});
    const auto before = f.net.on_loop([&] {
      exchange.reset();
      return answers.load();
    });
    f.net.on_loop([] {});
    CHECK(f.net.on_loop([&] { return answers.load(); }) == before);
  }
}

TEST_CASE("an exchange may be dropped in its own answer") {
  fixture f;
  std::unique_ptr<http_exchange> exchange;
  std::promise<void> done;
  f.net.on_loop([&] {
    exchange = f.client->send(f.net.loop(), get(f.url("/")), [&](http_answer) {
      exchange.reset();
      done.set_value();
    });
  });
  CHECK(done.get_future().wait_for(patience) == std::future_status::ready);
}

TEST_CASE("a body can be taken as it comes, and the connection is kept") {
  fixture f;
  const std::string ok =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n two\r\n0\r\n\r\n";
  const std::string bad = "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nlate";
  const std::string cut = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n4\r\n tw";
  scripted_server server({{ok, bad, cut}});
  std::string parts;
  const auto ask = [&] {
    parts.clear();
    auto request = get(server.url());
    request.part = [&parts](std::string_view bytes) { parts += bytes; };
    return f.ask(std::move(request));
  };
  auto answer = ask();
  CHECK(answer.status == 200);
  CHECK(parts == "one two");
  CHECK(answer.body.empty());
  // What is no success is small and wanted whole.
  answer = ask();
  CHECK(answer.status == 503);
  CHECK(parts.empty());
  CHECK(answer.body == "late");
  answer = ask();
  CHECK(answer.status == 0);
  CHECK(parts == "one tw");
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a body in parts has a bound as well") {
  fixture f;
  scripted_server server({{"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x')}});
  auto request = get(server.url());
  request.part = [](std::string_view) {};
  request.answer_bound = 1000;
  CHECK(f.ask(std::move(request)).failure == "answer too large");
}

TEST_CASE("an exchange may be dropped in a part of its body") {
  fixture f;
  scripted_server server({{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfirst"}});
  std::unique_ptr<http_exchange> exchange;
  std::promise<void> dropped;
  f.net.on_loop([&] {
    auto request = get(server.url());
    request.part = [&](std::string_view) {
      exchange.reset();
      dropped.set_value();
    };
    exchange = f.client->send(f.net.loop(), std::move(request), [](http_answer) { FAIL("answered"); });
  });
  CHECK(dropped.get_future().wait_for(patience) == std::future_status::ready);
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a connection that was prepared takes the next request, and there is one at most") {
  fixture f;
  f.net.on_loop([&] {
    for (int i = 0; i < 3; ++i) f.client->prepare(f.net.loop(), peer::telnyx, f.url("/x"));
    f.client->prepare(f.net.loop(), peer::telnyx, "no url");
  });
  CHECK(f.net.becomes([] { return live_http_connections() == 2; }));
  CHECK(f.ask(get(f.url("/a"))).body == "GET /a ");
  CHECK(live_http_connections() == 2);
}

TEST_CASE("a request that comes while its prepared connection is being made waits for it") {
  fixture f;
  std::promise<std::string> answered;
  std::unique_ptr<http_exchange> exchange;
  f.net.on_loop([&] {
    f.client->prepare(f.net.loop(), peer::telnyx, f.url("/a"));
    exchange = f.client->send(f.net.loop(), get(f.url("/a")),
                              [&](http_answer answer) { answered.set_value(answer.body + answer.failure); });
  });
  auto got = answered.get_future();
  REQUIRE(got.wait_for(patience) == std::future_status::ready);
  CHECK(got.get() == "GET /a ");
  CHECK(live_http_connections() == 2);
  f.net.on_loop([&] { exchange.reset(); });
}

TEST_CASE("a prepared connection that cannot be had is nobody's failure") {
  fixture f;
  f.net.on_loop([&] { f.client->prepare(f.net.loop(), peer::telnyx, "http://127.0.0.1:1/"); });
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
  CHECK(f.ask(get("http://127.0.0.1:1/")).status == 0);
}

TEST_CASE("requests over TLS check the server and keep its connection") {
  lab::private_authority authority;
  const auto files = authority.issue("DNS:localhost");
  server_settings settings;
  settings.tls_certificate = files.certificate;
  settings.tls_key = files.key;
  fixture f(settings, {.authorities = authority.file()});
  CHECK(f.ask(get(f.url("/a", "https"))).body == "GET /a ");
  CHECK(f.ask({.url = f.url("/b", "https"), .body = std::string(100000, 'x')}).body.size() == 100008);
  CHECK(live_http_connections() == 2);
  CHECK(f.ask(get("https://127.0.0.1:" + std::to_string(f.echo.port()))).failure ==
        "TLS handshake: certificate: IP address mismatch");
}
