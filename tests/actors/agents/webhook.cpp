#include "actors/agents/webhook.hpp"

#include "tests/actors/agents/agent_probe.hpp"
#include "tests/actors/agents/fake_host.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

struct hooked {
  hooked() : settings{.kind = "webhook", .url = "https://example.com/agent"}, subject(settings, host) {
    call_record call;
    call.id = "n-1-1";
    call.from = "+13125550142";
    call.metadata = {{"order", "7"}};
    subject.begin(call);
  }

  void ask(const std::string& text, turns::question about = turns::question::words) {
    probe.ask(subject, text, about);
  }
  /// The answer to the newest request, all at once.
  void answer(std::string_view body) {
    host.part(body);
    host.end();
  }
  const std::string& body() const { return host.requests.back().body; }

  agent_settings settings;
  fake_host host;
  agent_probe probe;
  webhook_agent subject;
};

}  // namespace

TEST_CASE("the caller's words are posted with the call and what was said before") {
  hooked call;
  CHECK(call.host.prepared == texts{"https://example.com/agent"});
  call.ask("For two.");
  REQUIRE(call.host.requests.size() == 1);
  CHECK(
      call.body() ==
      R"({"event":"turn","id":"n-1-1.1","at":"2023-11-14T22:13:20.000Z","text":"For two.","call":{"id":"n-1-1",)"
      R"("direction":"incoming","from":"+13125550142","metadata":{"order":"7"}},"history":[]})");
}

TEST_CASE("each thing that happens is an event of its own kind") {
  hooked call;
  const auto posted = [&](turns::question about) {
    call.ask("12", about);
    call.answer("");
    return call.body().substr(0, call.body().find(R"(,"id")"));
  };
  CHECK(posted(turns::question::start) == R"({"event":"start")");
  CHECK(posted(turns::question::keys) == R"({"event":"dtmf")");
  CHECK(posted(turns::question::silence) == R"({"event":"silence")");
  CHECK(posted(turns::question::transfer_failed) == R"({"event":"transfer_failed")");
  CHECK(posted(turns::question::hold_over) == R"({"event":"hold_over")");
  CHECK(posted(turns::question::machine) == R"({"event":"machine")");
  CHECK(call.body().find(R"("result":"machine","beep":false)") != std::string::npos);
  CHECK(posted(turns::question::beep) == R"({"event":"machine")");
  CHECK(call.body().find(R"("result":"machine","beep":true)") != std::string::npos);
  const conversation nothing;
  call.subject.interrupted("A table", nothing);
  CHECK(call.body().find(R"("event":"interruption")") != std::string::npos);
  CHECK(call.body().find(R"("heard_text":"A table")") != std::string::npos);
  const auto last = call.subject.farewell("caller_hung_up", nothing);
  REQUIRE(last);
  CHECK(last->body.find(R"("event":"end")") != std::string::npos);
  CHECK(last->body.find(R"("reason":"caller_hung_up")") != std::string::npos);
}

TEST_CASE("an answer is one object with actions, in any form of JSON") {
  hooked call;
  call.ask("hello");
  call.host.part("{\n  \"actions\": [\n    {\"say\": \"Good day. Who is\"");
  CHECK(call.probe.sentences.empty());
  call.answer(" },\n {\"set\": {\"seen\": \"yes\"}},\n {\"ask\": \"Your name?\"} ]\n}\n");
  CHECK(call.probe.sentences == texts{"Good day.", "Who is", "Your name?"});
  CHECK(call.probe.notes == texts{"seen=yes"});
  CHECK(call.probe.ends == std::vector{turns::next::listen});
  CHECK(call.host.open == 0);
}

TEST_CASE("one action alone is an answer, and so is none") {
  hooked call;
  call.ask("hello");
  call.answer(R"({"say":"Good day."})");
  CHECK(call.probe.sentences == texts{"Good day."});
  call.ask("hello");
  call.host.end(204);
  CHECK(call.probe.sentences.empty());
  CHECK(call.probe.ends == std::vector{turns::next::listen});
}

TEST_CASE("lines are done as they come") {
  hooked call;
  call.ask("hello");
  call.host.part("{\"say\":\"One moment.\"}\n{\"sa");
  CHECK(call.probe.sentences == texts{"One moment."});
  call.host.part("y\":\"Here it is.\"}\n");
  CHECK(call.probe.sentences == texts{"One moment.", "Here it is."});
  CHECK(call.probe.ends.empty());
  call.answer("{\"hang_up\":true}");
  CHECK(call.probe.ends == std::vector{turns::next::hang_up});
}

