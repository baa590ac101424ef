#include "actors/agents/chat.hpp"

#include "actors/agents/toolbox.hpp"
#include "tests/actors/agents/agent_probe.hpp"
#include "tests/actors/agents/fake_host.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using texts = std::vector<std::string>;

agent_settings at_server() {
  agent_settings made{.kind = "openai", .url = "http://127.0.0.1:1/v1/", .api_key = "sk-1", .model = "small"};
  made.system_prompt = "Be brief.";
  return made;
}

struct talk {
  explicit talk(agent_settings how = at_server()) : settings(std::move(how)), subject(settings, host) {}

  void ask(const std::string& text) { probe.ask(subject, text); }

  agent_settings settings;
  fake_host host;
  agent_probe probe;
  chat_agent subject;
};

std::string call_of(std::string_view name, std::string_view arguments, std::string_view id = "c1") {
  std::string quoted;
  for (const char c : arguments) quoted += c == '"' ? "\\\"" : std::string(1, c);
  return R"(data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":")" + std::string(id) +
         R"(","function":{"name":")" + std::string(name) + R"(","arguments":")" + quoted + "\"}}]}}]}\n\n";
}

agent_settings with_tools(std::string_view text) {
  auto made = at_server();
  auto tools = load_toolbox(text);
  REQUIRE(tools);
  made.tools = std::make_shared<const toolbox>(std::move(*tools));
  return made;
}

constexpr std::string_view order_tool = R"({"version":1,"tools":[{"name":"find_order","description":"d",
  "url":"http://127.0.0.1:2/orders","headers":{"X-Key":"k"},"timeout_ms":4000,"say":"One moment, please."}]})";

}  // namespace

TEST_CASE("a question is one streamed request with prompt, history and key") {
  talk call;
  call.ask("Are you open?");
  REQUIRE(call.host.requests.size() == 1);
  const auto& request = call.host.requests.back();
  CHECK(request.url == "http://127.0.0.1:1/v1/chat/completions");
  CHECK(request.body.find(R"("model":"small","stream":true)") != std::string::npos);
  CHECK(request.body.find(
            R"([{"role":"system","content":"Be brief."},{"role":"user","content":"Are you open?"}])") !=
        std::string::npos);
  CHECK(request.body.find(R"("name":"end_call")") != std::string::npos);
  CHECK(request.body.find(R"("name":"do_not_call")") != std::string::npos);
  CHECK(request.body.find("transfer_call") == std::string::npos);
  CHECK(request.headers.back() == std::pair<std::string, std::string>{"Authorization", "Bearer sk-1"});
}

