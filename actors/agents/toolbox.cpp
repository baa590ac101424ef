#include "actors/agents/toolbox.hpp"

#include "protocols/json_checker.hpp"
#include "protocols/telnyx/dial.hpp"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

constexpr std::size_t max_bytes = std::size_t{1024} * 1024;
constexpr std::size_t max_name = 64;  // what servers take

constexpr std::array ours{tool_name::end_call, tool_name::transfer_call, tool_name::send_dtmf,
                          tool_name::do_not_call, tool_name::wait};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= max_name && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool is_url(std::string_view text) {
  const bool known = text.starts_with("https://") || text.starts_with("http://");
  return known && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_header(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c != 0x7f; });
}

http_tool read_tool(json::checker& in, const std::vector<http_tool>& before) {
  http_tool tool;
  tool.name = in.text("name");
  if (!tool.name.empty() && !is_name(tool.name))
    in.fault("name", "must be letters, digits, _ and -, at most 64 of them");
  if (std::find(ours.begin(), ours.end(), tool.name) != ours.end())
    in.fault("name", "\"" + tool.name + "\" is a tool that every agent has");
  if (std::any_of(before.begin(), before.end(), [&](const auto& each) { return each.name == tool.name; }))
    in.fault("name", "there are two tools \"" + tool.name + "\"");
  tool.description = in.text("description");
  tool.parameters = in.object_text("parameters", R"({"type":"object","properties":{}})");
  tool.url = in.text("url");
  if (!tool.url.empty() && !is_url(tool.url)) in.fault("url", "must be an http:// or https:// URL");
  tool.headers = in.text_members("headers");
  for (const auto& [name, value] : tool.headers) {
    if (!is_name(name) || !is_header(value)) in.fault("headers", "\"" + name + "\" is no header");
  }
  tool.timeout = std::chrono::milliseconds(in.integer("timeout_ms", 100, 30'000, 5000));
  tool.say = in.text_if("say");
  return tool;
}

}  // namespace

tl::expected<toolbox, std::vector<std::string>> load_toolbox(std::string_view text) {
  std::vector<std::string> faults;
  std::string copy(text);
  json::document document;
  if (const auto why = document.parse(copy, {max_bytes, 32}); why != json::fault::none) {
    faults.push_back(json::describe_fault(why, document, text));
    return tl::unexpected(std::move(faults));
  }
  toolbox result;
  {
    json::checker file(document.root(), {}, faults);
    file.integer("version", 1, 1, std::nullopt);
    file.objects("tools", 0, [&](json::checker& in) {
      result.tools.push_back(read_tool(in, result.tools));
      if (result.tools.size() == toolbox::max_tools + 1)
        in.fault({}, "is one too many; at most " + std::to_string(toolbox::max_tools) + " are allowed");
    });
    result.transfers = file.text_members("transfers");
    for (const auto& [name, to] : result.transfers) {
      if (!telnyx::can_be_dialled(to))
        file.fault("transfers." + name, "must be a number such as +13125550142 or a SIP address");
    }
    result.presses_keys = file.boolean("press_keys", false);
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return result;
}

}  // namespace tandem
