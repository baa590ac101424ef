#include "tests/system/rude_carrier.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace tandem::test {

namespace {

/// Sends bytes to a port and reads what comes back until the peer closes, or for two seconds.
std::string converse(std::uint16_t port, const std::string& bytes) {
  auto socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  timeval limit{2, 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  // The peer may well close before it has read everything.
  [[maybe_unused]] auto sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  shutdown(socket, SHUT_WR);
  std::string answer;
  char block[4096];
  for (ssize_t size = 0; (size = recv(socket, block, sizeof block, 0)) > 0;)
    answer.append(block, static_cast<std::size_t>(size));
  close(socket);
  return answer;
}

std::string post(const std::string& body, const std::string& headers = "") {
  return "POST /telnyx/webhooks HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("garbage on the HTTP ports is answered with an error and costs nothing") {
  running_engine running({});
  auto admin = running.engine->admin_port();
  for (auto port : {running.port(), admin}) {
    converse(port, "");
    converse(port, std::string(1000, '\0'));
    converse(port, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03");
    CHECK(converse(port, "GET nonsense\r\n\r\n").find("400") != std::string::npos);
    CHECK(converse(port, "GET / HTTP/1.1\r\nX: " + std::string(100000, 'x') + "\r\n\r\n").find("431") !=
          std::string::npos);
    converse(port, "GET /%zz%00?%&&=%f HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  }
  CHECK(converse(running.port(), post("{}")).find("401") != std::string::npos);
  CHECK(converse(running.port(), post("{}", "telnyx-timestamp: 1\r\ntelnyx-signature-ed25519: AAAA\r\n"))
            .find("401") != std::string::npos);
  // Nobody waits for a body behind such a head.
  CHECK(converse(running.port(), "POST /telnyx/webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
            .find("401") != std::string::npos);
  CHECK(converse(running.port(), post(std::string(2 * 1024 * 1024, '['))).find("413") != std::string::npos);
  CHECK(
      converse(running.port(),
               "GET /telnyx/media/wrong HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
               "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
          .find("403") != std::string::npos);
  CHECK(converse(admin, "DELETE /v1/calls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .find("405") != std::string::npos);
  CHECK(converse(admin, "GET /v1/calls?limit=no HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .find("400") != std::string::npos);
  CHECK(converse(admin, "GET /v1/calls/nobody HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .find("404") != std::string::npos);
  CHECK(running.view->get("/healthz"));
  CHECK(running.left().empty());
}

TEST_CASE("a malformed webhook with a right signature is refused as such") {
  running_engine running({.call_control = true});
  auto now =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  auto stamp = std::to_string(now.count());
  for (const auto& body : {std::string("not json"), std::string(1000000, '['), std::string("[]"),
                           std::string("{}"), std::string(R"({"data":{"id":5}})")}) {
    auto headers = "telnyx-timestamp: " + stamp +
                   "\r\ntelnyx-signature-ed25519: " + running.telnyx.sign(stamp, body) + "\r\n";
    CHECK(converse(running.port(), post(body, headers)).find("400") != std::string::npos);
  }
  CHECK(running.left().empty());
}

TEST_CASE("malformed streams end their own call and nothing else") {
  running_engine running({});
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  auto network = make_link_connector();
  auto url = "ws://127.0.0.1:" + std::to_string(running.port()) + "/telnyx/media/fixed-token-of-the-test";
  const auto pcmu = R"({"encoding":"PCMU","sample_rate":8000,"channels":1})";
  const std::string media = R"({"event":"media","media":{"track":"inbound","chunk":"2","payload":")";
  const std::vector<std::vector<std::string>> all = {
      {"", "{", "[]", "null", "true", "\"\"", "not json"},
      {std::string(1000000, '[')},
      {R"({"event":"connected"})", R"({"event":5})", R"({"event":"unknown","x":[[[[]]]]})"},
      {media + "AAAA\"}}", start_of("early", pcmu)},
      {start_of("a", pcmu), media + "***\"}}", media + "AAA\"}}", media + "\"}}",
       media + std::string(900000, 'A') + "\"}}"},
      {start_of("b", R"({"encoding":"MP3","sample_rate":44100,"channels":2})")},
      {start_of("c", R"("none")"), start_of("c", pcmu), start_of("d", pcmu)},
      {start_of("e", pcmu), R"({"event":"mark"})",
       R"({"event":"mark","mark":{"name":"99.99999999999999999999"}})",
       R"({"event":"dtmf","dtmf":{"digit":""}})", R"({"event":"stop"})", media + "/////w==\"}}",
       R"({"event":"stop"})"},
      {start_of("f", pcmu), std::string(1500000, ' ')},
  };
  for (const auto& sayings : all) {
    rude_carrier rude(running.loops, *network, url, sayings);
    CHECK(rude.wait());
  }
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(caller.heard.empty());
  CHECK(running.left().empty());
  CHECK(running.engine->stop(std::chrono::seconds(30)) == 0);
}

}  // namespace tandem::test
