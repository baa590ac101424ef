#include "actors/admission.hpp"
#include "actors/media/speech_spares.hpp"
#include "tests/actors/speech_fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A call whose synthesis has a standby.
struct standby_fixture : speech_fixture {
  standby_fixture() {
    settings.speech.url = "ws://first";
    settings.speech.api_key = "key";
    settings.speech.voice = "anna";
    settings.speech.standby = {
        .url = "ws://standby", .api_key = "other key", .voice = "otto", .model = "other"};
  }

  bool at_standby() { return peer().request.url.starts_with("ws://standby"); }
  void refuse() { peer().close(0, "refused", false); }

  /// The whole reply has been heard, as this audio.
  void heard(const bytes& audio, const std::string& text) {
    host.advance(3s);
    CHECK(carrier.audio() == padded(audio));
    return_mark();
    CHECK(dialogue->last<speech_finished>().heard_text == text);
    CHECK(dialogue->count<speech_failed>() == 0);
    CHECK(call->count<provider_failed>() == 0);
  }

  static void append(bytes& audio, const bytes& more) { audio.insert(audio.end(), more.begin(), more.end()); }
  static void cut(bytes& audio, std::string_view behind) { audio.resize(behind.size() * 400); }
};

}  // namespace

TEST_CASE_FIXTURE(standby_fixture,
                  "a first provider that refuses to connect is replaced by the standby's voice") {
  spawn(false);
  tell(actor, speak{1, "Good morning.", true});
  refuse();
  host.advance(130ms);
  CHECK_FALSE(at_standby());
  refuse();
  host.run();
  REQUIRE(at_standby());
  CHECK(peer().request.url.starts_with("ws://standby/otto/"));
  CHECK(peer().request.url.find("model_id=other") != std::string::npos);
  CHECK(peer().request.headers.front().second == "other key");
  open_socket();
  CHECK(text_of(peer()) == "Good morning. ");
  const auto audio = synthesise("Good morning.");
  finish();
  heard(audio, "Good morning.");
  CHECK(call->last<provider_reconnected>().provider == "standby");
  CHECK(measure.failovers(peer::speech).Value() == 1);
}

TEST_CASE_FIXTURE(standby_fixture, "a reply whose socket dies twice is spoken to its end by the standby") {
  spawn();
  tell(actor, speak{1, "Good morning to you. How can I help?", true});
  auto audio = synthesise("Good morning ");
  peer().close(1011, "gone");
  host.advance(130ms);
  REQUIRE_FALSE(at_standby());
  open_socket();
  cut(audio, "Good morning");
  append(audio, synthesise(" to you. "));
  peer().close(1011, "gone");
  host.run();
  REQUIRE(at_standby());
  open_socket();
  CHECK(text_of(peer()) == " How can I help? ");
  cut(audio, "Good morning to you.");
  append(audio, synthesise(" How can I help?"));
  finish();
  heard(audio, "Good morning to you. How can I help?");
  CHECK(measure.failovers(peer::speech).Value() == 1);
  tell(actor, speak{2, "Hello?", true});
  CHECK(at_standby());
  CHECK(text_of(peer()).ends_with("Hello? "));
}

