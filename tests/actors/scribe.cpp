#include "tests/actors/scribe_fixture.hpp"

#include <string>
#include <utility>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(scribe_fixture, "the caller's bytes reach Scribe unchanged, in chunks of 100 ms") {
  open_session();
  speak(15);
  const auto chunks = sent_to(peer());
  REQUIRE(chunks.size() == 3);
  for (const auto& each : chunks) {
    CHECK(each.audio.size() == 800);
    CHECK_FALSE(each.commit);
  }
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(scribe_fixture, "the session asks for the settings' model, language and key") {
  end(actor);
  settings.scribe.url = "ws://127.0.0.1:9/v1/speech-to-text/realtime";
  settings.scribe.api_key = "secret";
  settings.scribe.language = "de";
  spawn();
  const auto& request = peer().request;
  CHECK(request.to == peer::scribe);
  CHECK(request.url.starts_with("ws://127.0.0.1:9/v1/speech-to-text/realtime?"));
  CHECK(request.url.find("audio_format=ulaw_8000") != std::string::npos);
  CHECK(request.url.find("language_code=de") != std::string::npos);
  CHECK(request.url.find("commit_strategy=manual") != std::string::npos);
  REQUIRE(request.headers.size() == 1);
  CHECK(request.headers[0] == std::pair<std::string, std::string>("xi-api-key", "secret"));
}

