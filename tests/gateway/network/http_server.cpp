#include "gateway/network/http_server.hpp"

#include "tests/gateway/network/network.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using fixture = echo_network;

std::string get(std::string_view target, std::string_view headers = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(headers) + "\r\n";
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

bool begins(const std::optional<std::string>& text, std::string_view with) {
  return text && text->starts_with(with);
}

}  // namespace

TEST_CASE("a request is answered with its length and kept open for the next") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(get("/one"));
  CHECK(client.read_until("/one") ==
        "HTTP/1.1 200 OK\r\nServer: tandem\r\nConnection: keep-alive\r\nContent-Type: text/plain\r\n"
        "Content-Length: 4\r\n\r\n/one");
  client.send(get("/two", "Connection: close\r\n"));
  const auto last = client.read_all();
  REQUIRE(last);
  CHECK(last->find("Connection: close") != last->npos);
  CHECK(last->ends_with("/two"));
}

TEST_CASE("pipelined requests are answered one after the other in their order") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(get("/a") + get("/b") + get("/c", "Connection: close\r\n"));
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(count(*all, "200 OK") == 3);
  CHECK(all->find("/a") < all->find("/b"));
  CHECK(all->find("/b") < all->find("/c"));
}

TEST_CASE("a request split at every byte is the same request") {
  fixture f;
  std::string body;
  f.echo.on_request = [&](server_request request, respond answer) {
    answer({.body = request.head.path + "?" + std::string(request.head.parameter("k")) + "|" +
                    std::string(request.head.header("x-NAME")) + "|" + request.body,
            .headers = {}});
  };
  const std::string request =
      "POST /p%20q?k=%41%2b+c HTTP/1.1\r\nHost: h\r\nX-Name: v\r\nContent-Length: 5\r\n\r\nhello";
  raw_client client(f.echo.port());
  for (std::size_t at = 1; at < request.size(); ++at) {
    client.send(request.substr(0, at));
    client.send(request.substr(at));
    CHECK(client.read_until("hello").ends_with("/p q?A+ c|v|hello"));
  }
}

TEST_CASE("chunked bodies are joined and an expected 100 is given") {
  fixture f;
  f.echo.on_request = [](server_request request, respond answer) { answer({.body = request.body}); };
  raw_client client(f.echo.port());
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  CHECK(client.read_until("abcdefg").ends_with("\r\n\r\nabcdefg"));
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  CHECK(client.read_until("\r\n\r\nok").find("200 OK") != std::string::npos);
}

