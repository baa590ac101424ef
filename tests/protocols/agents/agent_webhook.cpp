#include "protocols/agents/agent_webhook.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem::agent_webhook;

namespace {

template <class Action>
Action read(std::string_view line) {
  const auto one = read_action(std::string(line));
  CHECK_MESSAGE(one.has_value(), (one ? std::string() : one.error()));
  return one && std::holds_alternative<Action>(*one) ? std::get<Action>(*one) : Action{};
}

std::string fault_of(std::string_view line) {
  const auto one = read_action(std::string(line));
  return one ? "none" : one.error();
}

}  // namespace

TEST_CASE("an event tells the call, what happened and what was said before") {
  const std::vector<past> history{{true, "Hello.", true}, {false, "A \"table\"."}};
  const std::vector<std::pair<std::string, std::string>> metadata{{"order", "7"}};
  CHECK(
      event_body({.kind = event_kind::turn,
                  .id = "c.2",
                  .at = "2026-11-23T20:00:00.000Z",
                  .call_id = "c",
                  .direction = "incoming",
                  .from = "+4930111",
                  .to = "+4930222",
                  .metadata = metadata,
                  .detail = "For two.",
                  .history = history}) ==
      R"({"event":"turn","id":"c.2","at":"2026-11-23T20:00:00.000Z","text":"For two.",)"
      R"("call":{"id":"c","direction":"incoming","from":"+4930111","to":"+4930222","metadata":{"order":"7"}},)"
      R"("history":[{"role":"agent","text":"Hello.","interrupted":true},{"role":"caller","text":"A \"table\"."}]})");
  const auto detail = [](event_kind kind) {
    const auto body = event_body({.kind = kind, .detail = "x"});
    return body.substr(0, body.find(R"(,"call")"));
  };
  CHECK(detail(event_kind::start) == R"({"event":"start","id":"","at":"")");
  CHECK(detail(event_kind::dtmf) == R"({"event":"dtmf","id":"","at":"","digits":"x")");
  CHECK(detail(event_kind::silence) == R"({"event":"silence","id":"","at":"")");
  CHECK(detail(event_kind::interruption) == R"({"event":"interruption","id":"","at":"","heard_text":"x")");
  CHECK(detail(event_kind::end) == R"({"event":"end","id":"","at":"","reason":"x")");
}

TEST_CASE("a machine is told with what was found and whether it beeped") {
  const auto body = event_body({.kind = event_kind::machine, .detail = "machine", .beep = true});
  CHECK(body.find(R"("event":"machine")") != std::string::npos);
  CHECK(body.find(R"("result":"machine","beep":true)") != std::string::npos);
}

