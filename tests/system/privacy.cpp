#include "tests/system/staying_caller.hpp"

#include <sstream>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view secrets[] = {"KEY-of-the-carrier", "KEY-of-elevenlabs", "SECRET-of-the-server",
                                        "TOKEN-of-the-api", "fixed-token-of-the-test"};

/// An engine with secrets that can be told from other words, and one call of each kind on it.
std::string log_of_calls(const std::string& level) {
  running_engine::options wanted;
  wanted.flags = {"--elevenlabs.api_key=KEY-of-elevenlabs", "--server.secret=SECRET-of-the-server",
                  "--log.level=" + level};
  wanted.call_control = true;
  wanted.carrier_key = "KEY-of-the-carrier";
  running_engine running(wanted);
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.view->ended_call(20s).end_reason == "caller_hung_up");
  auto network = make_http_client();
  const auto knock = [&](std::uint16_t port, const std::string& path,
                         std::vector<std::pair<std::string, std::string>> headers) {
    std::promise<http_answer> answered;
    std::unique_ptr<http_exchange> exchange;
    running.loops.run([&] {
      exchange = network->send(running.loops.first(),
                               {.to = peer::admin,
                                .url = "http://127.0.0.1:" + std::to_string(port) + path,
                                .headers = std::move(headers)},
                               [&](http_answer got) { answered.set_value(std::move(got)); });
    });
    const auto status = answered.get_future().get().status;
    running.loops.run([&] { exchange.reset(); });
    return status;
  };
  CHECK(knock(running.port(), "/telnyx/webhooks", {}) == 401);
  CHECK(knock(running.port(), "/telnyx/media/fixed-token-of-the-test", {}) != 200);
  CHECK(knock(running.engine->admin_port(), "/v1/calls", {{"Authorization", "Bearer TOKEN-of-the-api"}}) ==
        400);
  CHECK(running.left().empty());
  CHECK(running.engine->stop(30s) == 0);
  return running.engine->output();
}

std::size_t count(const std::string& log, std::string_view text) {
  std::size_t found = 0;
  for (auto at = log.find(text); at != log.npos; at = log.find(text, at + 1)) ++found;
  return found;
}

void check_private(const std::string& log) {
  for (const auto secret : secrets) CHECK_MESSAGE(count(log, secret) == 0, secret);
  // A stream token's way in, numbers of the caller and the called, audio.
  for (const auto* text : {"/telnyx/media", "3125550100", "3125550142", "payload", "Bearer"}) {
    CHECK_MESSAGE(count(log, text) == 0, text);
  }
  CHECK(count(log, "call started id=") == 1);
  CHECK(count(log, "call ended id=") == 1);
  CHECK(count(log, "webhook refused") == 1);
}

}  // namespace

TEST_CASE("the log holds no secret, no number and no line for a frame, and words only at debug") {
  const auto everything = log_of_calls("debug");
  check_private(everything);
  // A call of seconds has hundreds of frames.
  CHECK(count(everything, "\n") < 60);
  const auto normal = log_of_calls("info");
  check_private(normal);
  CHECK(count(normal, "hello") == 0);
  CHECK(count(normal, "\n") < 12);
  std::istringstream lines(normal);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("call ended") == line.npos) continue;
    for (const auto* part : {"direction=incoming", "from=", "to=", "reason=caller_hung_up",
                             "seconds=", "turns=2", "reconnects=0"}) {
      CHECK_MESSAGE(line.find(part) != line.npos, line);
    }
  }
}

TEST_CASE("a door that is tried again and again is logged a few times and counted each time") {
  running_engine running({});
  constexpr int tries = 60;
  auto network = make_link_connector();
  struct knocker final : link_events {
    void on_text(std::span<char>) override {}
    void on_closed(const link_closed& how) override { refused.set_value(how.http_status); }
    std::promise<unsigned> refused;
  };
  for (int i = 0; i < tries; ++i) {
    knocker one;
    std::unique_ptr<link> stream;
    running.loops.run([&] {
      stream =
          network->connect(running.loops.first(), {.to = peer::telnyx,
                                                   .url = "ws://127.0.0.1:" + std::to_string(running.port()) +
                                                          "/telnyx/media/guess" + std::to_string(i)});
      stream->start(one);
    });
    auto refused = one.refused.get_future();
    REQUIRE(refused.wait_for(patience) == std::future_status::ready);
    CHECK(refused.get() == 403);
    running.loops.run([&] { stream.reset(); });
  }
  CHECK(lab::metric(running.view->get("/metrics").value_or(""),
                    R"(tandem_connection_failures_total{peer="telnyx",reason="unauthorised"})") == tries);
  CHECK(running.engine->stop(30s) == 0);
  const auto log = running.engine->output();
  CHECK(count(log, "media stream refused reason=") <= 20);
  CHECK(count(log, "log held lines back count=") >= 1);
}

}  // namespace tandem::test
