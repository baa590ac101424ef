#include "protocols/providers/recogniser.hpp"
#include "tests/actors/scribe_fixture.hpp"

#include <algorithm>
#include <string>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A call whose recognition has a standby.
struct standby_fixture : scribe_fixture {
  standby_fixture() {
    settings.scribe.url = "ws://first";
    settings.scribe.api_key = "key";
    settings.scribe.standby = {.url = "ws://standby", .api_key = "other key", .model = "other"};
    begin();
  }

  /// A new call.
  void begin() {
    end(actor);
    actor = scribe_actor{};
    spoken.clear();
    call->clear();
    dialogue->clear();
    spawn();
  }

  bool at_standby() { return peer().request.url.starts_with("ws://standby"); }
  std::size_t calls_to(const std::string& url) const {
    return static_cast<std::size_t>(
        std::count_if(connector.peers.begin(), connector.peers.end(),
                      [&](const auto& each) { return each->request.url.starts_with(url); }));
  }
  void refuse() { peer().close(0, "refused", false); }
  void fail_with(scribe::error_type type) { say(scribe::error{type, scribe::to_string(type), "because"}); }

  void transcribe(const std::string& text) {
    tell(actor, commit_transcript{});
    host.advance(200ms);
    say(scribe::committed{text});
    REQUIRE(dialogue->count<transcript_committed>() >= 1);
    CHECK(dialogue->last<transcript_committed>().text == text);
  }
};

}  // namespace

TEST_CASE_FIXTURE(standby_fixture, "a first provider that refuses to connect is replaced by the standby") {
  refuse();
  CHECK_FALSE(at_standby());
  host.advance(130ms);
  CHECK_FALSE(at_standby());
  speak(20);
  refuse();
  REQUIRE(at_standby());
  const auto& request = peer().request;
  CHECK(request.url.find("model_id=other") != std::string::npos);
  REQUIRE(request.headers.size() == 1);
  CHECK(request.headers[0] == std::pair<std::string, std::string>("xi-api-key", "other key"));
  open_session();
  speak(50);
  CHECK(audio_of(peer()) == spoken_from(0));
  transcribe("all of it");
  REQUIRE(call->count<provider_reconnected>() == 1);
  CHECK(call->last<provider_reconnected>().provider == "standby");
  CHECK(call->last<provider_reconnected>().elsewhere);
  CHECK(measure.failovers(peer::scribe).Value() == 1);
  CHECK(measure.reconnects(peer::scribe).Value() == 0);
  CHECK(call->count<provider_failed>() == 0);
}

TEST_CASE_FIXTURE(standby_fixture,
                  "a first provider that dies twice in mid-word costs no word and doubles none") {
  open_session();
  speak(50);
  transcribe("before");
  const auto committed = spoken.size();
  speak(25);
  peer().close(1006, "reset");
  host.advance(130ms);
  REQUIRE_FALSE(at_standby());
  open_session();
  CHECK(call->last<provider_reconnected>().provider == "first");
  speak(20);
  peer().close(1006, "reset");
  REQUIRE(at_standby());
  speak(10);
  open_session();
  speak(45);
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken_from(committed));
  CHECK(sent_to(peer()).front().previous_text == "before");
  transcribe("the rest");
  CHECK(dialogue->count<transcript_committed>() == 2);
  CHECK(call->last<provider_reconnected>().provider == "standby");
  CHECK(measure.failovers(peer::scribe).Value() == 1);
  CHECK(measure.reconnects(peer::scribe).Value() == 2);
}

TEST_CASE_FIXTURE(standby_fixture, "a socket that drops once in a while is made again where it was") {
  open_session();
  for (int i = 0; i < 5; ++i) {
    speak(300);
    peer().close(1006, "reset");
    host.advance(130ms);
    CHECK_FALSE(at_standby());
    open_session();
  }
  CHECK(measure.failovers(peer::scribe).Value() == 0);
  CHECK(calls_to("ws://standby") == 0);
}

TEST_CASE_FIXTURE(standby_fixture, "a first provider that hangs is left after 3 s") {
  peer().open();
  speak(140);
  CHECK_FALSE(at_standby());
  speak(20);
  REQUIRE(at_standby());
  open_session();
  speak(100);
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken_from(0));
}

TEST_CASE_FIXTURE(standby_fixture,
                  "a first provider that falls silent is left when a second session does as well") {
  open_session();
  speak(30);
  tell(actor, commit_transcript{});
  host.advance(3100ms);
  host.advance(130ms);
  REQUIRE_FALSE(at_standby());
  open_session();
  host.advance(4s);
  REQUIRE(at_standby());
  open_session();
  host.advance(1s);
  CHECK(audio_of(peer()) == spoken_from(0));
  CHECK(commits_in(peer()) == 1);
  say(scribe::committed{"late but whole"});
  CHECK(dialogue->last<transcript_committed>().text == "late but whole");
  CHECK(dialogue->count<commit_failed>() == 0);
}

