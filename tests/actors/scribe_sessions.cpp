#include "tests/actors/scribe_fixture.hpp"

#include <memory>
#include <stdexcept>
#include <string>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A link that cannot even be written to.
struct throwing_connector final : link_connector {
  struct broken_link final : tandem::link {
    explicit broken_link(loop& where) : home_(where) {}
    void start(link_events& events) override { events_ = &events; }
    bool send(std::string_view) override { throw std::runtime_error("broken link"); }
    bool send_binary(std::string_view bytes) override { return send(bytes); }
    std::size_t queued_bytes() const override { return 0; }
    void pause_reading(bool) override {}
    void close(std::uint16_t, std::string_view) override {}
    void leave(std::uint16_t, std::string_view) override {}
    loop& home() override { return home_; }
    loop& home_;
    link_events* events_ = nullptr;
  };

  std::unique_ptr<tandem::link> connect(loop& home, const link_request&) override {
    auto made = std::make_unique<broken_link>(home);
    newest = made.get();
    return made;
  }
  broken_link* newest = nullptr;
};

scribe::error error_of(scribe::error_type type) { return {type, scribe::to_string(type), "because"}; }

}  // namespace

TEST_CASE_FIXTURE(scribe_fixture,
                  "a lost session is replaced and gets the uncommitted audio once, in order") {
  open_session();
  speak(50);
  tell(actor, commit_transcript{});
  say(scribe::committed{"first"});
  const auto committed = spoken.size();
  speak(27);
  peer().close(1000, "");
  speak(13);
  REQUIRE(connector.peers.size() == 2);
  open_session();
  speak(60);
  CHECK(audio_of(peer()) == spoken_from(committed));
  CHECK(measure.reconnects(peer::scribe).Value() == 1);
  CHECK(call->count<provider_reconnected>() == 1);
  // What was sent before the loss gives no second sample.
  CHECK(samples(*measure.media_delay_seconds) <= spoken.size() / 800);
}

TEST_CASE_FIXTURE(scribe_fixture,
                  "each session but the first begins with the end of what the caller said before") {
  const auto told = [&] {
    const auto all = sent_to(peer());
    REQUIRE_FALSE(all.empty());
    for (std::size_t i = 1; i < all.size(); ++i) CHECK_FALSE(all[i].previous_text);
    return all.front().previous_text;
  };
  const auto commit = [&](std::string_view text) {
    speak(50);
    tell(actor, commit_transcript{});
    say(scribe::committed{text});
  };
  const auto next_session = [&] {
    peer().close(1006, "");
    host.advance(1s);
    open_session();
    speak(50);
  };
  open_session();
  commit("hello");
  CHECK_FALSE(told());
  next_session();
  CHECK(told() == "hello");
  commit("this is Mary");
  commit("");
  next_session();
  CHECK(told() == "hello this is Mary");
  commit("and I would like a table for two people at seven on Friday evening");
  next_session();
  CHECK(told() == "table for two people at seven on Friday evening");
  // Nothing new was said.
  next_session();
  CHECK(told() == "table for two people at seven on Friday evening");
}

TEST_CASE_FIXTURE(scribe_fixture, "words spoken while no session is there are not lost") {
  open_session();
  speak(10);
  peer().close(0, "reset");
  speak(100);
  open_session();
  speak(60);
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit without its answer is asked for again after the replay") {
  open_session();
  speak(30);
  tell(actor, commit_transcript{});
  CHECK(commits_in(peer()) == 1);
  peer().close(1006, "reset");
  host.advance(150ms);
  REQUIRE(connector.peers.size() == 2);
  open_session();
  host.advance(400ms);
  const auto chunks = sent_to(peer());
  CHECK(audio_of(peer()) == spoken);
  CHECK(commits_in(peer()) == 1);
  CHECK(chunks.back().commit);
  say(scribe::committed{"all of it"});
  CHECK(dialogue->count<commit_failed>() == 0);
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "all of it");
}

