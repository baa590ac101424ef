#include "actors/agents/tool_runs.hpp"

#include "actors/agents/signed_request.hpp"
#include "actors/agents/toolbox.hpp"
#include "actors/messages.hpp"
#include "protocols/agents/spoken_text.hpp"
#include "protocols/conversation/key_entry.hpp"
#include "protocols/conversation/sentences.hpp"
#include "protocols/json.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/utf8.hpp"

#include <algorithm>
#include <utility>

namespace tandem {

namespace {

constexpr std::size_t max_answer = std::size_t{64} * 1024;
constexpr std::size_t max_result = std::size_t{8} * 1024;
constexpr std::string_view interrupted = "interrupted by the caller; whether it was done is not known";

constexpr std::string_view no_parameters = R"({"type":"object","properties":{}})";

constexpr std::string_view wait_parameters =
    R"({"type":"object","properties":{"seconds":{"type":"integer","minimum":5,"maximum":600,"description":)"
    R"("How long, 60 if they did not say."},"say":{"type":"string","description":)"
    R"("What the caller hears before, as: Take your time. Leave it out if you have said it already."}}})";
constexpr std::int64_t usual_wait = 60;

/// A text among a call's arguments; empty when there is none, or the model got them wrong.
std::string argument(const chat::tool_call& call, std::string_view key) {
  std::string copy = call.arguments;
  json::document document;
  if (document.parse(copy) != json::fault::none) return {};
  return std::string(json::text_or(document.root(), key));
}

/// How many seconds a call asks for, perhaps as a text.
std::chrono::seconds seconds_in(const chat::tool_call& call) {
  std::string copy = call.arguments;
  json::document document;
  if (document.parse(copy) != json::fault::none) return std::chrono::seconds(usual_wait);
  const auto given = json::integer(document.root(), "seconds").value_or(usual_wait);
  return std::chrono::seconds(std::clamp<std::int64_t>(given, 5, 600));
}

bool is_object(std::string text) {
  json::document document;
  return document.parse(text) == json::fault::none && document.root().IsObject();
}

/// At most so many bytes, cut between characters.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80) --bytes;
  text.resize(bytes);
  return text + "…";
}

std::string one_text(std::string_view name, std::string_view what) {
  std::string out = R"({"type":"object","properties":{)";
  json::append_quoted(out, name);
  out += R"(:{"type":"string","description":)";
  json::append_quoted(out, what);
  return out += "}}}";
}

chat::tool transfer_tool(const toolbox& tools) {
  std::string parameters = R"({"type":"object","properties":{"to":{"type":"string","enum":[)";
  for (const auto& [name, number] : tools.transfers) {
    if (parameters.back() != '[') parameters += ',';
    json::append_quoted(parameters, name);
  }
  parameters += R"(]},"say":{"type":"string","description":)";
  json::append_quoted(parameters, "What the caller hears before; leave it out if you have said it already.");
  parameters += R"(}},"required":["to"]})";
  return {std::string(tool_name::transfer_call),
          "Gives the caller to somebody else. You are told when nobody takes the call.", parameters};
}

}  // namespace

std::vector<chat::tool> offered_tools(const agent_settings& settings) {
  std::vector<chat::tool> all{
      {std::string(tool_name::end_call), "Ends the call, when all is said.",
       one_text("goodbye", "What the caller hears last; leave it out if you have said goodbye already.")},
      {std::string(tool_name::do_not_call),
       "Sees to it that the person on the telephone is never called again; for those who wish so.",
       std::string(no_parameters)},
      {std::string(tool_name::wait),
       "Waits quietly because the caller asks for a moment. You are told when they say something, or when "
       "the "
       "time is over.",
       std::string(wait_parameters)}};
  if (!settings.tools) return all;
  if (!settings.tools->transfers.empty()) all.push_back(transfer_tool(*settings.tools));
  if (settings.tools->presses_keys) {
    all.push_back({std::string(tool_name::send_dtmf), "Presses keys of the telephone, as in a menu.",
                   one_text("digits", "0 to 9, *, # and A to D")});
  }
  for (const auto& each : settings.tools->tools)
    all.push_back({each.name, each.description, each.parameters});
  return all;
}