TEST_CASE_FIXTURE(standby_fixture,
                  "a key that is refused sends the call to the standby at once, and all others") {
  for (const bool at_upgrade : {true, false}) {
    if (at_upgrade) {
      peer().events->on_closed({0, "HTTP 401", 401, false});
    } else {
      open_session();
      fail_with(scribe::error_type::quota_exceeded);
    }
    host.run();
    REQUIRE(at_standby());
    open_session();
    speak(20);
    transcribe("heard");
    const auto before = calls_to("ws://first");
    begin();
    CHECK(at_standby());
    CHECK(calls_to("ws://first") == before);
    CHECK(call->count<provider_failed>() == 0);
    // The breaker's probe finds the key right again.
    host.advance(1s);
    begin();
    REQUIRE_FALSE(at_standby());
    open_session();
    begin();
    REQUIRE_FALSE(at_standby());
  }
}

TEST_CASE_FIXTURE(standby_fixture, "a call that moved stays, and calls that begin are back with the first") {
  auto& breaker = breakers.of(peer::scribe, "ws://first", "key");
  for (int i = 0; i < 20; ++i) breaker.enter(host.now())->failed(host.now());
  begin();
  REQUIRE(at_standby());
  open_session();
  CHECK(call->last<provider_reconnected>().provider == "standby");
  host.advance(1s);
  breaker.enter(host.now())->succeeded(host.now());
  speak(300);
  peer().close(1006, "reset");
  host.advance(130ms);
  CHECK(at_standby());
  open_session();
  CHECK(measure.failovers(peer::scribe).Value() == 1);
  begin();
  CHECK_FALSE(at_standby());
}

TEST_CASE_FIXTURE(standby_fixture, "an open circuit sends a call whose session is lost to the standby") {
  open_session();
  speak(300);
  auto& breaker = breakers.of(peer::scribe, "ws://first", "key");
  for (int i = 0; i < 20; ++i) breaker.enter(host.now())->failed(host.now());
  peer().close(1006, "reset");
  host.run();
  CHECK(at_standby());
}

TEST_CASE_FIXTURE(standby_fixture, "a call without either provider is told so, as with one") {
  for (auto i = 0; i < 250 && call->count<provider_failed>() == 0; ++i) {
    if (peer().connected()) refuse();
    host.advance(100ms);
  }
  REQUIRE(call->count<provider_failed>() == 1);
  CHECK(call->last<provider_failed>().who == peer::scribe);
  CHECK(calls_to("ws://first") >= 3);
  CHECK(calls_to("ws://standby") >= 3);
  const auto attempts = connector.peers.size();
  host.advance(60s);
  CHECK(connector.peers.size() == attempts);
  tell(actor, commit_transcript{});
  CHECK(dialogue->count<commit_failed>() == 1);
}

TEST_CASE_FIXTURE(standby_fixture, "a call that both providers refuse is told so at once") {
  peer().events->on_closed({0, "HTTP 401", 401, false});
  host.run();
  CHECK(call->count<provider_failed>() == 0);
  peer().events->on_closed({0, "HTTP 403", 403, false});
  host.run();
  CHECK(call->count<provider_failed>() == 1);
  host.advance(60s);
  CHECK(connector.peers.size() == 3);
}

namespace {

/// A provider whose wire is nothing like Scribe's.
class curt_protocol final : public recogniser_protocol {
 public:
  provider_endpoint open(const recogniser_session& session) const override {
    return {std::string(session.url) + "/" + std::string(session.model),
            {{"token", std::string(session.api_key)}}};
  }
  recogniser_rules rules() const override { return {.keepalive = 2s, .speed = 2}; }
  void append_audio(std::string& out, std::span<const std::uint8_t> audio, bool commit, int,
                    std::string_view) const override {
    out += std::to_string(audio.size()) + (commit ? " now" : "");
  }
  tl::expected<scribe::server_message, json::fault> decode(std::span<char> text) const override {
    const std::string_view line(text.data(), text.size());
    if (line == "ready") return scribe::session_started{};
    return scribe::committed{line};
  }
};

const curt_protocol curt;

}  // namespace

TEST_CASE_FIXTURE(standby_fixture, "a standby may be of quite another kind") {
  settings.scribe.standby = {.protocol = &curt, .url = "ws://standby", .api_key = "t", .model = "m"};
  begin();
  peer().events->on_closed({0, "HTTP 401", 401, false});
  host.run();
  CHECK(peer().request.url == "ws://standby/m");
  CHECK(peer().request.headers.front().second == "t");
  peer().open();
  peer().text("ready");
  speak(10);
  CHECK(peer().sent == std::vector<std::string>{"800", "800"});
  speak(2);
  tell(actor, commit_transcript{});
  // It has no least size of a commit.
  CHECK(peer().sent.back() == "320 now");
  peer().text("hello");
  host.run();
  CHECK(dialogue->last<transcript_committed>().text == "hello");
  const auto before = peer().sent.size();
  host.advance(2100ms);
  CHECK(peer().sent.size() == before + 1);
}