TEST_CASE_FIXTURE(scribe_fixture, "reconnects wait longer each time, with jitter") {
  for (const auto wait : {100ms, 500ms, 1000ms, 2000ms, 4000ms, 4000ms}) {
    const auto before = connector.peers.size();
    peer().close(0, "refused", false);
    host.advance(wait * 79 / 100);
    CHECK(connector.peers.size() == before);
    host.advance(wait * 42 / 100);
    CHECK(connector.peers.size() == before + 1);
  }
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(scribe_fixture, "a call that stays without a session is told so") {
  for (auto i = 0; i < 20 && call->count<provider_failed>() == 0; ++i) {
    if (peer().connected()) peer().close(0, "refused", false);
    host.advance(5s);
  }
  CHECK(call->count<provider_failed>() == 1);
  const auto attempts = connector.peers.size();
  host.advance(60s);
  CHECK(connector.peers.size() == attempts);
}

TEST_CASE_FIXTURE(scribe_fixture, "a connection that never becomes a session is given up") {
  peer().open();
  host.advance(10s);
  CHECK(peer().closed_with == 1000);
  host.advance(150ms);
  CHECK(connector.peers.size() == 2);
}

TEST_CASE_FIXTURE(scribe_fixture, "errors of account or settings end the attempts") {
  using scribe::error_type;
  for (const auto type : {error_type::auth_error, error_type::quota_exceeded, error_type::unaccepted_terms,
                          error_type::invalid_request}) {
    CAPTURE(scribe::to_string(type));
    call->clear();
    peer().open();
    say(error_of(type));
    REQUIRE(call->count<provider_failed>() == 1);
    CHECK(call->last<provider_failed>().who == peer::scribe);
    const auto attempts = connector.peers.size();
    host.advance(30s);
    CHECK(connector.peers.size() == attempts);
    end(actor);
    spawn();
  }
}

TEST_CASE_FIXTURE(scribe_fixture, "a refused key at the upgrade ends the attempts, a full server does not") {
  peer().events->on_closed({0, "HTTP 429", 429, false});
  host.advance(1300ms);
  REQUIRE(connector.peers.size() == 2);
  peer().events->on_closed({0, "HTTP 401", 401, false});
  host.advance(30s);
  CHECK(connector.peers.size() == 2);
  CHECK(call->count<provider_failed>() == 1);
}

TEST_CASE_FIXTURE(scribe_fixture, "other errors cost the session alone") {
  using scribe::error_type;
  for (const auto type :
       {error_type::error, error_type::transcriber_error, error_type::rate_limited,
        error_type::queue_overflow, error_type::session_time_limit_exceeded, error_type::resource_exhausted,
        error_type::input_error, error_type::chunk_size_exceeded, error_type::insufficient_audio_activity,
        error_type::other}) {
    CAPTURE(scribe::to_string(type));
    const auto attempts = connector.peers.size();
    open_session();
    host.advance(6s);
    say(error_of(type));
    CHECK(connector.peers[attempts - 1]->closed_with == 1000);
    host.advance(5s);
    REQUIRE(connector.peers.size() == attempts + 1);
  }
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(scribe_fixture, "a refused commit is sent again, with more audio") {
  open_session();
  speak(20);
  tell(actor, commit_transcript{});
  CHECK(commits_in(peer()) == 1);
  say(error_of(scribe::error_type::commit_throttled));
  host.advance(100ms);
  CHECK(commits_in(peer()) == 2);
  say(scribe::committed{"yes"});
  CHECK(dialogue->count<transcript_committed>() == 1);
}

TEST_CASE_FIXTURE(scribe_fixture,
                  "a commit without an answer for 3 s costs the session and is sent to the next") {
  open_session();
  speak(30);
  say(scribe::partial{"book a"});
  tell(actor, commit_transcript{});
  host.advance(2990ms);
  CHECK(peer().closed_with == 0);
  host.advance(20ms);
  CHECK(peer().closed_with == 1000);
  host.advance(150ms);
  open_session();
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"book a table"});
  CHECK(dialogue->count<commit_failed>() == 0);
  CHECK(dialogue->last<transcript_committed>().text == "book a table");
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit that no session answers fails after 9 s") {
  open_session();
  speak(30);
  say(scribe::partial{"book a table"});
  tell(actor, commit_transcript{});
  peer().close(1011, "");
  host.advance(8900ms);
  CHECK(dialogue->count<commit_failed>() == 0);
  host.advance(150ms);
  CHECK(dialogue->count<commit_failed>() == 1);
  open_session();
  host.advance(1s);
  // The dialogue made do with the partial: its words do not come twice.
  CHECK(audio_of(peer()).empty());
  CHECK(dialogue->count<commit_failed>() == 1);
}

