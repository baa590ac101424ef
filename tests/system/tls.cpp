#include "tests/lab/certificates.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <cstdlib>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

std::vector<std::uint8_t> reply() {
  auto spoken = lab::make_synthetic_voice()->speak("hello there ", 8000);
  std::vector<std::uint8_t> bytes(spoken.samples.size());
  g711::encode_ulaw(spoken.samples, bytes);
  return bytes;
}

bool contains(const std::vector<std::uint8_t>& whole, const std::vector<std::uint8_t>& part) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

}  // namespace

TEST_CASE("calls over TLS, the carrier's and the providers', pass byte for byte and leave nothing behind") {
  constexpr std::size_t calls = 6;
  lab::trusted_authority authority;
  const auto files = authority.issue("IP:127.0.0.1");
  for (const bool call_control : {false, true}) {
    CAPTURE(call_control);
    running_engine running(
        {.call_control = call_control, .certificate = files.certificate, .key = files.key});
    std::vector<std::unique_ptr<known_caller>> callers;
    std::vector<std::future<lab::call_outcome>> over;
    for (std::size_t i = 0; i < calls; ++i) {
      callers.push_back(std::make_unique<known_caller>(telnyx::codec::pcmu));
      over.push_back(running.place(*callers.back()));
    }
    for (std::size_t i = 0; i < calls; ++i) {
      REQUIRE(over[i].wait_for(patience) == std::future_status::ready);
      CHECK(over[i].get().ended_by == "caller");
      CHECK(contains(callers[i]->heard, reply()));
    }
    CHECK(running.left().empty());
    const auto metrics = running.view->get("/metrics").value_or("");
    CHECK(lab::metric(metrics, "tandem_connection_failures_total") == 0);
    CHECK(lab::metric(metrics, "tandem_calls_total") == calls);
    {
      const std::lock_guard guard(running.heard.mutex);
      CHECK(running.heard.sessions.size() == calls);
      for (const auto& [session, audio] : running.heard.sessions)
        CHECK(contains(audio, known_speech(telnyx::codec::pcmu)));
    }
    CHECK(running.engine->stop(30s) == 0);
  }
}

TEST_CASE("a provider that an authority of nobody's vouches for is not talked to") {
  lab::private_authority stranger;
  const auto files = stranger.issue("IP:127.0.0.1");
  lab::lab_loops loops;
  lab::speech_server_options how;
  how.tls_certificate = files.certificate;
  how.tls_key = files.key;
  how.synthetic = true;
  lab::speech_server impostor(loops.all(), how);
  impostor.start();
  const auto provider = "wss://127.0.0.1:" + std::to_string(impostor.port());
  running_engine running({.flags = {"--scribe.url=" + provider + "/v1/speech-to-text/realtime",
                                    "--speech.url=" + provider + "/v1/text-to-speech"}});
  staying_caller caller;
  auto over = running.place(caller);
  const auto failures = [&](const std::string& who) {
    return lab::metric(running.view->get("/metrics").value_or(""),
                       "tandem_connection_failures_total{peer=\"" + who + "\",reason=\"tls\"}");
  };
  CHECK(becomes([&] { return failures("scribe") > 0 && failures("speech") > 0; }));
  CHECK(impostor.accepted() == 0);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
}

}  // namespace tandem::test