TEST_CASE("a sentence is said as soon as it stands, and the reply ends with the stream") {
  talk call;
  call.ask("Are you open?");
  CHECK(call.probe.begun == 0);
  call.host.text("Yes, we");
  CHECK(call.probe.begun == 1);
  CHECK(call.probe.sentences.empty());
  call.host.text(" are. Until");
  CHECK(call.probe.sentences == texts{"Yes, we are."});
  call.host.text(" **ten** o'clock.");
  CHECK(call.probe.ends.empty());
  call.host.stop();
  CHECK(call.probe.sentences == texts{"Yes, we are.", "Until ten o'clock."});
  CHECK(call.probe.begun == 1);
  CHECK(call.probe.ends == std::vector{turns::next::listen});
  call.host.part(
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
  call.host.end();
  CHECK(call.host.input_tokens == 7);
  CHECK(call.host.output_tokens == 3);
  CHECK(call.host.open == 0);
  CHECK(call.probe.failures.empty());
}

TEST_CASE("what a reply brings after it was cancelled is not heard of, and the request is dropped") {
  talk call;
  call.ask("Are you open?");
  call.host.text("Yes. ");
  call.subject.cancel(call.probe.turn, turns::dismissal::cut_short);
  CHECK(call.host.open == 0);
  CHECK(call.probe.ends.empty());
  call.ask("And tomorrow?");
  CHECK(call.host.open == 1);
}

TEST_CASE("a reply that is cancelled from inside of its own sentence says nothing more") {
  talk call;
  struct impatient final : agent_sink {
    explicit impatient(talk& of) : of_(of) {}
    void sentence(std::uint32_t turn, std::string) override {
      ++sentences;
      of_.subject.cancel(turn, turns::dismissal::cut_short);
    }
    void note(std::uint32_t, std::string, std::string) override {}
    void busy(std::uint32_t, std::chrono::milliseconds) override {}
    void finished(std::uint32_t, turns::reply_end) override { FAIL("finished"); }
    void failed(std::uint32_t, std::string) override { FAIL("failed"); }
    int sentences = 0;
    talk& of_;
  } sink(call);
  const conversation nothing;
  call.subject.answer({1, "hello", nothing}, sink);
  call.host.text("One. Two. Three. Four.");
  CHECK(sink.sentences == 1);
  CHECK(call.host.open == 0);
}

TEST_CASE("before anything was said a failure that may pass is tried again, and not without end") {
  talk call;
  call.ask("hello");
  call.host.end(503, R"({"error":{"message":"overloaded"}})");
  CHECK(call.probe.failures.empty());
  REQUIRE(call.host.timers->size() == 1);
  call.host.fire_timer();
  CHECK(call.host.requests.size() == 2);
  call.host.part("data: {\"choices\":[{\"delta\":{}}]}\n\n");
  call.host.end();  // cut off
  call.host.fire_timer();
  CHECK(call.host.requests.size() == 3);
  call.host.end(0);
  CHECK(call.host.timers->empty());
  CHECK(call.probe.failures.size() == 1);
  CHECK(call.host.open == 0);
}

TEST_CASE("a server that says when is asked again then, and one that says never is not") {
  talk call;
  call.ask("hello");
  const auto done = call.host.answers.back();
  done({.status = 429, .headers = {{"Retry-After", "2"}}, .body = "{}"});
  CHECK(call.host.waits.back() == 2000ms);
  call.host.fire_timer();
  call.host.end(401, R"({"error":{"message":"no such key"}})");
  CHECK(call.probe.failures == texts{"status 401: no such key"});
}

TEST_CASE("what was said already is not said again when the stream breaks") {
  talk call;
  call.ask("hello");
  call.host.text("Good morning. How ");
  call.host.end();
  CHECK(call.host.timers->empty());
  CHECK(call.probe.failures == texts{"the reply was cut off"});
}

TEST_CASE("a reply without words is a failure") {
  talk call;
  call.ask("hello");
  for (int i = 0; i < 3; ++i) {
    call.host.stop();
    call.host.end();
    if (i < 2) call.host.fire_timer();
  }
  CHECK(call.probe.failures == texts{"the reply has no words"});
  CHECK(call.host.requests.size() == 3);
}

TEST_CASE("a tool is run with its arguments, the caller hears why they wait, and the model its result") {
  talk call(with_tools(order_tool));
  call.ask("Where is my order?");
  call.host.part(call_of("find_order", R"({"number":7})"));
  call.host.stop("tool_calls");
  CHECK(call.host.requests.size() == 1);
  call.host.end();
  REQUIRE(call.host.requests.size() == 2);
  CHECK(call.host.requests[1].url == "http://127.0.0.1:2/orders");
  CHECK(call.host.requests[1].body == R"({"number":7})");
  CHECK(call.host.requests[1].headers.front() == std::pair<std::string, std::string>{"X-Key", "k"});
  CHECK(call.probe.sentences == texts{"One moment, please."});
  CHECK(call.probe.waits == std::vector{4000ms});
  call.host.end(200, R"({"state":"sent"})");
  REQUIRE(call.host.requests.size() == 3);
  const auto& body = call.host.requests[2].body;
  CHECK(body.find(R"("tool_calls":[{"id":"c1","type":"function","function":{"name":"find_order")") !=
        std::string::npos);
  CHECK(body.find(R"({"role":"tool","tool_call_id":"c1","content":"{\"state\":\"sent\"}"})") !=
        std::string::npos);
  call.host.text("It is on its way.");
  call.host.stop();
  CHECK(call.probe.sentences.back() == "It is on its way.");
  CHECK(call.probe.ends == std::vector{turns::next::listen});
}

TEST_CASE("a later question remembers what tools were called and what they said") {
  talk call(with_tools(order_tool));
  call.ask("Where is my order?");
  call.host.part(call_of("find_order", "{}"));
  call.host.stop("tool_calls");
  call.host.end();
  call.host.end(500);
  call.host.text("I cannot see it.");
  call.host.stop();
  const auto saved = call.subject.save();
  talk other(with_tools(order_tool));
  REQUIRE(other.subject.load(saved));
  other.ask("And now?");
  CHECK(other.host.requests.back().body.find(R"("content":"error: status 500")") != std::string::npos);
  CHECK_FALSE(other.subject.load("{}"));
  CHECK_FALSE(other.subject.load(R"({"script":1,"progress":{}})"));
}

TEST_CASE("a tool that was under way when the caller spoke is known as interrupted") {
  talk call(with_tools(order_tool));
  call.ask("Where is my order?");
  call.host.part(call_of("find_order", "{}"));
  call.host.stop("tool_calls");
  call.host.end();
  call.subject.cancel(call.probe.turn, turns::dismissal::cut_short);
  CHECK(call.host.open == 0);
  call.ask("Never mind.");
  CHECK(call.host.requests.back().body.find("interrupted by the caller") != std::string::npos);
}

TEST_CASE("requests to tools are signed with the agent's secret") {
  auto settings = with_tools(order_tool);
  settings.sign = [](std::string_view text) {
    CHECK(text == "1700000000.{}");
    return std::array<std::uint8_t, 32>{0xab};
  };
  talk call(settings);
  call.ask("Where is my order?");
  call.host.part(call_of("find_order", "{}"));
  call.host.stop("tool_calls");
  call.host.end();
  CHECK(header(http_answer{.headers = call.host.requests.back().headers}, "tandem-signature")
            .starts_with("t=1700000000,v1=ab00"));
}

TEST_CASE("end_call says goodbye and hangs up, without asking the model again") {
  talk call;
  call.ask("That is all.");
  call.host.part(call_of("end_call", R"({"goodbye":"Thank you. Goodbye."})"));
  call.host.stop("stop");
  call.host.end();
  CHECK(call.probe.sentences == texts{"Thank you.", "Goodbye."});
  CHECK(call.probe.ends == std::vector{turns::next::hang_up});
  CHECK(call.host.requests.size() == 1);
}

TEST_CASE("wait gives the caller a moment, without asking the model again") {
  talk call;
  const auto waits = [&](const std::string& arguments) {
    call.ask("One moment, please.");
    call.host.part(call_of("wait", arguments));
    call.host.stop("stop");
    call.host.end();
    CHECK(call.probe.ends == std::vector{turns::next::listen});
    return call.probe.time;
  };
  CHECK(waits(R"({"seconds":90,"say":"Take your time."})") == 90s);
  CHECK(call.probe.sentences == texts{"Take your time."});
  CHECK(waits("{}") == 60s);
  CHECK(waits(R"({"seconds":100000})") == 600s);
  CHECK(waits(R"({"seconds":"soon"})") == 60s);
  CHECK(call.host.requests.size() == 4);
}

TEST_CASE("tools are run though the server keeps its stream open") {
  talk call;
  call.ask("That is all.");
  call.host.part(call_of("end_call", "{}"));
  call.host.stop();
  CHECK(call.probe.ends.empty());
  call.host.fire_timer();
  CHECK(call.probe.ends == std::vector{turns::next::hang_up});
}

TEST_CASE("the model can transfer to nobody but those it was given") {
  talk call(with_tools(R"({"version":1,"transfers":{"the kitchen":"+13125550177"},"press_keys":true})"));
  call.ask("The cook, please.");
  CHECK(call.host.requests.back().body.find(R"("enum":["the kitchen"])") != std::string::npos);
  CHECK(call.host.requests.back().body.find("+13125550177") == std::string::npos);
  call.host.part(call_of("transfer_call", R"({"to":"+19005550100"})"));
  call.host.stop();
  call.host.end();
  CHECK(call.probe.ends.empty());
  CHECK(call.host.requests.back().body.find("error: there is nobody called") != std::string::npos);
  call.host.part(call_of("transfer_call", R"({"to":"the kitchen","say":"One moment."})"));
  call.host.stop();
  call.host.end();
  CHECK(call.probe.sentences == texts{"One moment."});
  CHECK(call.probe.ends == std::vector{turns::next::transfer});
  CHECK(call.probe.target == "+13125550177");
}

TEST_CASE("the model hears of a transfer that nobody took") {
  talk call;
  call.probe.ask(call.subject, "", turns::question::transfer_failed);
  CHECK(call.host.requests.back().body.find("Nobody took the transferred call") != std::string::npos);
}

TEST_CASE("the model presses keys only where it may, and only keys") {
  const auto press = [](talk& call, std::string_view digits) {
    call.ask("go on");
    call.host.part(call_of("send_dtmf", R"({"digits":")" + std::string(digits) + "\"}"));
    call.host.stop();
    call.host.end();
    return call.host.requests.back().body;
  };
  talk may(with_tools(R"({"version":1,"press_keys":true})"));
  CHECK(press(may, "12#").find("The keys were pressed.") != std::string::npos);
  CHECK(may.host.wishes == std::vector<std::pair<call_wish, std::string>>{{call_wish::press_keys, "12#"}});
  CHECK(press(may, "1w").find("error: digits must be") != std::string::npos);
  CHECK(may.host.wishes.size() == 1);
  talk may_not;
  CHECK(press(may_not, "1").find("error: there is no tool") != std::string::npos);
  CHECK(may_not.host.wishes.empty());
}

