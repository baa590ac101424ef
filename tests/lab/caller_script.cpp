#include "tests/lab/caller_script.hpp"

#include "actors/agents/spoken_words.hpp"
#include "protocols/json_checker.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

constexpr std::size_t max_bytes = std::size_t{256} * 1024;

void check_words(json::checker& in, std::string_view key, const std::vector<std::string>& expected) {
  for (const auto& text : expected)
    if (spoken_words(text).empty()) in.fault(key, "\"" + text + "\" has no word in it");
}

void read_line(caller_script::line& line, json::checker& in) {
  line.say = in.text("say");
  if (!line.say.empty() && spoken_words(line.say).empty()) in.fault("say", "has no word in it");
  if (in.has("interrupt_after_ms"))
    line.interrupt_after = std::chrono::milliseconds(in.integer("interrupt_after_ms", 0, 60'000, 0));
  line.expect = in.texts("expect", 1);
  check_words(in, "expect", line.expect);
  line.expect_reply = in.texts("expect_reply", 0);
  check_words(in, "expect_reply", line.expect_reply);
}

}  // namespace

tl::expected<caller_script, std::vector<std::string>> load_caller_script(std::string_view text) {
  std::vector<std::string> faults;
  std::string copy(text);
  json::document document;
  if (const auto why = document.parse(copy, {max_bytes, 8}); why != json::fault::none) {
    faults.push_back(json::describe_fault(why, document, text));
    return tl::unexpected(std::move(faults));
  }
  caller_script result;
  {
    json::checker file(document.root(), {}, faults);
    file.integer("version", 1, 1, std::nullopt);
    file.objects("lines", 1, [&](json::checker& in) { read_line(result.lines.emplace_back(), in); });
    result.expect_metadata = file.text_members("expect_metadata");
  }
  if (!faults.empty()) return tl::unexpected(std::move(faults));
  return result;
}

bool contains_words(std::string_view transcript, std::string_view expected) {
  const auto said = spoken_words(transcript);
  const auto wanted = spoken_words(expected);
  return std::search(said.begin(), said.end(), wanted.begin(), wanted.end()) != said.end();
}

}  // namespace tandem::lab
