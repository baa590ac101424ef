#include "protocols/agents/chat_completions.hpp"

#include "protocols/json_builder.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tandem::chat {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_reason = 300;
constexpr auto max_wait = 2min;

std::string_view name_of(role who) {
  constexpr std::array<std::string_view, 4> names{"system", "user", "assistant", "tool"};
  return names[static_cast<std::size_t>(who)];
}

template <class List, class Append>
void append_array(std::string& out, const List& list, Append append) {
  out += '[';
  for (const auto& each : list) {
    if (out.back() != '[') out += ',';
    append(each);
  }
  out += ']';
}

void append_call(std::string& out, const tool_call& call) {
  json::builder object(out);
  object.text("id", call.id).text("type", "function");
  json::builder(object.raw("function")).text("name", call.name).text("arguments", call.arguments);
}

void append_message(std::string& out, const message& one) {
  json::builder object(out);
  object.text("role", name_of(one.by));
  if (one.by == role::tool) object.text("tool_call_id", one.call_id);
  if (one.by == role::assistant && one.text.empty() && !one.calls.empty())
    object.raw("content") += "null";
  else
    object.text("content", one.text);
  if (one.calls.empty()) return;
  auto& calls = object.raw("tool_calls");
  append_array(calls, one.calls, [&](const tool_call& call) { append_call(calls, call); });
}

void append_tool(std::string& out, const tool& one) {
  json::builder object(out);
  object.text("type", "function");
  json::builder function(object.raw("function"));
  function.text("name", one.name).text_if("description", one.description);
  function.raw("parameters") += one.parameters;
}

std::string cut(std::string_view text) { return std::string(text.substr(0, max_reason)); }

/// What an answer's `error` says, in whichever of the known shapes.
std::string reason_in(const json::value& root) {
  const auto* error = json::find_any(root, {"error", "detail", "message"});
  if (!error) return {};
  if (const auto text = json::text(*error)) return cut(*text);
  std::string why = cut(json::text_or(*error, "message", "error"));
  for (const auto* key : {"type", "code"}) {
    if (const auto text = json::text(*error, key)) why += " (" + cut(*text) + ")";
  }
  return why;
}

bool is_whole_object(std::string text) {
  json::document document;
  return document.parse(text) == json::fault::none;
}

std::string arguments_in(const json::value& function) {
  const auto* given = json::find(function, "arguments");
  if (!given) return {};
  if (const auto text = json::text(*given)) return std::string(*text);
  rapidjson::StringBuffer buffer;
  json::writer writer(buffer);
  given->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

/// A delta's text: a string, or a list of parts of which some have one.
std::string content_of(const json::value& delta) {
  std::string text(json::text_or(delta, "content"));
  for (const auto& part : json::elements(delta, "content")) text += json::text_or(part, "text");
  return text;
}

std::optional<std::chrono::milliseconds> wait_of(std::string_view digits, std::chrono::milliseconds unit) {
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || !(number >= 0)) return std::nullopt;
  const auto bound = static_cast<double>(std::chrono::milliseconds(24h).count());
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(std::min(bound, number * static_cast<double>(unit.count()))));
}

}  // namespace

std::string request_body(const request& what) {
  std::string out;
  {
    json::builder body(out);
    body.text("model", what.model).boolean("stream", true);
    json::builder(body.raw("stream_options")).boolean("include_usage", true);
    if (what.max_tokens != 0) body.integer("max_tokens", what.max_tokens);
    if (what.temperature) {
      std::array<char, 32> room{};
      const auto end = std::to_chars(room.data(), room.data() + room.size(), *what.temperature).ptr;
      body.raw("temperature").append(room.data(), end);
    }
    auto& messages = body.raw("messages");
    append_array(messages, what.messages, [&](const message& one) { append_message(messages, one); });
    if (!what.tools.empty()) {
      auto& tools = body.raw("tools");
      append_array(tools, what.tools, [&](const tool& one) { append_tool(tools, one); });
    }
  }
  return out;
}

