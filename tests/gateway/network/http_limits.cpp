#include "tests/gateway/network/network.hpp"

#include <atomic>
#include <ctime>
#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using fixture = echo_network;

/// Takes every free descriptor from this process until it goes.
class no_descriptors {
 public:
  no_descriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const auto lowest = ::dup(STDERR_FILENO);
    ::close(lowest);
    rlimit none = before_;
    none.rlim_cur = static_cast<rlim_t>(lowest);
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  no_descriptors(const no_descriptors&) = delete;
  no_descriptors& operator=(const no_descriptors&) = delete;

 private:
  rlimit before_{};
};

// The undefined-behaviour sanitizer itself needs descriptors, and takes their want for a broken object.
#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

constexpr std::string_view request = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";

// Waits on the loop, so that its other handlers go on.
void pass(network& net, std::chrono::milliseconds time) {
  std::promise<void> over;
  timer wait;
  net.on_loop([&] { wait = net.loop().at(net.loop().now() + time, [&] { over.set_value(); }); });
  CHECK(over.get_future().wait_for(patience) == std::future_status::ready);
  net.on_loop([&] { wait.cancel(); });
}

}  // namespace

TEST_CASE("without descriptors a server waits, does not spin, and goes on when there are some" *
          doctest::skip(sanitized)) {
  fixture f;
  raw_client warm(f.echo.port());
  warm.send(request);
  CHECK(warm.read_until("/x").ends_with("/x"));
  // Both ends of a connection are in this process: the client's is made before there are none left.
  raw_client waiting;
  const auto before = std::clock();
  {
    no_descriptors none;
    waiting.connect(f.echo.port());
    waiting.send(request);
    pass(f.net, 350ms);
    CHECK(live_http_connections() == 1);
  }
  CHECK(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC < 0.2);
  CHECK(waiting.read_until("/x").ends_with("/x"));
}

TEST_CASE("those who were refused and stay keep nobody out, and go before those who have not asked yet") {
  fixture f({.unknown_bound = 2});
  std::vector<std::unique_ptr<raw_client>> staying;
  const auto refuse_one = [&] {
    staying.push_back(std::make_unique<raw_client>(f.echo.port()));
    staying.back()->send("X\r\n\r\n");
    CHECK(staying.back()->read_until("\r\n\r\n").starts_with("HTTP/1.1 400"));
  };
  for (int n = 0; n < 2; ++n) refuse_one();
  raw_client slow(f.echo.port());
  for (int n = 0; n < 5; ++n) refuse_one();
  CHECK(f.net.becomes([] { return live_http_connections() == 2; }));
  slow.send(request);
  CHECK(slow.read_until("/x").ends_with("/x"));
  raw_client newcomer(f.echo.port());
  newcomer.send(request);
  CHECK(newcomer.read_until("/x").ends_with("/x"));
}