TEST_CASE_FIXTURE(scribe_fixture,
                  "an answer that is late for 9 s costs the session it would have come from") {
  open_session();
  speak(30);
  say(scribe::partial{"book a table"});
  tell(actor, commit_transcript{});
  host.advance(8s);
  if (!peer().events) FAIL("no session to open");
  open_session();
  host.advance(990ms);
  CHECK(commits_in(peer()) == 1);
  auto late = peer().closed_with;
  CHECK(late == 0);
  host.advance(100ms);
  CHECK(peer().closed_with == 1000);
  CHECK(dialogue->count<commit_failed>() == 1);
}

TEST_CASE_FIXTURE(scribe_fixture, "words of a failed commit that no partial told come later, unasked") {
  open_session();
  speak(30);
  peer().close(1011, "");
  tell(actor, commit_transcript{});
  host.advance(120ms);
  peer().open();
  host.advance(9s);
  CHECK(dialogue->count<commit_failed>() == 1);
  say(scribe::session_started{"s", {}, {}, {}, {}, {}});
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"book a table"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "book a table");
}

TEST_CASE_FIXTURE(scribe_fixture, "a commit waits 3 s for Scribe's own one, then takes its place") {
  open_session();
  speak(37 * 50);
  tell(actor, commit_transcript{});
  CHECK(commits_in(peer()) == 0);
  host.advance(3s);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"a long story"});
  CHECK(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->count<commit_failed>() == 0);
}

TEST_CASE_FIXTURE(scribe_fixture, "a server that leaves commit after commit unanswered is given up") {
  std::size_t asked = 0;
  for (; asked < 10 && call->count<provider_failed>() == 0; ++asked) {
    open_session();
    speak(50);
    tell(actor, commit_transcript{});
    host.advance(8s);
  }
  CHECK(call->count<provider_failed>() == 1);
  CHECK(dialogue->count<commit_failed>() == asked);
  tell(actor, commit_transcript{});
  CHECK(dialogue->count<commit_failed>() == asked + 1);
}

TEST_CASE_FIXTURE(scribe_fixture, "every commit asked for is answered once, several in one answer too") {
  peer().open();
  speak(30);
  tell(actor, commit_transcript{});
  speak(30);
  tell(actor, commit_transcript{});
  say(scribe::session_started{"s", {}, {}, {}, {}, {}});
  host.advance(1s);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"both"});
  const auto answers = dialogue->all<transcript_committed>();
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].text == "both");
  CHECK(answers[1].text.empty());
}

namespace {

/// A call whose utterances Scribe ends.
struct vad_fixture : scribe_fixture {
  vad_fixture() {
    end(actor);
    settings.scribe.server_commits = true;
    settings.scribe.server_silence = 700ms;
    spawn();
    open_session();
    path->recogniser->caller_voice(false, 0ms);
  }

  /// Voice, and so much silence behind it.
  void utter(std::size_t frames, std::size_t silence) {
    path->recogniser->caller_voice(true, 0ms);
    speak(frames);
    path->recogniser->caller_voice(false, 0ms);
    speak(silence);
  }
};

}  // namespace

TEST_CASE_FIXTURE(vad_fixture, "with Scribe's own detection its transcripts come unasked") {
  CHECK(peer().request.url.find("commit_strategy=vad&vad_silence_threshold_secs=0.7") != std::string::npos);
  speak(50);
  say(scribe::committed{"hello"});
  say(scribe::committed{""});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "hello");
}

