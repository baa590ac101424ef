#include "protocols/agents/chat_completions.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::chat;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

std::string with_delta(std::string_view delta, std::string_view reason = "null") {
  return R"({"choices":[{"index":0,"delta":)" + std::string(delta) + R"(,"finish_reason":)" +
         std::string(reason) + "}]}";
}

std::string with_calls(std::string_view calls) {
  return with_delta(R"({"tool_calls":[)" + std::string(calls) + "]}");
}

/// The calls that these deltas make, as `id name arguments`.
std::vector<std::string> calls_of(std::initializer_list<std::string_view> deltas) {
  reply_reader reader;
  for (const auto each : deltas) CHECK(reader.read(with_calls(each)).empty());
  reader.read("[DONE]");
  std::vector<std::string> all;
  for (const auto& each : reader.take_calls())
    all.push_back(each.id + " " + each.name + " " + each.arguments);
  return all;
}

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a request carries model, history and tools") {
  const std::vector<message> messages{
      {.by = role::system, .text = "Be \"kind\"."},
      {.by = role::user, .text = "Hello"},
      {.by = role::assistant, .text = "", .calls = {{"a", "look_up", R"({"n":1})"}}},
      {.by = role::tool, .text = "none", .call_id = "a"}};
  const std::vector<tool> tools{{"look_up", "Looks up", R"({"type":"object"})"}};
  CHECK(
      request_body(
          {.model = "m", .messages = messages, .tools = tools, .max_tokens = 99, .temperature = 0.5}) ==
      R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":99,"temperature":0.5,)"
      R"("messages":[{"role":"system","content":"Be \"kind\"."},{"role":"user","content":"Hello"},)"
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function",)"
      R"("function":{"name":"look_up","arguments":"{\"n\":1}"}}]},)"
      R"({"role":"tool","tool_call_id":"a","content":"none"}],)"
      R"("tools":[{"type":"function","function":{"name":"look_up","description":"Looks up",)"
      R"("parameters":{"type":"object"}}}]})");
  CHECK(request_body({.model = "m", .messages = {}}) ==
        R"({"model":"m","stream":true,"stream_options":{"include_usage":true},"messages":[]})");
}

TEST_CASE("a reply is the text of its deltas, and whole once the server says so") {
  reply_reader reader;
  CHECK(reader.read(with_delta(R"({"role":"assistant","content":""})")).empty());
  CHECK(reader.read(with_delta(R"({"content":null})")).empty());
  CHECK(reader.read(with_delta(R"({"content":"Hi"})")) == "Hi");
  CHECK(reader.read(with_delta(R"({"content":[{"type":"text","text":" th"},{"text":"ere"}]})")) == " there");
  CHECK(reader.read(R"({"choices":[]})").empty());
  CHECK(reader.read(R"({"choices":null})").empty());
  CHECK(reader.read(R"({"choices":[{}]})").empty());
  CHECK(reader.read("ping").empty());
  CHECK(reader.state() == progress::open);
  CHECK(reader.read(with_delta("{}", R"("stop")")).empty());
  CHECK(reader.state() == progress::ended);
  CHECK(reader.read(R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}})").empty());
  CHECK(reader.used().input_tokens == 7);
  CHECK(reader.used().output_tokens == 3);
  CHECK(reader.read("[DONE]").empty());
  CHECK(reader.state() == progress::ended);
  CHECK(reader.take_calls().empty());
}

TEST_CASE("the last text may come with the end") {
  reply_reader reader;
  CHECK(reader.read(with_delta(R"({"content":"Bye."})", R"("length")")) == "Bye.");
  CHECK(reader.state() == progress::ended);
  CHECK(reader.read(with_delta(R"({"content":"late"})")).empty());
}

TEST_CASE("a failure inside the stream is a failure, in any shape") {
  for (const auto& [event, why] : std::vector<std::pair<std::string, std::string>>{
           {R"({"error":{"message":"overloaded","type":"server_error","code":500}})",
            "overloaded (server_error)"},
           {R"({"error":"gone"})", "gone"},
           {R"({"error":""})", "the server reported an error without a reason"},
           {R"({"error":{"code":"x"}})", "error (x)"},
           {with_delta("{}", R"("error")"), "the server gave up in the middle of its reply"}}) {
    reply_reader reader;
    CHECK(reader.read(with_delta(R"({"content":"Well"})")) == "Well");
    reader.read(event);
    CHECK(reader.state() == progress::failed);
    CHECK(reader.failure() == why);
    reader.read("[DONE]");
    CHECK(reader.state() == progress::failed);
  }
}

TEST_CASE("tool calls come in fragments, several at once") {
  CHECK(calls_of(
            {R"({"index":0,"id":"a","type":"function","function":{"name":"f","arguments":""}})",
             R"({"index":0,"function":{"arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g"}})",
             R"({"index":0,"function":{"arguments":"1}"}})"}) == texts{R"(a f {"x":1})", "b g {}"});
}

