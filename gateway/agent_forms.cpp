#include "gateway/agent_forms.hpp"

#include "actors/agents/script_file.hpp"
#include "actors/agents/toolbox.hpp"
#include "actors/runtime/services.hpp"
#include "gateway/settings/settings_forms.hpp"
#include "protocols/conversation/key_entry.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/json_members.hpp"
#include "protocols/records/row.hpp"
#include "protocols/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tandem {

namespace {

constexpr std::size_t setting_bound = std::size_t{64} * 1024;
constexpr std::size_t said_bound = 4000;
constexpr std::size_t reply_bound = std::size_t{64} * 1024;
constexpr std::size_t most_questions = 50;

constexpr std::string_view mask = "***";
constexpr std::array<std::string_view, 4> revisable{"greeting", "fallback_reply", "system_prompt", "model"};

std::string joined(std::string_view first, std::initializer_list<std::string_view> also) {
  std::string all(first);
  for (const auto each : revisable) all.append(all.empty() ? "" : ", ").append(each);
  for (const auto each : also) all.append(", ").append(each);
  return all;
}

std::optional<std::string> unknown_name(const json::value& body,
                                        std::initializer_list<std::string_view> also) {
  for (const auto& member : body.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const bool known = name == "script" || std::ranges::find(revisable, name) != revisable.end() ||
                       std::ranges::find(also, name) != also.end();
    if (!known)
      return "unknown member " + std::string(name.substr(0, 64)) + "; allowed: " + joined("script", also);
  }
  return std::nullopt;
}

bool are_keys(std::string_view text) {
  return !text.empty() && text.size() <= turns::key_entry::max_keys &&
         std::ranges::all_of(text, turns::key_entry::is_key);
}

/// One line about what is wrong; empty when it is read.
std::string read_turn(const json::value& from, rehearsed_turn& into) {
  if (!from.IsObject()) return "each of turns is an object";
  if (auto unknown = json::unknown_member(from, {"role", "text", "keys"})) return std::move(*unknown);
  const auto role = json::text_or(from, "role");
  if (role != "caller" && role != "agent") return "role is caller or agent";
  into.by = role == "agent" ? speaker::agent : speaker::caller;
  into.is_keys = json::find(from, "keys") != nullptr;
  if (into.is_keys) {
    into.text = json::text_or(from, "keys");
    if (into.by != speaker::caller || json::find(from, "text") != nullptr || !are_keys(into.text))
      return "keys are what the caller presses in place of a text: 0 to 9, A to D, * and #";
    return {};
  }
  const auto text = json::text(from, "text");
  const auto bound = into.by == speaker::caller ? said_bound : reply_bound;
  if (!text || text->size() > bound || !utf8::is_valid(*text))
    return "text is what is said, at most " + std::to_string(bound) + " bytes of UTF-8";
  if (into.by == speaker::caller && text->empty()) return "a caller who says nothing is not asked about";
  into.text = *text;
  return {};
}

void append_reply(std::string& out, const rehearsed_reply& reply) {
  json::builder object(out);
  object.text("text", reply.text)
      .text("then", turns::names(reply.how.then)[static_cast<std::size_t>(reply.how.then)]);
  object.text_if("to", reply.how.to).text_if("failure", reply.failure);
  if (!reply.notes.empty()) {
    std::vector<std::pair<std::string, std::string>> notes;
    for (const auto& each : reply.notes) notes.emplace_back(each.key, each.text);
    object.raw("notes") += records::to_json(notes);
  }
  if (reply.left_out.empty()) return;
  auto& list = object.raw("left_out") += '[';
  for (const auto& each : reply.left_out) {
    if (list.back() != '[') list += ',';
    json::append_quoted(list, each);
  }
  list += ']';
}

/// The line that a fault begins with, as `line 12: …`, and the rest of it.
std::pair<std::optional<std::size_t>, std::string_view> split_fault(std::string_view fault) {
  constexpr std::string_view prefix = "line ";
  if (!fault.starts_with(prefix)) return {std::nullopt, fault};
  std::size_t line = 0;
  const auto* end = fault.data() + fault.size();
  const auto [after, wrong] = std::from_chars(fault.data() + prefix.size(), end, line);
  const std::string_view rest(after, static_cast<std::size_t>(end - after));
  if (wrong != std::errc{} || !rest.starts_with(": ")) return {std::nullopt, fault};
  return {line, rest.substr(2)};
}

}  // namespace