TEST_CASE("HEAD gets the head of the answer only") {
  fixture f;
  raw_client client(f.echo.port());
  client.send("HEAD /path HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->find("Content-Length: 5\r\n") != all->npos);
  CHECK(all->ends_with("\r\n\r\n"));
}

TEST_CASE("what is not HTTP, too long or badly encoded is refused and closed") {
  fixture f({.head_bound = 4096, .body_bound = 1000});
  const auto answer = [&](std::string_view request) {
    raw_client client(f.echo.port());
    client.send(request);
    return client.read_all();
  };
  CHECK(begins(answer("\x16\x03\x01 this is no HTTP\r\n\r\n"), "HTTP/1.1 400"));
  CHECK(begins(answer("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "HTTP/1.1 400"));
  CHECK(begins(answer(get("/%zz")), "HTTP/1.1 400"));
  CHECK(begins(answer(get("/?a=%4")), "HTTP/1.1 400"));
  CHECK(begins(answer(get("no/slash")), "HTTP/1.1 400"));
  CHECK(begins(answer(get("/", "Content-Length: x\r\n")), "HTTP/1.1 400"));
  CHECK(begins(answer(get("/", "X: " + std::string(5000, 'x') + "\r\n")), "HTTP/1.1 431"));
  CHECK(begins(answer(get("/" + std::string(5000, 'x'))), "HTTP/1.1 431"));
  CHECK(begins(answer(get("/", "Content-Length: 1001\r\n") + std::string(1001, 'x')), "HTTP/1.1 413"));
  CHECK(begins(answer(get("/", "Transfer-Encoding: chunked\r\n") + "500\r\n" + std::string(0x500, 'x')),
               "HTTP/1.1 413"));
  CHECK(begins(answer(get("http://localhost/absolute", "Connection: close\r\n")), "HTTP/1.1 200"));
}

TEST_CASE("a client that sends its head slowly gets 408, one that says nothing is closed") {
  fixture f({.request_timeout = 300ms});
  raw_client slow(f.echo.port());
  slow.send("GET / HTTP/1.1\r\nHost:");
  CHECK(begins(slow.read_all(), "HTTP/1.1 408"));
  raw_client slow_body(f.echo.port());
  slow_body.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
  CHECK(begins(slow_body.read_all(), "HTTP/1.1 408"));
  raw_client silent(f.echo.port());
  CHECK(silent.read_all() == "");
}

TEST_CASE("a kept connection is closed when it stays idle") {
  fixture f({.keep_alive_timeout = 50ms});
  raw_client client(f.echo.port());
  client.send(get("/"));
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->find("keep-alive") != all->npos);
  CHECK(count(*all, "HTTP/1.1") == 1);
}

TEST_CASE("a request whose answer is dropped, late or thrown away gets 503 or 500") {
  fixture f({.answer_timeout = 50ms});
  std::vector<respond> kept;
  f.echo.on_request = [&](server_request request, respond answer) {
    if (request.head.path == "/late") kept.push_back(std::move(answer));
    if (request.head.path == "/throw") throw std::runtime_error("on purpose");
  };
  raw_client dropped(f.echo.port());
  dropped.send(get("/drop"));
  CHECK(dropped.read_until("\r\n\r\n").starts_with("HTTP/1.1 503"));
  raw_client late(f.echo.port());
  late.send(get("/late"));
  CHECK(begins(late.read_all(), "HTTP/1.1 503"));
  raw_client thrown(f.echo.port());
  thrown.send(get("/throw"));
  CHECK(begins(thrown.read_all(), "HTTP/1.1 500"));
  REQUIRE(f.net.on_loop([&] { return kept.size(); }) == 1);
  kept.front()({.body = "too late"});
  f.net.on_loop([&] { kept.clear(); });
}

TEST_CASE("an answer may come from any thread, and only the first counts") {
  fixture f;
  std::vector<std::thread> threads;
  f.echo.on_request = [&](server_request, respond answer) {
    threads.emplace_back([answer = std::move(answer)] {
      answer({.body = "first", .headers = {{"X-Bad", "a\r\nb"}, {"X-Good", "yes"}}});
      answer({.body = "second"});
    });
  };
  raw_client client(f.echo.port());
  client.send(get("/", "Connection: close\r\n"));
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->ends_with("X-Good: yes\r\n\r\nfirst"));
  CHECK(all->find("X-Bad") == all->npos);
  for (auto& each : threads) each.join();
}

TEST_CASE("an unknown peer beyond the bound takes the place of the one that has said nothing for longest") {
  fixture f({.unknown_bound = 2});
  raw_client first(f.echo.port());
  first.send(get("/"));
  CHECK(first.read_until("\r\n\r\n/").find("200 OK") != std::string::npos);
  raw_client second(f.echo.port());
  second.send(get("/"));
  CHECK(second.read_until("\r\n\r\n/").find("200 OK") != std::string::npos);
  raw_client third(f.echo.port());
  third.send(get("/"));
  CHECK(third.read_until("\r\n\r\n/").find("200 OK") != std::string::npos);
  CHECK(first.read_all() == "");
  second.send(get("/"));
  CHECK(second.read_until("\r\n\r\n/").find("200 OK") != std::string::npos);
}

TEST_CASE("those who say nothing on one loop keep nobody out on another") {
  for (int round = 0; round < 8; ++round) {
    network net(2);
    echo_server echo(net, {.unknown_bound = 2});
    std::vector<std::unique_ptr<raw_client>> idle;
    for (int n = 0; n < 2; ++n) {
      idle.push_back(std::make_unique<raw_client>(echo.port()));
      // Its answer tells that it was accepted.
      idle.back()->send(get("/"));
      CHECK(begins(idle.back()->read_until("\r\n\r\n/"), "HTTP/1.1 200 OK"));
    }
    for (int n = 0; n < 10; ++n) {
      raw_client newcomer(echo.port());
      newcomer.send(get("/"));
      CHECK(begins(newcomer.read_until("\r\n\r\n/"), "HTTP/1.1 200 OK"));
    }
    echo.server().stop();
  }
}

TEST_CASE("a request that is being answered is not given up for a newcomer") {
  fixture f({.unknown_bound = 1});
  std::promise<respond> asked;
  f.echo.on_request = [&](server_request, respond answer) { asked.set_value(std::move(answer)); };
  raw_client first(f.echo.port());
  first.send(get("/"));
  auto answer = asked.get_future().get();
  raw_client second(f.echo.port());
  CHECK(second.read_all() == "");
  answer({.body = "here"});
  CHECK(first.read_until("here").find("200 OK") != std::string::npos);
}

TEST_CASE("a peer that has become known leaves its place to others, and books one of the known") {
  std::atomic<int> booked{0};
  const auto book = [&booked]() -> std::shared_ptr<void> {
    ++booked;
    return {&booked, [](void* count) { --*static_cast<std::atomic<int>*>(count); }};
  };
  fixture f({.unknown_bound = 1, .book_known = book});
  f.echo.on_request = [](server_request, respond answer) { answer({.body = "known", .known_peer = true}); };
  raw_client first(f.echo.port());
  raw_client second;
  for (auto* client : {&first, &second}) {
    if (client == &second) second.connect(f.echo.port());
    client->send(get("/"));
    CHECK(client->read_until("known").find("200 OK") != std::string::npos);
  }
  first.send(get("/"));
  CHECK(first.read_until("known").find("200 OK") != std::string::npos);
  CHECK(booked == 2);
  f.echo.server().stop();
  CHECK(booked == 0);
}

TEST_CASE("a known peer for whom there is no room gets its answer and goes") {
  fixture f({.book_known = []() -> std::shared_ptr<void> { return nullptr; }});
  f.echo.on_request = [](server_request, respond answer) { answer({.body = "known", .known_peer = true}); };
  raw_client client(f.echo.port());
  client.send(get("/"));
  const auto all = client.read_all();
  REQUIRE(all);
  CHECK(all->find("200 OK") != std::string::npos);
  CHECK(all->find("Connection: close") != std::string::npos);
}

TEST_CASE("stop closes connections in every state and waits for them") {
  network net(2);
  std::vector<respond> kept;
  std::mutex mutex;
  {
    echo_server echo(net);
    echo.on_request = [&](server_request, respond answer) {
      std::lock_guard guard(mutex);
      kept.push_back(std::move(answer));
    };
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int each = 0; each < 40; ++each) clients.push_back(std::make_unique<raw_client>(echo.port()));
    for (std::size_t each = 0; each < 10; ++each) clients[each]->send(get("/"));
    for (std::size_t each = 10; each < 20; ++each) clients[each]->send("GET / HT");
    CHECK(net.becomes([&] {
      std::lock_guard guard(mutex);
      return kept.size() == 10 && live_http_connections() == 40;
    }));
    echo.server().stop();
    CHECK(live_http_connections() == 0);
    for (auto& each : clients) CHECK(each->read_all() == "");
    CHECK_THROWS(raw_client(echo.port()));
  }
  kept.clear();
  CHECK(net.is_empty());
}

TEST_CASE("a server that stopped accepting finishes what it has") {
  fixture f;
  raw_client client(f.echo.port());
  client.send(get("/a"));
  CHECK(client.read_until("/a").ends_with("/a"));
  f.echo.server().stop_accepting();
  CHECK(f.net.becomes([&] {
    try {
      raw_client refused(f.echo.port());
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  }));
  client.send(get("/b"));
  CHECK(client.read_until("/b").ends_with("/b"));
}

TEST_CASE("a port in use, a bad address and bad TLS files are named") {
  network net;
  deaf_listener taken;
  const auto reason = [&](server_settings settings) -> std::string {
    try {
      http_server server({&net.loop()}, std::move(settings), {});
    } catch (const std::runtime_error& failure) {
      return failure.what();
    }
    return "";
  };
  CHECK(reason({.port = taken.port()}) ==
        "cannot listen on 127.0.0.1:" + std::to_string(taken.port()) + ": Address already in use");
  http_server first({&net.loop()}, {}, {});
  CHECK(reason({.port = first.port()}).ends_with(": Address already in use"));
  CHECK(reason({.host = "nowhere"}).starts_with("cannot listen on nowhere:0: "));
  CHECK(reason({.tls_certificate = "/no/such", .tls_key = "/no/key"})
            .starts_with("cannot use TLS certificate /no/such: "));
}
