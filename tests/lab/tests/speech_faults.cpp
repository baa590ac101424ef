#include "tests/lab/speech_faults.hpp"

#include "protocols/elevenlabs/scribe.hpp"
#include "protocols/elevenlabs/speech_stream.hpp"
#include "tests/lab/tests/socket_client.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::lab;
using namespace std::chrono_literals;

namespace {

speech_fault fault(const char* text) {
  auto parsed = parse_fault(text);
  REQUIRE(parsed);
  return *parsed;
}

/// Connects until the upgrade is answered as expected.
bool comes_to(lab_loops& loops, const std::string& url, unsigned status) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (std::chrono::steady_clock::now() < deadline) {
    socket_client one(loops, url);
    const auto message = one.next();
    if (status == 0 ? message.has_value() : !message && one.closed()->http_status == status) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a fault says its side, its kind, its time and how long it lasts") {
  const auto refusal = fault("scribe.refuse-429@1.5+30");
  CHECK(refusal.what == speech_fault::kind::refuse);
  CHECK(refusal.status == 429);
  CHECK(refusal.scribe);
  CHECK_FALSE(refusal.speech);
  CHECK(refusal.after == 1500ms);
  CHECK(refusal.lasts == 30s);
  const auto both = fault("stall@0");
  CHECK(both.what == speech_fault::kind::stall);
  CHECK(both.scribe);
  CHECK(both.speech);
  CHECK(both.lasts == 0s);
  CHECK(fault("speech.error-quota_exceeded@2").type == "quota_exceeded");
  for (const auto* wrong : {"", "@", "drop", "drop@", "drop@x", "drop@1+", "drop@-1", "drop@nan", "drop@1e99",
                            "refuse-@1", "refuse-200@1", "refuse-42x@1", "error-@1", "other.drop@1"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_fault(wrong));
  }
}

TEST_CASE("upgrades of one side are refused for a while, and then not") {
  lab_loops loops;
  speech_server server(loops.all(), synthetic());
  server.start();
  server.inject(fault("scribe.refuse-429@0+3"));
  CHECK(comes_to(loops, at(server, scribe_target), 429));
  socket_client other(loops, at(server, speech_target));
  CHECK(comes_to(loops, at(server, scribe_target), 0));
}

TEST_CASE("all sockets of one side drop at a moment") {
  lab_loops loops(2);
  speech_server server(loops.all(), synthetic());
  server.start();
  socket_client ear(loops, at(server, scribe_target));
  socket_client mouth(loops, at(server, speech_target));
  REQUIRE(ear.next());
  server.inject(fault("scribe.drop@0"));
  const auto how = ear.closed();
  REQUIRE(how);
  CHECK(how->code == 0);
  CHECK(how->was_open);
  CHECK(comes_to(loops, at(server, scribe_target), 0));
  CHECK_FALSE(mouth.is_closed());
}

TEST_CASE("a stalled server reads everything later, a silent one says nothing") {
  lab_loops loops;
  auto options = synthetic();
  options.faults = {fault("scribe.stall@0+0.5"), fault("speech.silence@0+3600")};
  speech_server server(loops.all(), options);
  server.start();
  socket_client mouth(loops, at(server, speech_target));
  std::string text;
  tts::append_text(text, "t1", "Hello there. ", true);
  mouth.send(text);
  socket_client ear(loops, at(server, scribe_target));
  std::string chunk;
  scribe::append_audio_chunk(chunk, std::vector<std::uint8_t>(8000, 0x20), true, 8000);
  ear.send(chunk);
  while (auto message = ear.next()) {
    if (message->find("committed_transcript") != std::string::npos) break;
  }
  CHECK_FALSE(ear.is_closed());
  CHECK_FALSE(mouth.has_text());
  CHECK_FALSE(mouth.is_closed());
}

TEST_CASE("open sessions fail with any error type") {
  lab_loops loops;
  speech_server server(loops.all(), synthetic());
  server.start();
  socket_client ear(loops, at(server, scribe_target));
  socket_client mouth(loops, at(server, speech_target));
  // A session is open for certain when it has said something.
  std::string text;
  tts::append_text(text, "t1", "Hello there. ", true);
  mouth.send(text);
  REQUIRE(ear.next());
  REQUIRE(mouth.next());
  server.inject(fault("error-resource_exhausted@0"));
  for (auto* each : {&ear, &mouth}) {
    auto message = each->next();
    while (message && message->find("resource_exhausted") == std::string::npos) message = each->next();
    CHECK(message);
    CHECK(each->closed());
  }
}
