#include "tests/lab/phrase_files.hpp"

#include "actors/agents/script_file.hpp"
#include "protocols/json.hpp"
#include "tests/lab/caller_script.hpp"

#include <algorithm>
#include <stdexcept>

namespace tandem::lab {

namespace {

constexpr std::size_t script_bound = 1024 * 1024;

bool is_caller_script(std::string text) {
  json::document parsed;
  return parsed.parse(text, {.bytes = script_bound}) == json::fault::none &&
         json::find(parsed.root(), "lines");
}

[[noreturn]] void refuse(const std::vector<std::string>& faults) {
  std::string all = "the script has faults:";
  for (const auto& fault : faults) (all += "\n  ") += fault;
  throw std::runtime_error(all);
}

}  // namespace

std::vector<std::string> phrases_of(std::string_view script_text) {
  if (!is_caller_script(std::string(script_text))) {
    auto dialogue = load_script(script_text);
    if (!dialogue) refuse(dialogue.error());
    return phrases(*dialogue);
  }
  auto caller = load_caller_script(script_text);
  if (!caller) refuse(caller.error());
  std::vector<std::string> said;
  for (const auto& line : caller->lines) said.push_back(line.say);
  return said;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) lines.emplace_back(line);
  }
  return lines;
}

}  // namespace tandem::lab
