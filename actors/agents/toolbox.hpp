#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tandem {

/// Something that a model may do by asking a server of the operator's. JSON: `"name"` (letters, digits, _ and
/// -), `"description"`, `"parameters"` (a JSON schema; none = an empty object), `"url"`, `"headers"` (an
/// object of texts), `"timeout_ms"` (100 to 30000; 5000) and `"say"` (said while the caller waits for it).
struct http_tool {
  std::string name;
  std::string description;
  /// A JSON schema, as text.
  std::string parameters;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{5000};
  std::string say;
};

/// What a model may do. JSON: `"version":1`, `"tools"` (a list), `"transfers"` (an object of phone numbers or
/// SIP addresses by the names that the model knows them by; it can give the call to nobody else) and
/// `"press_keys"` (whether it may press keys; false).
struct toolbox {
  static constexpr std::size_t max_tools = 64;

  std::vector<http_tool> tools;
  std::vector<std::pair<std::string, std::string>> transfers;
  bool presses_keys = false;
};

/// What every agent's model can do, beside these; no tool may be called so.
namespace tool_name {
inline constexpr std::string_view end_call = "end_call";
inline constexpr std::string_view transfer_call = "transfer_call";
inline constexpr std::string_view send_dtmf = "send_dtmf";
inline constexpr std::string_view do_not_call = "do_not_call";
inline constexpr std::string_view wait = "wait";
}  // namespace tool_name

/// The toolbox in a file's text, or every fault, one line each: the place in the JSON, what is wrong, what is
/// allowed.
tl::expected<toolbox, std::vector<std::string>> load_toolbox(std::string_view text);

}  // namespace tandem