tool_runs::tool_runs(const agent_settings& settings, agent_host& host, std::uint32_t turn, agent_sink& sink,
                     std::vector<chat::tool_call> calls, std::function<void()> done)
    : settings_(settings),
      host_(host),
      turn_(turn),
      sink_(sink),
      calls_(std::move(calls)),
      done_(std::move(done)),
      results_(calls_.size(), std::string(interrupted)),
      exchanges_(calls_.size()),
      open_(calls_.size()) {}

void tool_runs::start() {
  // What is said may make the caller's dialogue drop this.
  const std::weak_ptr<const bool> alive = alive_;
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    auto result = run(i);
    if (alive.expired()) return;
    if (!result.empty()) settle(i, std::move(result));
    if (alive.expired()) return;
  }
}

/// Empty when the result is to come.
std::string tool_runs::run(std::size_t which) {
  const auto& call = calls_[which];
  const auto* tools = settings_.tools.get();
  if (call.name == tool_name::end_call) {
    end_ = {turns::next::hang_up};
    say(argument(call, "goodbye"));
    return "The call ends.";
  }
  if (call.name == tool_name::do_not_call) {
    sink_.note(turn_, std::string(do_not_call_key), "true");
    return "Noted: nobody calls this person again.";
  }
  if (call.name == tool_name::transfer_call && tools != nullptr) {
    const auto name = argument(call, "to");
    const auto found = std::find_if(tools->transfers.begin(), tools->transfers.end(),
                                    [&](const auto& each) { return each.first == name; });
    if (found == tools->transfers.end()) return "error: there is nobody called \"" + cut(name, 100) + "\"";
    end_ = {turns::next::transfer, found->second};
    say(argument(call, "say"));
    return "The caller is being transferred.";
  }
  if (call.name == tool_name::wait) {
    if (!end_) end_ = {.time = seconds_in(call)};
    say(argument(call, "say"));
    return "You wait for the caller.";
  }
  if (call.name == tool_name::send_dtmf && tools != nullptr && tools->presses_keys) {
    auto digits = argument(call, "digits");
    const bool are_keys = !digits.empty() && digits.size() <= turns::key_entry::max_keys &&
                          std::all_of(digits.begin(), digits.end(), turns::key_entry::is_key);
    if (!are_keys) return "error: digits must be 0 to 9, *, # and A to D";
    host_.control(call_wish::press_keys, std::move(digits));
    return "The keys were pressed.";
  }
  if (tools != nullptr) {
    for (const auto& tool : tools->tools)
      if (tool.name == call.name) return begin_request(which, tool);
  }
  return "error: there is no tool \"" + cut(call.name, 100) + "\"";
}

std::string tool_runs::begin_request(std::size_t which, const http_tool& tool) {
  const auto& arguments = calls_[which].arguments;
  if (!is_object(arguments)) return "error: the arguments are no JSON object";
  const std::weak_ptr<const bool> alive = alive_;
  if (!tool.say.empty() && !has_spoken_) say(tool.say);
  if (alive.expired()) return {};
  sink_.busy(turn_, tool.timeout);
  if (alive.expired()) return {};
  http_request request{.to = peer::agent,
                       .url = tool.url,
                       .headers = tool.headers,
                       .body = arguments,
                       .timeout = tool.timeout,
                       .answer_bound = max_answer};
  request.headers.emplace_back("Content-Type", "application/json");
  sign(request, settings_, host_.unix_seconds());
  exchanges_[which] = host_.send(std::move(request), [this, which](const http_answer& answer) {
    exchanges_[which].reset();
    if (answer.status == 0) return settle(which, "error: " + answer.failure);
    if (answer.status / 100 != 2) return settle(which, "error: status " + std::to_string(answer.status));
    if (!utf8::is_valid(answer.body)) return settle(which, "error: the answer is no UTF-8");
    settle(which, answer.body.empty() ? "done" : answer.body);
  });
  return {};
}

void tool_runs::settle(std::size_t which, std::string result) {
  results_[which] = cut(std::move(result), max_result);
  // It may be the end of this.
  if (--open_ == 0) std::exchange(done_, nullptr)();
}

void tool_runs::say(const std::string& text) {
  const std::weak_ptr<const bool> alive = alive_;
  auto& sink = sink_;
  const auto turn = turn_;
  for (const auto& each : sentences_of(text)) {
    auto words = spoken_text(each);
    if (words.empty()) continue;
    has_spoken_ = true;
    sink.sentence(turn, std::move(words));
    if (alive.expired()) return;
  }
}

}  // namespace tandem
