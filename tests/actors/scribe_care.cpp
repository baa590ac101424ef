#include "tests/actors/scribe_fixture.hpp"

#include <string>

using namespace tandem;
using namespace tandem::test;

namespace {

struct quiet_fixture : scribe_fixture {
  void voice(bool speaking) {
    path->recogniser->caller_voice(speaking, 0ms);
    host.run();
  }

  /// An utterance that has its transcript.
  void utter() {
    voice(true);
    speak(50);
    voice(false);
    tell(actor, commit_transcript{});
    say(scribe::committed{"words"});
  }

  void fail_with(scribe::error_type type) { say(scribe::error{type, scribe::to_string(type), "because"}); }

  double held() const { return measure.upstream_buffer_bytes->Value(); }
};

}  // namespace

TEST_CASE_FIXTURE(quiet_fixture, "an old session gives way to a fresh one while the caller is quiet") {
  open_session();
  voice(false);
  host.advance(19min);
  CHECK(connector.peers.size() == 1);
  voice(true);
  host.advance(2min);
  speak(50);
  CHECK(connector.peers.size() == 1);
  voice(false);
  tell(actor, commit_transcript{});
  CHECK(connector.peers.size() == 1);
  say(scribe::committed{"words"});
  REQUIRE(connector.peers.size() == 2);
  CHECK(connector.peers.front()->closed_with == 1000);
  const auto before = spoken.size();
  voice(true);
  speak(50);
  open_session();
  speak(20);
  voice(false);
  tell(actor, commit_transcript{});
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken_from(before));
  CHECK(commits_in(peer()) == 1);
  CHECK(call->count<provider_reconnected>() == 0);
  CHECK(measure.reconnects(peer::scribe).Value() == 0);
  CHECK(dialogue->count<transcript_committed>() == 1);
}

TEST_CASE_FIXTURE(quiet_fixture,
                  "a caller who never pauses gets a fresh session in mid-word, without losing it") {
  open_session();
  voice(true);
  host.advance(24min);
  speak(100);
  CHECK(connector.peers.size() == 1);
  host.advance(1min);
  REQUIRE(connector.peers.size() == 2);
  open_session();
  speak(50);
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(quiet_fixture, "silence is neither kept nor sent again") {
  open_session();
  voice(false);
  speak(500);
  CHECK(held() <= 8000 + 160);
  utter();
  speak(500);
  CHECK(held() <= 8000 + 160);
  const auto kept = static_cast<std::size_t>(held());
  peer().close(0, "reset");
  speak(500);
  CHECK(held() <= 8000 + 160);
  open_session();
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken_from(spoken.size() - kept));
  CHECK(measure.inbound_frames(frame_outcome::dropped).Value() == 0);
}

TEST_CASE_FIXTURE(quiet_fixture, "voice that has no transcript yet is kept through any silence behind it") {
  open_session();
  voice(true);
  speak(50);
  voice(false);
  speak(200);
  peer().close(0, "reset");
  speak(50);
  open_session();
  host.advance(2s);
  CHECK(audio_of(peer()).size() == spoken.size() / 800 * 800);
}

TEST_CASE_FIXTURE(quiet_fixture, "a second before the voice is kept for what is noticed late") {
  voice(false);
  speak(500);
  path->recogniser->caller_voice(true, 60ms);
  speak(50);
  open_session();
  host.advance(2s);
  CHECK(audio_of(peer()) == spoken_from(450 * 160));
}

TEST_CASE_FIXTURE(quiet_fixture, "a session that ends since nobody speaks is replaced when somebody does") {
  open_session();
  voice(false);
  speak(50);
  fail_with(scribe::error_type::insufficient_audio_activity);
  host.advance(1min);
  CHECK(connector.peers.size() == 1);
  speak(50);
  const auto before = spoken.size();
  voice(true);
  REQUIRE(connector.peers.size() == 2);
  open_session();
  speak(50);
  host.advance(1s);
  const auto heard = audio_of(peer());
  const auto words = spoken_from(before);
  REQUIRE(heard.size() >= words.size());
  CHECK(bytes(heard.end() - static_cast<std::ptrdiff_t>(words.size()), heard.end()) == words);
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(quiet_fixture, "a session that ends for want of speech in mid-word is replaced at once") {
  open_session();
  voice(true);
  speak(50);
  fail_with(scribe::error_type::insufficient_audio_activity);
  host.advance(1s);
  CHECK(connector.peers.size() == 2);
}

TEST_CASE_FIXTURE(quiet_fixture, "a commit that is wanted ends a rest") {
  open_session();
  voice(false);
  speak(50);
  fail_with(scribe::error_type::insufficient_audio_activity);
  host.advance(1s);
  CHECK(connector.peers.size() == 1);
  tell(actor, commit_transcript{});
  CHECK(connector.peers.size() == 2);
}

TEST_CASE_FIXTURE(quiet_fixture, "sessions that start and fail at once make the call deaf in the end") {
  for (int i = 0; i < 40 && call->count<provider_failed>() == 0; ++i) {
    open_session();
    fail_with(scribe::error_type::transcriber_error);
    host.advance(5s);
  }
  CHECK(call->count<provider_failed>() == 1);
  const auto attempts = connector.peers.size();
  host.advance(1min);
  CHECK(connector.peers.size() == attempts);
}

TEST_CASE_FIXTURE(quiet_fixture, "a stall of 1.5 s and its burst are worked off within a second") {
  open_session();
  speak(100);
  peer().writable = false;
  speak(5);
  const auto before = audio_of(peer()).size();
  // The carrier delivers in one burst what it could not for so long.
  for (int i = 0; i < 75; ++i) path->recogniser->caller_audio(bytes(160, 0x42), host.now());
  peer().writable = true;
  peer().events->on_writable();
  host.advance(1s);
  CHECK(audio_of(peer()).size() >= before + 75 * 160);
  CHECK(measure.inbound_frames(frame_outcome::dropped).Value() == 0);
}

TEST_CASE_FIXTURE(quiet_fixture, "however long Scribe does not read, a call's audio stays within its bound") {
  settings.limits.buffer_bytes = 100'000;
  end(actor);
  spawn();
  open_session();
  CHECK(peer().request.write_bound <= settings.limits.buffer_bytes / 8);
  voice(true);
  peer().writable = false;
  speak(3000);
  CHECK(held() <= 25'000);
  CHECK(measure.inbound_frames(frame_outcome::dropped).Value() > 2500);
  end(actor);
  CHECK(held() == 0);
}