std::string reply_reader::read(std::string data) {
  std::string text;
  if (data.starts_with("[DONE]")) {
    if (state_ == progress::open) state_ = progress::ended;
    return text;
  }
  json::document document;
  // Some proxies keep a connection alive with what is no JSON; a stream of nothing else never ends well.
  if (document.parse(data) != json::fault::none) return text;
  const auto& root = document.root();
  if (const auto* used = json::find(root, "usage")) {
    const auto count = [&](std::string_view key) {
      return static_cast<std::uint64_t>(std::max<std::int64_t>(0, json::integer(*used, key).value_or(0)));
    };
    used_ = {count("prompt_tokens"), count("completion_tokens")};
  }
  if (state_ != progress::open) return text;
  if (json::find(root, "error")) {
    const auto why = reason_in(root);
    fail(why.empty() ? "the server reported an error without a reason" : why);
    return text;
  }
  const auto choices = json::elements(root, "choices");
  if (!choices.empty()) read_choice(choices.front(), text);
  return text;
}

void reply_reader::read_choice(const json::value& choice, std::string& text) {
  if (const auto* delta = json::find_any(choice, {"delta", "message"})) {
    text = content_of(*delta);
    for (const auto& each : json::elements(*delta, "tool_calls")) {
      const auto* function = json::find(each, "function");
      read_call(json::integer(each, "index"), json::text_or(each, "id"), function ? *function : each);
    }
    if (const auto* function = json::find(*delta, "function_call")) read_call(std::nullopt, {}, *function);
  }
  const auto reason = json::text_or(choice, "finish_reason");
  if (reason == "error") fail("the server gave up in the middle of its reply");
  if (!reason.empty() && state_ == progress::open) state_ = progress::ended;
}

/// Servers are at odds about indices and ids: some start at 1, some give 0 to every call, some no id. So a
/// call begins with a new index, a new id, or a name where the call before is complete.
void reply_reader::read_call(std::optional<std::int64_t> index, std::string_view id,
                             const json::value& function) {
  const auto name = json::text_or(function, "name");
  const auto arguments = arguments_in(function);
  const auto place = index.value_or(calls_.empty() ? 0 : calls_.back().index);
  auto open =
      std::find_if(calls_.rbegin(), calls_.rend(), [&](const auto& each) { return each.index == place; });
  const auto begins = [&](const tool_call& before) {
    if (!id.empty() && !before.id.empty()) return before.id != id;
    if (name.empty() || before.name.empty() || !id.empty()) return false;
    const auto is_another = name != before.name;
    return before.arguments.empty() ? is_another
                                    : (is_another || !arguments.empty()) && is_whole_object(before.arguments);
  };
  if (open == calls_.rend() || begins(open->call)) {
    if (calls_.size() == max_calls) return fail("more tool calls than a reply may have");
    calls_.push_back({place, {}});
    open = calls_.rbegin();
  }
  auto& call = open->call;
  if (call.id.empty()) call.id = id;
  if (call.name.empty()) call.name = name;
  if (call.arguments.size() + arguments.size() > max_arguments)
    return fail("a tool call's arguments are too long");
  call.arguments += arguments;
}

void reply_reader::fail(std::string why) {
  if (state_ == progress::failed) return;
  state_ = progress::failed;
  failure_ = std::move(why);
}

std::vector<tool_call> reply_reader::take_calls() {
  std::vector<tool_call> calls;
  for (auto& each : std::exchange(calls_, {})) {
    if (each.call.name.empty()) continue;
    if (each.call.id.empty()) each.call.id = "call_" + std::to_string(calls.size() + 1);
    if (each.call.arguments.empty()) each.call.arguments = "{}";
    calls.push_back(std::move(each.call));
  }
  return calls;
}

refusal read_refusal(unsigned status, std::string body, std::string_view retry_after_ms,
                     std::string_view retry_after, std::string_view should_retry) {
  refusal result;
  result.why = status == 0 ? "no answer" : "status " + std::to_string(status);
  auto is_spent = false;
  json::document document;
  if (document.parse(body) == json::fault::none) {
    if (const auto said = reason_in(document.root()); !said.empty()) result.why += ": " + said;
    if (const auto* error = json::find(document.root(), "error")) {
      for (const auto* key : {"type", "code"}) {
        const auto text = json::text_or(*error, key);
        is_spent = is_spent || text == "insufficient_quota" || text == "credit_balance_exhausted";
      }
    }
  }
  result.wait = wait_of(retry_after_ms, 1ms);
  if (!result.wait) result.wait = wait_of(retry_after, 1s);
  result.may_pass =
      status == 0 || status == 408 || status == 409 || (status == 429 && !is_spent) || status >= 500;
  if (should_retry == "true") result.may_pass = true;
  if (should_retry == "false" || (result.wait && *result.wait > max_wait)) result.may_pass = false;
  return result;
}

}  // namespace tandem::chat