TEST_CASE("who does not read the answer is cut when another needs the place") {
  fixture f({.unknown_bound = 1});
  f.echo.on_request = [](server_request got, respond answer) {
    answer({.body = std::string(got.head.path == "/x" ? 1 : 32 * 1024 * 1024, 'x')});
  };
  raw_client greedy(f.echo.port());
  greedy.send("GET /much HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(greedy.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  raw_client newcomer(f.echo.port());
  newcomer.send(request);
  CHECK(newcomer.read_until("\r\n\r\nx").starts_with("HTTP/1.1 200"));
}

TEST_CASE("a client that does not read its answer is cut") {
  fixture f({.request_timeout = 500ms});
  f.echo.on_request = [](server_request, respond answer) {
    answer({.body = std::string(32 * 1024 * 1024, 'x')});
  };
  raw_client slow(f.echo.port());
  slow.send(request);
  CHECK(slow.read_until("\r\n\r\n").starts_with("HTTP/1.1 200"));
  CHECK(f.net.becomes([] { return live_http_connections() == 0; }));
}

TEST_CASE("a WebSocket is not accepted on a connection that is still being told to go on") {
  fixture f;
  auto asked = upgrade_request("/echo");
  asked.insert(asked.size() - 2, "Expect: 100-continue\r\nContent-Length: 2\r\n");
  raw_client hasty(f.echo.port());
  hasty.send(asked + "ok");
  const auto all = hasty.read_all();
  REQUIRE(all);
  CHECK(all->find(" 101 ") == all->npos);
  raw_client patient(f.echo.port());
  patient.send(asked);
  CHECK(patient.read_until("\r\n\r\n").starts_with("HTTP/1.1 100"));
  patient.send("ok");
  CHECK(patient.read_until("\r\n\r\n").starts_with("HTTP/1.1 101"));
}

TEST_CASE("requests that two readers could understand differently are refused") {
  fixture f;
  const auto status = [&](std::string_view headers) {
    raw_client client(f.echo.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\n" + std::string(headers) + "\r\n0\r\n\r\n");
    client.shut_down();
    return client.read_all().value_or("").substr(0, 12);
  };
  CHECK(status("Transfer-Encoding: chunked\r\n") == "HTTP/1.1 200");
  CHECK(status("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") == "HTTP/1.1 400");
  CHECK(status("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") == "HTTP/1.1 400");
  CHECK(status("Content-Length: 3\r\nContent-Length: 4\r\n") == "HTTP/1.1 400");
  CHECK(status("Content-Length: -1\r\n") == "HTTP/1.1 400");
  CHECK(status("Content-Length: 99999999999999999999\r\n") == "HTTP/1.1 400");
  CHECK(status("X : y\r\n") == "HTTP/1.1 400");
  CHECK(status("X: a\r\n b\r\n\tc\r\nContent-Length: 0\r\n") != "");
}

TEST_CASE("bytes at random never hurt") {
  fixture f;
  std::uint32_t seed = 1;
  const auto next = [&] { return seed = seed * 1664525 + 1013904223; };
  for (int round = 0; round < 200; ++round) {
    std::string bytes(round % 2 == 0 ? request : "");
    for (auto left = next() % 300; left > 0; --left) bytes += static_cast<char>(next() >> 24);
    if (!bytes.empty() && round % 3 == 0)
      bytes[(next() >> 8) % bytes.size()] = static_cast<char>(next() >> 24);
    raw_client client(f.echo.port());
    client.send(bytes);
    client.shut_down();
    CHECK(client.read_all());
  }
  raw_client client(f.echo.port());
  client.send(request);
  CHECK(client.read_until("/x").ends_with("/x"));
}

TEST_CASE("a request that is refused by its head has no body read") {
  fixture f;
  f.echo.on_head = [](const request_head& head) -> std::optional<server_answer> {
    if (head.path == "/throw") throw std::runtime_error("on purpose");
    if (head.path != "/no") return std::nullopt;
    return server_answer{.status = 401, .body = "go away"};
  };
  std::atomic<int> served = 0;
  f.echo.on_request = [&](server_request got, respond answer) {
    ++served;
    answer({.body = got.body});
  };
  const auto answer = [&](std::string_view path, std::string_view body) {
    raw_client client(f.echo.port());
    client.send("POST " + std::string(path) +
                " HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 6\r\n\r\n" +
                std::string(body));
    return client.read_all().value_or("");
  };
  for (const auto* body : {"", "abc"}) {
    const auto refused = answer("/no", body);
    CHECK(refused.starts_with("HTTP/1.1 401"));
    CHECK(refused.find("Connection: close") != refused.npos);
    CHECK(refused.ends_with("go away"));
    CHECK(answer("/throw", body).starts_with("HTTP/1.1 500"));
  }
  CHECK(served == 0);
  raw_client client(f.echo.port());
  client.send(
      "GET /no HTTP/1.1\r\nHost: h\r\n\r\nPOST /yes HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabcdef");
  CHECK(client.read_until("abcdef").ends_with("abcdef"));
  CHECK(served == 2);
}

TEST_CASE("a body at its bound is taken, one byte more is not") {
  fixture f({.body_bound = 100000});
  f.echo.on_request = [](server_request got, respond answer) {
    answer({.body = std::to_string(got.body.size())});
  };
  for (const auto& [size, status] : {std::pair{100000U, "200"}, std::pair{100001U, "413"}}) {
    raw_client client(f.echo.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n" + std::string(size, 'x'));
    CHECK(client.read_all().value_or("").substr(9, 3) == status);
  }
}