TEST_CASE("somebody who does not want to be called again is noted") {
  talk call;
  call.ask("Never call me again.");
  call.host.part(call_of("do_not_call", "{}"));
  call.host.stop();
  call.host.end();
  CHECK(call.probe.notes == texts{"do_not_call=true"});
}

TEST_CASE("a model that calls tools without end is stopped") {
  talk call;
  call.ask("hello");
  for (int i = 0; i < 20 && call.probe.failures.empty(); ++i) {
    call.host.part(call_of("no_such_tool", "{}"));
    call.host.stop();
    call.host.end();
  }
  CHECK(call.probe.failures == texts{"the model calls tools without end"});
  CHECK(call.host.requests.size() == 8);
}

TEST_CASE("a model's thoughts are not said") {
  talk call;
  call.ask("hello");
  call.host.text("<think>They greet me.</think>Good morning.");
  call.host.stop();
  CHECK(call.probe.sentences == texts{"Good morning."});
}

TEST_CASE("a connection is there before the caller's words are") {
  talk call;
  call_record record;
  record.started_at = wall_time(std::chrono::milliseconds(1'700'000'000'000));
  call.subject.begin(record);
  CHECK(call.host.prepared.size() == 1);
  call.subject.expect();
  CHECK(call.host.prepared.size() == 2);
  call.ask("hello");
  CHECK(call.host.requests.back().body.find("The call began at 2023-11-14T22:13:20.000Z.") !=
        std::string::npos);
}