TEST_CASE("tool calls of servers that number them wrong are told apart") {
  // From 1; 0 for every call; no index; no id; the id late; the id again and empty.
  CHECK(calls_of({R"({"index":1,"id":"a","function":{"name":"f","arguments":"{}"}})",
                  R"({"index":2,"id":"b","function":{"name":"g","arguments":"{}"}})"}) ==
        texts{"a f {}", "b g {}"});
  CHECK(calls_of({R"({"index":0,"id":"a","function":{"name":"f","arguments":"{}"}})",
                  R"({"index":0,"id":"b","function":{"name":"f","arguments":"{}"}})"}) ==
        texts{"a f {}", "b f {}"});
  CHECK(calls_of(
            {R"({"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"g"}})"}) ==
        texts{"a f {}", "b g {}"});
  CHECK(calls_of({R"({"index":0,"function":{"name":"f","arguments":"{\"n\":1}"}})",
                  R"({"index":0,"function":{"name":"f","arguments":"{\"n\":2}"}})"}) ==
        texts{R"(call_1 f {"n":1})", R"(call_2 f {"n":2})"});
  CHECK(calls_of({R"({"index":0,"function":{"name":"f"}})", R"({"index":0,"function":{"name":"g"}})"}) ==
        texts{"call_1 f {}", "call_2 g {}"});
  CHECK(calls_of({R"({"index":0,"function":{"name":"f"}})", R"({"index":0,"id":"a"})",
                  R"({"index":0,"id":"","function":{"name":"f","arguments":"{}"}})",
                  R"({"index":0,"id":"a","function":{"arguments":""}})"}) == texts{"a f {}"});
}

TEST_CASE("tool calls of other shapes count too") {
  CHECK(calls_of({R"({"id":"a","function":{"name":"f","arguments":{"x":[1,"y"]}}})"}) ==
        texts{R"(a f {"x":[1,"y"]})"});
  CHECK(calls_of({R"({"id":"a"})"}).empty());
  reply_reader reader;
  reader.read(with_delta(R"({"function_call":{"name":"f","arguments":"{"}})"));
  reader.read(with_delta(R"({"function_call":{"arguments":"}"}})", R"("stop")"));
  const auto calls = reader.take_calls();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].name == "f");
  CHECK(calls[0].arguments == "{}");
}

TEST_CASE("a model that calls without end is stopped") {
  reply_reader many;
  for (std::size_t n = 0; n <= reply_reader::max_calls; ++n)
    many.read(with_calls(R"({"index":)" + std::to_string(n) + R"(,"function":{"name":"f"}})"));
  CHECK(many.state() == progress::failed);
  reply_reader large;
  for (int n = 0; n < 70; ++n)
    large.read(
        with_calls(R"({"index":0,"function":{"name":"f","arguments":")" + std::string(1024, 'x') + R"("}})"));
  CHECK(large.state() == progress::failed);
  CHECK(large.failure() == "a tool call's arguments are too long");
}

TEST_CASE("a refusal says whether it can pass, and when") {
  const auto passes = [](unsigned status, std::string body = {}) {
    return read_refusal(status, std::move(body), "", "", "").may_pass;
  };
  for (const auto status : {0U, 408U, 409U, 429U, 500U, 502U, 503U, 599U})
    CHECK_MESSAGE(passes(status), status);
  for (const auto status : {301U, 400U, 401U, 403U, 404U, 422U}) CHECK_FALSE_MESSAGE(passes(status), status);
  CHECK_FALSE(passes(429, R"({"error":{"message":"no money","type":"insufficient_quota","code":null}})"));
  CHECK_FALSE(passes(429, R"({"error":{"code":"credit_balance_exhausted"}})"));
  CHECK(passes(429, R"({"error":{"code":429}})"));

  CHECK(read_refusal(429, "", "1500", "7", "").wait == milliseconds(1500));
  CHECK(read_refusal(429, "", "", "0.5", "").wait == milliseconds(500));
  CHECK_FALSE(read_refusal(429, "", "", "Mon, 23 Nov 2026 20:00:00 GMT", "").wait);
  CHECK_FALSE(read_refusal(429, "", "-1", "nan", "").wait);
  CHECK_FALSE(read_refusal(429, "", "", "1e300", "").may_pass);
  CHECK_FALSE(read_refusal(429, "", "", "121", "").may_pass);
  CHECK_FALSE(read_refusal(503, "", "", "", "false").may_pass);
  CHECK(read_refusal(400, "", "", "", "true").may_pass);

  CHECK(read_refusal(0, "", "", "", "").why == "no answer");
  CHECK(read_refusal(404, R"({"error":{"message":"no such model","code":"model_not_found"}})", "", "", "")
            .why == "status 404: no such model (model_not_found)");
  CHECK(read_refusal(503, "<html>", "", "", "").why == "status 503");
  CHECK(read_refusal(422, R"({"detail":"bad"})", "", "", "").why == "status 422: bad");
}