TEST_CASE_FIXTURE(scribe_fixture, "audio before the session is kept and sent four times as fast at most") {
  peer().open();
  speak(100);
  CHECK(peer().sent.empty());
  open_session();
  const auto first = audio_of(peer()).size();
  CHECK(first <= 3200);
  host.advance(100ms);
  CHECK(audio_of(peer()).size() <= first + 3200);
  host.advance(400ms);
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(scribe_fixture, "the oldest audio goes when too much waits, and is counted") {
  open_session();
  peer().writable = false;
  speak(5);
  speak(750);
  CHECK(measure.inbound_frames(frame_outcome::dropped).Value() == 0);
  speak(100);
  CHECK(measure.inbound_frames(frame_outcome::dropped).Value() == 100);
  CHECK(measure.upstream_buffer_bytes->Value() == 120'000);
}

TEST_CASE_FIXTURE(scribe_fixture, "a full link is sent nothing until it can take more") {
  open_session();
  peer().writable = false;
  speak(5);
  CHECK(peer().sent.size() == 1);
  speak(20);
  CHECK(peer().sent.size() == 1);
  peer().writable = true;
  peer().events->on_writable();
  host.advance(400ms);
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit carries the rest of the audio and is answered once") {
  open_session();
  speak(22);
  tell(actor, commit_transcript{});
  const auto chunks = sent_to(peer());
  CHECK(chunks.back().commit);
  CHECK(chunks.back().audio.size() == 2 * 160);
  CHECK(audio_of(peer()) == spoken);
  say(scribe::committed{"hello there"});
  say(scribe::committed_with_timestamps{.text = "hello there", .language_code = {}, .words = {}});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "hello there");
}

TEST_CASE_FIXTURE(scribe_fixture, "a transcript says when it was read and how long its commit had waited") {
  open_session();
  speak(22);
  tell(actor, commit_transcript{host.now() - 3ms});
  host.advance(200ms);
  const auto read_at = host.now();
  say(scribe::committed{"hello there"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().read_at == read_at);
  CHECK(dialogue->last<transcript_committed>().own == 3ms);
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit that waits for a session does not wait here") {
  speak(22);
  tell(actor, commit_transcript{host.now()});
  host.advance(500ms);
  open_session();
  host.advance(200ms);
  REQUIRE(commits_in(peer()) == 1);
  say(scribe::committed{"hello there"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().own <= 200ms);
}

TEST_CASE_FIXTURE(scribe_fixture, "both variants of a transcript give one event in either order") {
  open_session();
  speak(20);
  tell(actor, commit_transcript{});
  say(scribe::committed_with_timestamps{.text = "yes", .language_code = {}, .words = {}});
  say(scribe::committed{"yes"});
  speak(20);
  tell(actor, commit_transcript{});
  say(scribe::committed{"yes"});
  say(scribe::committed_with_timestamps{.text = "yes", .language_code = {}, .words = {}});
  CHECK(dialogue->count<transcript_committed>() == 2);
}

TEST_CASE_FIXTURE(scribe_fixture, "transcripts that come again, echoes and late variants give no event") {
  open_session();
  for (const std::string text : {"Yes.", "Yes."}) {
    dialogue->clear();
    speak(50);
    tell(actor, commit_transcript{});
    say(scribe::committed{text});
    for (int again = 0; again < 2; ++again) {
      say(scribe::partial{"yes"});
      say(scribe::committed_with_timestamps{text, "en", {}});
      say(scribe::committed{text});
    }
    CHECK(dialogue->count<transcript_committed>() == 1);
    CHECK(dialogue->count<transcript_partial>() == 0);
  }
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit of less than 300 ms is padded with silence") {
  open_session();
  speak(4);
  tell(actor, commit_transcript{});
  const auto all = audio_of(peer());
  REQUIRE(all.size() == 2400);
  CHECK(bytes(all.begin(), all.begin() + 640) == spoken);
  CHECK(bytes(all.begin() + 640, all.end()) == bytes(1760, 0xff));
  CHECK(commits_in(peer()) == 1);
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit of no audio is answered with no text at once") {
  open_session();
  tell(actor, commit_transcript{});
  CHECK(peer().sent.empty());
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text.empty());
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit close to the automatic one lets that one answer") {
  open_session();
  speak(34 * 50);
  tell(actor, commit_transcript{});
  host.advance(2s);
  CHECK(commits_in(peer()) == 0);
  CHECK(audio_of(peer()).size() == 36'500 * 8);
  say(scribe::committed{"a long story"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "a long story");
}

TEST_CASE_FIXTURE(scribe_fixture, "Scribe's own commit during a wait begins the answer, the rest follows") {
  open_session();
  speak(36 * 50 + 25);
  speak(10);
  tell(actor, commit_transcript{});
  CHECK(commits_in(peer()) == 0);
  say(scribe::committed{"first half"});
  CHECK(dialogue->count<transcript_committed>() == 0);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"second half"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "first half second half");
}

TEST_CASE_FIXTURE(scribe_fixture, "a partial is told once, and no echo of what was committed") {
  open_session();
  speak(20);
  say(scribe::partial{"hel"});
  say(scribe::partial{"hello"});
  say(scribe::partial{"hello"});
  say(scribe::partial{""});
  CHECK(dialogue->count<transcript_partial>() == 2);
  tell(actor, commit_transcript{});
  say(scribe::committed{"hello"});
  say(scribe::partial{"hello"});
  CHECK(dialogue->count<transcript_partial>() == 2);
  CHECK(dialogue->last<transcript_partial>().text == "hello");
}

TEST_CASE_FIXTURE(scribe_fixture, "silence keeps the session alive when no audio comes") {
  open_session();
  host.advance(4900ms);
  CHECK(peer().sent.empty());
  host.advance(200ms);
  REQUIRE(peer().sent.size() == 1);
  CHECK(audio_of(peer()) == bytes(800, 0xff));
  host.advance(10s);
  CHECK(peer().sent.size() == 3);
}

TEST_CASE_FIXTURE(scribe_fixture, "what Scribe is sent is the call's usage, also at the end") {
  open_session();
  speak(10 * 50);
  REQUIRE(call->count<usage_grew>() == 1);
  CHECK(call->last<usage_grew>().by.stt_seconds == doctest::Approx(10));
  speak(50);
  end(actor);
  REQUIRE(call->count<usage_grew>() == 2);
  CHECK(call->last<usage_grew>().by.stt_seconds == doctest::Approx(1));
}

TEST_CASE_FIXTURE(scribe_fixture, "each chunk gives one sample of its delay") {
  open_session();
  speak(25);
  CHECK(samples(*measure.media_delay_seconds) == 5);
  CHECK(measure.media_delay_seconds->Collect().histogram.sample_sum == doctest::Approx(0));
}

TEST_CASE_FIXTURE(scribe_fixture, "an ended actor leaves no timer, link, byte or place in the path") {
  open_session();
  speak(33);
  tell(actor, commit_transcript{});
  CHECK(measure.upstream_buffer_bytes->Value() > 0);
  CHECK(live(actor_kind::scribe) == 1);
  end(actor);
  actor = scribe_actor{};
  CHECK(live(actor_kind::scribe) == 0);
  CHECK(host.armed_timers() == 0);
  CHECK(peer().dropped);
  CHECK(path->recogniser == nullptr);
  CHECK(measure.upstream_buffer_bytes->Value() == 0);
}