TEST_CASE("tools of an early question are run when it is confirmed, and not at all when it is taken back") {
  talk call;
  call.host.requests.clear();
  for (const bool stands : {false, true}) {
    call.probe.notes.clear();
    call.subject.answer({++call.probe.turn, "Do not call.", call.probe.nothing, turns::question::words, true},
                        call.probe);
    call.host.part(call_of("do_not_call", "{}"));
    call.host.stop("tool_calls");
    call.host.end();
    CHECK(call.probe.notes.empty());
    const auto asked = call.host.requests.size();
    if (stands) {
      call.subject.confirm(call.probe.turn);
    } else {
      call.subject.cancel(call.probe.turn, turns::dismissal::unheard);
    }
    CHECK(call.probe.notes.size() == (stands ? 1 : 0));
    CHECK(call.host.requests.size() == asked + (stands ? 1 : 0));
  }
}

TEST_CASE("a confirmation before the model wants its tools lets them run at once") {
  talk call;
  call.subject.answer({++call.probe.turn, "Do not call.", call.probe.nothing, turns::question::words, true},
                      call.probe);
  call.subject.confirm(call.probe.turn + 1);
  call.subject.confirm(call.probe.turn);
  call.host.part(call_of("do_not_call", "{}"));
  call.host.stop("tool_calls");
  call.host.end();
  CHECK(call.probe.notes.size() == 1);
}

