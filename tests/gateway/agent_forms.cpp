#include "gateway/agent_forms.hpp"

#include "actors/agents/script_file.hpp"
#include "actors/agents/toolbox.hpp"
#include "actors/runtime/services.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// A body, parsed.
struct form {
  explicit form(std::string body) : text(std::move(body)) {
    REQUIRE(document.parse({text.data(), text.size()}) == json::fault::none);
  }

  std::string fault_of_revision() const {
    const auto read = read_revision(document.root(), {"live"});
    return read ? "" : read.error();
  }
  std::string fault_of_turns() const {
    const auto read = read_turns(document.root());
    return read ? "" : read.error();
  }

  std::string text;
  json::document document;
};

std::string turns_of(int many, const std::string& each) {
  std::string body = R"({"turns":[)";
  for (int i = 0; i < many; ++i) body += (i == 0 ? "" : ",") + each;
  return body + "]}";
}

const std::string hello = R"({"role":"caller","text":"Hello."})";

}  // namespace

TEST_CASE("a revision has what is to change, and nothing that is not there") {
  const form body(R"({"greeting":"","model":"small","script":"{}","live":true})");
  const auto read = read_revision(body.document.root(), {"live"});
  REQUIRE(read);
  CHECK(read->what.settings ==
        std::vector<std::pair<std::string, std::string>>{{"greeting", ""}, {"model", "small"}});
  CHECK(read->script == "{}");
  CHECK_FALSE(read->is_empty());
  CHECK(read_revision(form("{}").document.root(), {})->is_empty());
}

TEST_CASE("a revision is refused with what is wrong and what is allowed") {
  CHECK(form(R"({"kind":"echo"})").fault_of_revision() ==
        "unknown member kind; allowed: script, greeting, fallback_reply, system_prompt, model, live");
  CHECK(form(R"({"greeting":7})").fault_of_revision() ==
        "greeting is a text in UTF-8 of at most 65536 bytes");
  CHECK_FALSE(form("{\"model\":\"\xff\"}").fault_of_revision().empty());
  CHECK(form(R"({"system_prompt":")" + std::string(65536, 'a') + "\"}").fault_of_revision().empty());
  CHECK_FALSE(form(R"({"system_prompt":")" + std::string(65537, 'a') + "\"}").fault_of_revision().empty());
  CHECK(form(R"({"script":{"version":1}})").fault_of_revision() == "script is the text of a script's file");
}

TEST_CASE("turns are read in order, with keys in place of a text") {
  const form body(R"({"turns":[{"role":"agent","text":""},{"role":"caller","text":"Hello."},)"
                  R"({"role":"agent","text":"Yes?"},{"role":"caller","keys":"12*"}]})");
  const auto read = read_turns(body.document.root());
  REQUIRE(read);
  REQUIRE(read->size() == 4);
  CHECK((*read)[0].by == speaker::agent);
  CHECK((*read)[1].text == "Hello.");
  CHECK_FALSE((*read)[1].is_keys);
  CHECK((*read)[3].text == "12*");
  CHECK((*read)[3].is_keys);
  CHECK(read_turns(form("{}").document.root())->empty());
}

TEST_CASE("turns that are none are refused") {
  for (const auto* wrong :
       {R"({"turns":"Hello."})", R"({"turns":["Hello."]})", R"({"turns":[{"text":"Hello."}]})",
        R"({"turns":[{"role":"operator","text":"Hello."}]})", R"({"turns":[{"role":"caller","text":""}]})",
        R"({"turns":[{"role":"caller"}]})", R"({"turns":[{"role":"caller","text":"a","keys":"1"}]})",
        R"({"turns":[{"role":"caller","keys":""}]})", R"({"turns":[{"role":"caller","keys":"one"}]})",
        R"({"turns":[{"role":"caller","text":"a","loud":true}]})",
        R"({"turns":[{"role":"agent","keys":"1"}]})", R"({"turns":[{"role":"agent","text":"Yes?"}]})"}) {
    CAPTURE(wrong);
    CHECK_FALSE(form(wrong).fault_of_turns().empty());
  }
}

TEST_CASE("turns have their bounds") {
  CHECK(form(turns_of(50, hello)).fault_of_turns().empty());
  CHECK_FALSE(form(turns_of(51, hello)).fault_of_turns().empty());
  CHECK_FALSE(form(turns_of(300, R"({"role":"agent","text":"Yes?"})")).fault_of_turns().empty());
  const auto said = [](std::size_t bytes) {
    return form(R"({"turns":[{"role":"caller","text":")" + std::string(bytes, 'a') + R"("}]})");
  };
  CHECK(said(4000).fault_of_turns().empty());
  CHECK_FALSE(said(4001).fault_of_turns().empty());
}

TEST_CASE("an agent is shown without its secrets") {
  auto calls = std::make_shared<call_settings>();
  calls->agent.kind = "openai";
  calls->agent.url = "https://user:hidden@models.example.com/v1";
  calls->agent.api_key = "hidden";
  calls->agent.sign = [](std::string_view) { return std::array<std::uint8_t, 32>{}; };
  auto tools = std::make_shared<toolbox>();
  tools->tools = {{.name = "find_order", .headers = {{"X-Key", "hidden"}}}};
  calls->agent.tools = tools;
  std::string out;
  append_json(out, {calls, true}, R"(,"kept":2)");
  CHECK(out.find("hidden") == std::string::npos);
  const form shown(out);
  const auto& root = shown.document.root();
  CHECK(json::text(root, "api_key") == "***");
  CHECK(json::text(root, "secret") == "***");
  CHECK(json::text(json::elements(root, "tools")[0]) == "find_order");
  CHECK(json::boolean(root, "changed") == true);
  CHECK(json::integer(root, "kept") == 2);
  CHECK(json::find(root, "script") == nullptr);
}

TEST_CASE("faults have their line as a number, and there are only so many") {
  std::string out;
  append_faults(out, {"line 12: nodes.day: nothing leads here", "the text is too large", "line x: odd"});
  CHECK(out == R"([{"line":12,"message":"nodes.day: nothing leads here"},)"
               R"({"message":"the text is too large"},{"message":"line x: odd"}])");
  std::string many;
  append_faults(many, std::vector<std::string>(1000, "line 1: odd"));
  CHECK(many.size() < 100 * 40);
}

TEST_CASE("a conversation tells what each reply does beside speaking") {
  rehearsal held;
  held.replies.push_back({.text = "Good day."});
  held.replies.push_back({.text = "Goodbye.",
                          .how = {.then = turns::next::transfer, .to = "+13125550142"},
                          .notes = {{"outcome", "\"booked\""}},
                          .left_out = {"tool find_order"},
                          .failure = "odd"});
  held.input_tokens = 7;
  std::string out;
  append_json(out, held);
  CHECK(out == R"({"replies":[{"text":"Good day.","then":"listen"},)"
               R"({"text":"Goodbye.","then":"transfer","to":"+13125550142","failure":"odd",)"
               R"("notes":{"outcome":"\"booked\""},"left_out":["tool find_order"]}],)"
               R"("tokens":{"input":7,"output":0}})");
}