TEST_CASE("every action is read") {
  CHECK(read<say>(R"({"say":"Hello."})").text == "Hello.");
  CHECK(read<ask>(R"({"ask":"Who?"})").text == "Who?");
  CHECK(read<ask>(R"({"ask":"Who?"})").max_digits == 0);
  const auto keys = read<ask>(R"({"ask":{"text":"Your PIN?","digits":{"min":4,"max":6,"finish_key":"#"}}})");
  CHECK(keys.text == "Your PIN?");
  CHECK(keys.min_digits == 4);
  CHECK(keys.max_digits == 6);
  CHECK(keys.finish_key == "#");
  CHECK(keys.timeout_ms == 5000);
  CHECK(read<transfer>(R"({"transfer":"+4930123456"})").to == "+4930123456");
  CHECK(read<transfer>(R"({"transfer":{"to":"sip:a@b"}})").to == "sip:a@b");
  read<hang_up>(R"({"hang_up":true})");
  CHECK(read<hold>(R"({"hold":true})").seconds == 0);
  const auto music = read<hold>(R"({"hold":{"play":"https://a/b.mp3","seconds":90}})");
  CHECK(music.play == "https://a/b.mp3");
  CHECK(music.seconds == 90);
  CHECK(read<wait>(R"({"wait":60})").seconds == 60);
  CHECK(read<send_dtmf>(R"({"dtmf":"1w2#"})").digits == "1w2#");
  CHECK(read<play>(R"({"play":"https://a/b.wav"})").url == "https://a/b.wav");
  CHECK(read<set>(R"({"set":{"name":"Ann","n":"5"}})").values ==
        std::vector<std::pair<std::string, std::string>>{{"name", "Ann"}, {"n", "5"}});
}

TEST_CASE("an action that is wrong says what is wrong and what is allowed") {
  CHECK(fault_of("{}") ==
        "action: must be an action: say, ask, transfer, hang_up, hold, wait, dtmf, play or set");
  CHECK(fault_of("hello") == "an action: not JSON");
  CHECK(fault_of(R"({"say":""})") == "action.say: must be a text that is not empty");
  CHECK(fault_of(R"({"say":"a","loud":true})") == "action.loud: unknown; allowed: say");
  CHECK(fault_of(R"({"say":")" + std::string(max_text + 1, 'x') + "\"}") ==
        "action.say: must be at most 8192 bytes");
  CHECK(fault_of(R"({"transfer":"12"})") ==
        "action.transfer: must be a number as +4930123456 or a SIP address as sip:desk@example.com");
  CHECK(fault_of(R"({"dtmf":"12x"})") == "action.dtmf: must be at most 64 of 0-9, A-D, *, #, w and W");
  CHECK(fault_of(R"({"play":"file:///etc/passwd"})") == "action.play: must be an http or https URL");
  CHECK(fault_of(R"({"hang_up":false})") == "action.hang_up: must be true");
  CHECK(fault_of(R"({"hold":false})") == "action.hold: must be true, or an object with play and seconds");
  CHECK(fault_of(R"({"hold":{"seconds":0}})") ==
        "action.hold.seconds: must be a whole number from 1 to 3600");
  CHECK(fault_of(R"({"hold":{"play":"a.mp3"}})") == "action.hold.play: must be an http or https URL");
  CHECK(fault_of(R"({"wait":601})") == "action.wait: must be a whole number from 1 to 600");
  CHECK(fault_of(R"({"set":{"a":7}})") == "action.set.a: must be a text that is not empty");
  CHECK(fault_of(R"({"ask":{"text":"a","digits":{"max":0}}})") ==
        "action.ask.digits.max: must be a whole number from 1 to 64");
  CHECK(fault_of(R"({"ask":{"text":"a","digits":{"max":2,"min":3}}})") ==
        "action.ask.digits.min: must be a whole number from 1 to 2");
  CHECK(fault_of(R"({"ask":{"text":"a","digits":{"max":2,"finish_key":"x"}}})") ==
        "action.ask.digits.finish_key: must be one of 0-9, * and #");
}

TEST_CASE("an answer is a list of actions, one alone, or nothing") {
  const auto count = [](std::string_view body) {
    const auto all = read_actions(std::string(body));
    return all ? static_cast<int>(all->size()) : -1;
  };
  CHECK(count(R"({"actions":[{"say":"a"},{"hang_up":true}]})") == 2);
  CHECK(count(R"({"actions":[]})") == 0);
  CHECK(count(R"({"say":"a"})") == 1);
  CHECK(count("{}") == 0);
  CHECK(count("") == 0);
  CHECK(count(" \n") == 0);
  CHECK(count("[]") == -1);
  const auto wrong = read_actions(R"({"actions":[{"say":"a"},{"say":5}]})");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error() == "answer.actions[1].say: must be a text that is not empty");
  std::string many = R"({"actions":[{"say":"a"})";
  for (std::size_t n = 0; n < max_actions; ++n) many += R"(,{"say":"a"})";
  CHECK(read_actions(many + "]}").error() == "actions: must be at most 64");
}

TEST_CASE("lines are alike in whatever pieces they come") {
  const std::string_view stream = "{\"say\":\"a\"}\r\n\n  {\"say\":\"\u00e9\"}\n{\"hang_up\":true}";
  const std::vector<std::string> expected{"{\"say\":\"a\"}", "{\"say\":\"\u00e9\"}", "{\"hang_up\":true}"};
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    line_cutter cutter;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < stream.size(); at += piece)
      CHECK(cutter.add(stream.substr(at, piece), lines));
    cutter.finish(lines);
    CHECK(lines == expected);
  }
}

TEST_CASE("a line without end is refused") {
  line_cutter cutter;
  std::vector<std::string> lines;
  CHECK(cutter.add(std::string(max_line, 'x'), lines));
  CHECK_FALSE(cutter.add("x", lines));
  CHECK_FALSE(cutter.add("\n{}\n", lines));
  cutter.finish(lines);
  CHECK(lines.empty());
}