TEST_CASE("what ends a reply ends it, whatever follows") {
  hooked call;
  call.ask("hello");
  call.host.part("{\"say\":\"One moment.\"}\n{\"transfer\":\"+13125550177\"}\n{\"say\":\"Never.\"}\n");
  CHECK(call.probe.sentences == texts{"One moment."});
  CHECK(call.probe.ends == std::vector{turns::next::transfer});
  CHECK(call.probe.target == "+13125550177");
  call.host.end();
  CHECK(call.probe.ends.size() == 1);
}

TEST_CASE("a caller can be put on hold, or given a moment, once the words before are said") {
  hooked call;
  call.ask("is he in");
  call.answer(R"({"actions":[{"say":"I ask him."},{"hold":{"play":"https://a/b.mp3","seconds":90}}]})");
  CHECK(call.probe.sentences == texts{"I ask him."});
  CHECK(call.probe.ends == std::vector{turns::next::hold});
  CHECK(call.probe.target == "https://a/b.mp3");
  CHECK(call.probe.time == 90s);
  call.ask("one moment");
  call.answer(R"({"actions":[{"say":"Take your time."},{"wait":60},{"say":"Never."}]})");
  CHECK(call.probe.ends == std::vector{turns::next::listen});
  CHECK(call.probe.time == 60s);
}

TEST_CASE("keys can be asked for") {
  hooked call;
  call.ask("hello");
  call.answer(R"({"ask":{"text":"Your PIN?","digits":{"max":4,"finish_key":"*","timeout_ms":900}}})");
  REQUIRE(call.probe.keys);
  CHECK(call.probe.keys->most == 4);
  CHECK(call.probe.keys->finish == "*");
  CHECK(call.probe.keys->pause == 900ms);
}

TEST_CASE("keys are pressed and sounds played by the call") {
  hooked call;
  call.ask("hello");
  call.answer(R"({"actions":[{"dtmf":"12#"},{"play":"https://example.com/a.mp3"}]})");
  CHECK(call.host.wishes ==
        std::vector<std::pair<call_wish, std::string>>{{call_wish::press_keys, "12#"},
                                                       {call_wish::play, "https://example.com/a.mp3"}});
}

TEST_CASE("an answer that makes no sense is a failure with its reason") {
  hooked call;
  call.ask("hello");
  call.answer(R"({"shout":"Hello"})");
  REQUIRE(call.probe.failures.size() == 1);
  CHECK(call.probe.failures[0].find("say, ask, transfer, hang_up, hold, wait, dtmf, play or set") !=
        std::string::npos);
  call.ask("hello");
  call.host.part("{\"say\":\"Hello.\"}\n{\"shout\":1}\n");
  CHECK(call.probe.failures.size() == 2);
  CHECK(call.host.open == 0);
  call.ask("hello");
  call.host.part(std::string(70'000, ' ') + "x");
  CHECK(call.probe.failures.size() == 3);
}

TEST_CASE("before anything was done a failure that may pass is tried again, as the same event") {
  hooked call;
  call.ask("hello");
  const auto first = call.body();
  call.host.end(503);
  CHECK(call.probe.failures.empty());
  call.host.fire_timer();
  CHECK(call.body() == first);
  call.host.end(0);
  call.host.fire_timer();
  call.host.end(500);
  CHECK(call.probe.failures == texts{"status 500"});
  call.ask("hello");
  call.host.end(404);
  CHECK(call.probe.failures.back() == "status 404");
  call.ask("hello");
  call.host.part("{\"say\":\"Hello.\"}\n");
  call.host.end(0);
  CHECK(call.probe.failures.size() == 3);
  CHECK(call.host.timers->empty());
}

TEST_CASE("an answer that nobody wants any more is dropped") {
  hooked call;
  call.ask("hello");
  call.subject.cancel(call.probe.turn, turns::dismissal::unheard);
  CHECK(call.host.open == 0);
}

TEST_CASE("events are signed, and counted across a hand-over") {
  hooked call;
  call.settings.sign = [](std::string_view text) {
    CHECK(text.starts_with("1700000000.{\"event\":\"turn\""));
    return std::array<std::uint8_t, 32>{1};
  };
  call.ask("hello");
  CHECK(header(http_answer{.headers = call.host.requests.back().headers}, "tandem-signature")
            .starts_with("t=1700000000,v1=01"));
  hooked other;
  REQUIRE(other.subject.load(call.subject.save()));
  other.ask("hello");
  CHECK(other.body().find(R"("id":"n-1-1.2")") != std::string::npos);
  CHECK_FALSE(other.subject.load("{}"));
}