TEST_CASE_FIXTURE(standby_fixture, "a reply that the standby breaks off as well has failed") {
  spawn();
  tell(actor, speak{1, "Good morning to you. How can I help?", true});
  for (const auto* piece : {"Good morning ", " to you. ", " How can "}) {
    CHECK(dialogue->count<speech_failed>() == 0);
    synthesise(piece);
    peer().close(1011, "gone");
    host.advance(130ms);
    if (peer().connected()) open_socket();
  }
  host.advance(3s);
  return_mark();
  CHECK(dialogue->count<speech_failed>() == 1);
  CHECK(dialogue->last<speech_heard>().heard_text == "Good morning to you. How can");
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(standby_fixture, "a first provider that stays silent twice is replaced in the same turn") {
  spawn();
  tell(actor, speak{1, "Good morning.", true});
  host.advance(2600ms);
  CHECK_FALSE(at_standby());
  open_socket();
  host.advance(2600ms);
  REQUIRE(at_standby());
  open_socket();
  const auto audio = synthesise("Good morning.");
  finish();
  heard(audio, "Good morning.");
}

TEST_CASE_FIXTURE(standby_fixture, "a first provider that hangs is left in time for the turn that waits") {
  spawn(false);
  tell(actor, speak{1, "Good morning.", true});
  host.advance(2900ms);
  CHECK_FALSE(at_standby());
  host.advance(200ms);
  REQUIRE(at_standby());
  open_socket();
  const auto audio = synthesise("Good morning.");
  finish();
  heard(audio, "Good morning.");
}

TEST_CASE_FIXTURE(standby_fixture,
                  "a first provider that stops in mid-reply is replaced behind the last word") {
  spawn();
  tell(actor, speak{1, "Good morning to you.", true});
  synthesise("Good morning ");
  host.advance(2600ms);
  CHECK(connector.peers.size() == 2);
  CHECK_FALSE(at_standby());
  host.advance(3100ms);
  REQUIRE(at_standby());
  open_socket();
  CHECK(text_of(peer()) == " to you. ");
  synthesise(" to you.");
  finish();
  host.advance(3s);
  return_mark();
  CHECK(dialogue->last<speech_finished>().heard_text == "Good morning to you.");
  CHECK(dialogue->count<speech_failed>() == 0);
}

TEST_CASE_FIXTURE(standby_fixture,
                  "an account that is refused goes to the standby at once, and so do new calls") {
  for (const bool at_upgrade : {true, false}) {
    spawn(!at_upgrade);
    call->clear();
    dialogue->clear();
    tell(actor, speak{1, "Good morning.", true});
    if (at_upgrade) {
      peer().events->on_closed({0, "HTTP 401", 401, false});
    } else {
      fail_with({"quota_exceeded", "because", 1008, {}});
    }
    host.run();
    REQUIRE(at_standby());
    open_socket();
    CHECK(text_of(peer()) == "Good morning. ");
    CHECK(call->count<provider_failed>() == 0);
    end(actor);
    spawn(false);
    CHECK(at_standby());
    end(actor);
    host.advance(2s);
    spawn();
    CHECK_FALSE(at_standby());
    end(actor);
  }
}

TEST_CASE_FIXTURE(standby_fixture,
                  "a call without either voice fails its reply and its fallback, then is told so") {
  spawn(false);
  for (std::uint32_t turn = 1; turn <= 2; ++turn) {
    CHECK(call->count<provider_failed>() == 0);
    tell(actor, speak{turn, "Good morning.", true});
    for (int i = 0; i < 75; ++i) {
      if (peer().connected()) refuse();
      host.advance(100ms);
    }
    CHECK(dialogue->count<speech_failed>() == turn);
  }
  CHECK(call->count<provider_failed>() == 1);
  CHECK(call->last<provider_failed>().who == peer::speech);
}

TEST_CASE_FIXTURE(standby_fixture, "while the first's circuit is open a call takes a spare of the standby") {
  admission door({}, 1, 100ms, measure);
  speech_spares spares({&host}, connector, door);
  shared.spares = &spares;
  auto& breaker = breakers.of(peer::speech, "ws://first", "key");
  for (int i = 0; i < 20; ++i) breaker.enter(host.now())->failed(host.now());
  for (int i = 0; i < 2; ++i) {
    spawn(false);
    CHECK(at_standby());
    host.advance(400ms);
  }
  for (const auto& each : connector.peers) {
    if (each->connected() && !each->is_open) each->open();
  }
  host.run();
  const auto made = connector.peers.size();
  spawn(false);
  tell(actor, speak{1, "Good morning.", true});
  const auto spoke = std::find_if(connector.peers.begin(), connector.peers.end(),
                                  [](const auto& each) { return text_of(*each) == "Good morning. "; });
  REQUIRE(spoke != connector.peers.end());
  CHECK((*spoke)->request.url.starts_with("ws://standby"));
  CHECK(spoke - connector.peers.begin() < static_cast<std::ptrdiff_t>(made));
  CHECK(call->last<provider_reconnected>().provider == "standby");
  // A spare of the standby keeps nobody from finding that the first is back.
  host.advance(400ms);
  spawn(false);
  CHECK(std::any_of(connector.peers.begin() + static_cast<std::ptrdiff_t>(made), connector.peers.end(),
                    [](const auto& each) { return each->request.url.starts_with("ws://first"); }));
  end_all();
  spares.close();
  host.run();
}