TEST_CASE_FIXTURE(vad_fixture, "of silence that Scribe has no commit for only a second is kept") {
  constexpr double second = 8000 + 800;  // and what waits for a whole chunk
  const auto held = [this] { return measure.upstream_buffer_bytes->Value(); };
  speak(500);
  CHECK(held() <= second);
  utter(50, 300);
  CHECK(held() >= 350 * 160);
  say(scribe::committed{"hello"});
  speak(500);
  CHECK(held() <= second);
}

TEST_CASE_FIXTURE(vad_fixture, "a commit that Scribe is to make is left to it") {
  utter(50, 10);
  tell(actor, commit_transcript{});
  speak(40);
  CHECK(commits_in(peer()) == 0);
  CHECK(dialogue->count<transcript_committed>() == 0);
  say(scribe::committed{"hello"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "hello");
  speak(200);
  CHECK(commits_in(peer()) == 0);
  CHECK(dialogue->count<transcript_committed>() == 1);
}

TEST_CASE_FIXTURE(vad_fixture, "a commit that Scribe has made already is answered at once") {
  utter(50, 40);
  say(scribe::committed{"hello"});
  CHECK(dialogue->count<transcript_committed>() == 1);
  tell(actor, commit_transcript{});
  REQUIRE(dialogue->count<transcript_committed>() == 2);
  CHECK(dialogue->last<transcript_committed>().text.empty());
  utter(50, 10);
  tell(actor, commit_transcript{});
  CHECK(dialogue->count<transcript_committed>() == 2);
}

TEST_CASE_FIXTURE(vad_fixture, "where Scribe hears no end, it is told of it") {
  utter(50, 10);
  tell(actor, commit_transcript{});
  speak(80);
  CHECK(commits_in(peer()) == 0);
  speak(10);
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"hello"});
  REQUIRE(dialogue->count<transcript_committed>() == 1);
  CHECK(dialogue->last<transcript_committed>().text == "hello");
}

TEST_CASE_FIXTURE(vad_fixture, "Scribe's commit is waited for across sessions, and not for ever") {
  utter(50, 10);
  tell(actor, commit_transcript{});
  peer().close(1006, "");
  host.run();
  host.advance(500ms);
  open_session();
  host.advance(500ms);
  CHECK(audio_of(peer()).size() >= 50 * 160);
  say(scribe::committed{"hello"});
  CHECK(dialogue->count<transcript_committed>() == 1);
  utter(50, 10);
  tell(actor, commit_transcript{});
  peer().close(1006, "");
  host.advance(10s);
  CHECK(dialogue->count<commit_failed>() == 1);
}

TEST_CASE_FIXTURE(scribe_fixture, "what is no message of Scribe's changes nothing") {
  open_session();
  for (const std::string text : {"", "{", "[]", "{\"message_type\":7}", "{\"message_type\":\"news\"}"}) {
    peer().text(text);
  }
  peer().text(std::string(100'000, '['));
  speak(5);
  CHECK(audio_of(peer()) == spoken);
}

TEST_CASE_FIXTURE(scribe_fixture, "what is thrown while sending ends this actor alone") {
  end(actor);
  throwing_connector broken;
  shared.links = &broken;
  spawn();
  std::string started;
  scribe::append_message(started, scribe::session_started{"s", {}, {}, {}, {}, {}});
  const auto size = started.size();
  started.push_back('\0');
  broken.newest->events_->on_text({started.data(), size});
  for (auto i = 0; i < 5 && path->recogniser != nullptr; ++i) {
    const std::vector<std::uint8_t> frame(160);
    path->recogniser->caller_audio(frame, host.now());
    host.run();
  }
  CHECK(path->recogniser == nullptr);
  actor = scribe_actor{};
  CHECK(live(actor_kind::scribe) == 0);
  CHECK(live(actor_kind::dialogue) == 1);
  CHECK(measure.upstream_buffer_bytes->Value() == 0);
  tell(dialogue.handle, transcript_partial{"still here"});
  CHECK(dialogue->count<transcript_partial>() == 1);
}
