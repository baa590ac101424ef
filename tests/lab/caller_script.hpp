#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tandem::lab {

/// What a simulated caller says in one call, in order, after the agent's greeting. JSON: `"version":1`,
/// `"lines"`, and `"expect_metadata"`, what the call's metadata must hold at its end. The agent hangs up.
struct caller_script {
  /// JSON: `"say"`; `"interrupt_after_ms"`, to speak into the agent's reply when so much of it was heard (a
  /// line without it waits for the end); `"expect"`, words or runs of words that the line's transcript must
  /// contain; and `"expect_reply"`, what the agent's answer must contain.
  struct line {
    std::string say;
    std::optional<std::chrono::milliseconds> interrupt_after;
    std::vector<std::string> expect;
    std::vector<std::string> expect_reply;
  };

  std::vector<line> lines;
  std::vector<std::pair<std::string, std::string>> expect_metadata;
};

/// The script in a file's text, or every fault, one line each: the place in the JSON, what is wrong, what is
/// allowed.
tl::expected<caller_script, std::vector<std::string>> load_caller_script(std::string_view text);

/// Whether a transcript holds an expected word or run of words, whatever their case and punctuation.
bool contains_words(std::string_view transcript, std::string_view expected);

}  // namespace tandem::lab