tl::expected<revision_form, std::string> read_revision(const json::value& body,
                                                       std::initializer_list<std::string_view> also) {
  if (auto unknown = unknown_name(body, also)) return tl::unexpected(std::move(*unknown));
  revision_form form;
  for (const auto name : revisable) {
    if (json::find(body, name) == nullptr) continue;
    const auto text = json::text(body, name);
    if (!text || text->size() > setting_bound || !utf8::is_valid(*text))
      return tl::unexpected(std::string(name) + " is a text in UTF-8 of at most 65536 bytes");
    form.what.settings.emplace_back(name, *text);
  }
  if (json::find(body, "script") == nullptr) return form;
  const auto text = json::text(body, "script");
  if (!text) return tl::unexpected(std::string("script is the text of a script's file"));
  form.script = *text;
  return form;
}

tl::expected<std::vector<rehearsed_turn>, std::string> read_turns(const json::value& body) {
  const auto* given = json::find(body, "turns");
  if (given != nullptr && !given->IsArray()) return tl::unexpected(std::string("turns is a list"));
  std::vector<rehearsed_turn> all;
  std::size_t questions = 0;
  for (const auto& each : json::elements(body, "turns")) {
    if (all.size() > 2 * most_questions)
      return tl::unexpected(
          std::string("turns has at most 50 of the caller's and one of the agent's for each"));
    if (auto wrong = read_turn(each, all.emplace_back()); !wrong.empty())
      return tl::unexpected(std::move(wrong));
    questions += all.back().by == speaker::caller ? 1 : 0;
  }
  if (questions > most_questions) return tl::unexpected(std::string("turns has at most 50 of the caller's"));
  if (!all.empty() && all.back().by != speaker::caller)
    return tl::unexpected(std::string("the last one of turns is the caller's"));
  return all;
}

void append_json(std::string& out, const agent_description& what, std::string_view more) {
  const auto& agent = what.calls->agent;
  const auto& rules = what.calls->turns;
  json::builder object(out);
  object.text("kind", agent.kind)
      .text("greeting", rules.greeting)
      .text("fallback_reply", rules.fallback_reply);
  object.integer("timeout_ms", rules.agent_timeout.count());
  object.text("url", without_password(agent.url)).text("model", agent.model);
  object.text("system_prompt", agent.system_prompt);
  object.text("api_key", agent.api_key.empty() ? "" : mask).text("secret", agent.sign ? mask : "");
  auto& tools = object.raw("tools") += '[';
  if (agent.tools) {
    for (const auto& each : agent.tools->tools) {
      if (tools.back() != '[') tools += ',';
      json::append_quoted(tools, each.name);
    }
  }
  tools += ']';
  if (agent.dialogue) {
    json::builder dialogue(object.raw("script"));
    dialogue.text("file", agent.dialogue_file).text("text", agent.dialogue->source);
    append_json(dialogue.raw("summary"), *agent.dialogue);
  }
  object.boolean("changed", what.is_revised);
  out += more;
}

void append_json(std::string& out, const script& dialogue) {
  std::size_t intents = 0;
  std::size_t phrases = 0;
  const auto count = [&](const std::vector<intent>& some) {
    intents += some.size();
    for (const auto& each : some) phrases += each.phrases.size();
  };
  count(dialogue.anywhere);
  for (const auto& [name, node] : dialogue.nodes) count(node.intents);
  const auto number = [](std::size_t of) { return static_cast<std::int64_t>(of); };
  json::builder object(out);
  object.integer("nodes", number(dialogue.nodes.size())).integer("intents", number(intents));
  object.integer("phrases", number(phrases)).integer("slots", number(dialogue.slots.size()));
}

void append_json(std::string& out, const rehearsal& what) {
  json::builder object(out);
  auto& list = object.raw("replies") += '[';
  for (const auto& each : what.replies) {
    if (list.back() != '[') list += ',';
    append_reply(list, each);
  }
  list += ']';
  json::builder tokens(object.raw("tokens"));
  tokens.integer("input", static_cast<std::int64_t>(what.input_tokens));
  tokens.integer("output", static_cast<std::int64_t>(what.output_tokens));
}

void append_faults(std::string& out, const std::vector<std::string>& faults) {
  out += '[';
  for (std::size_t i = 0; i < std::min(faults.size(), most_faults); ++i) {
    if (i != 0) out += ',';
    const auto [line, message] = split_fault(faults[i]);
    json::builder object(out);
    if (line) object.integer("line", static_cast<std::int64_t>(*line));
    object.text("message", message);
  }
  out += ']';
}

}  // namespace tandem