TEST_CASE("a machine that records is put to the model as a remark, and the model may end the call") {
  talk call;
  CHECK(call.subject.wants(turns::question::beep));
  call.probe.ask(call.subject, "", turns::question::beep);
  CHECK(call.host.requests.back().body.find("(An answering machine took the call") != std::string::npos);
  call.host.text("Please call us back.");
  call.host.part(call_of("end_call", "{}"));
  call.host.stop("tool_calls");
  call.host.end();
  CHECK(call.probe.sentences == texts{"Please call us back."});
  CHECK(call.probe.ends == std::vector{turns::next::hang_up});
}

TEST_CASE("a server that fails again and again is not asked for a while, by any call of the node") {
  talk call;
  talk other;
  other.host.breakers = call.host.breakers;
  chat_agent neighbour(other.settings, other.host);
  for (int reply = 0; reply < 3; ++reply) {
    call.ask("hello?");
    call.host.end(503);
    for (int again = 0; again < 2; ++again) {
      call.host.fire_timer();
      call.host.end(503);
    }
  }
  CHECK(call.probe.failures.size() == 3);
  call.ask("hello?");
  call.host.end(503);
  call.host.fire_timer();
  CHECK(call.host.requests.size() == 10);
  CHECK(call.probe.failures.size() == 4);
  other.probe.ask(neighbour, "hello");
  CHECK(other.host.requests.empty());
  CHECK(other.probe.failures.size() == 1);

  // One question tries whether it is back; only that.
  other.host.time = call.host.time += 2s;
  call.ask("hello?");
  CHECK(call.host.requests.size() == 11);
  other.probe.ask(neighbour, "hello");
  CHECK(other.host.requests.empty());
  call.host.text("Here I am.");
  other.probe.ask(neighbour, "hello");
  CHECK(other.host.requests.size() == 1);
}

TEST_CASE("answers that were too long in coming count as failures, those taken back do not") {
  talk call;
  const auto& breaker = call.host.breakers->of(peer::agent, "http://127.0.0.1:1/v1/chat/completions", "sk-1");
  for (int i = 0; i < 20; ++i) {
    call.ask("hello");
    call.subject.cancel(call.probe.turn, turns::dismissal::unheard);
  }
  CHECK(breaker.is_closed());
  for (int i = 0; i < 10; ++i) {
    call.ask("hello");
    call.subject.cancel(call.probe.turn, turns::dismissal::overdue);
  }
  CHECK(!breaker.is_closed());
}

TEST_CASE("a server that refuses the key, or was heard of between two failures, stays in use") {
  talk call;
  const auto& breaker = call.host.breakers->of(peer::agent, "http://127.0.0.1:1/v1/chat/completions", "sk-1");
  for (int i = 0; i < 20; ++i) {
    call.ask("hello");
    call.host.end(401);
  }
  CHECK(breaker.is_closed());
  for (int i = 0; i < 20; ++i) {
    call.ask("hello");
    call.host.end(503);
    call.host.fire_timer();
    call.host.text("Yes.");
    call.host.stop();
    call.host.end();
  }
  CHECK(breaker.is_closed());
}
