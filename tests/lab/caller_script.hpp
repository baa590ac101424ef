#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tandem::lab {

/// One thing that a simulated caller says. JSON: `"say"`; `"pause_ms"` (700), the silence to leave after the
/// agent's last word, or in its place `"interrupt_after_ms"`, how long to let the agent's reply play before
/// speaking into it; `"expect"`, words or runs of words that the transcript of the line must contain; and
/// `"expect_reply"`, what the agent's answer must contain.
struct caller_line {
  std::string say;
  std::chrono::milliseconds pause{700};
  std::optional<std::chrono::milliseconds> interrupt_after;
  std::vector<std::string> expect;
  std::vector<std::string> expect_reply;
};

/// What a simulated caller says in one call, in order, after the agent's greeting. JSON: `"version":1`,
/// `"lines"`, and `"expect_metadata"`, what the call's metadata must hold at its end. The agent hangs up.
struct caller_script {
  std::vector<caller_line> lines;
  std::vector<std::pair<std::string, std::string>> expect_metadata;
};

/// The script in a file's text, or every fault, one line each: the place in the JSON, what is wrong, what is
/// allowed.
tl::expected<caller_script, std::vector<std::string>> load_caller_script(std::string_view text);

/// Whether a transcript holds an expected word or run of words, whatever their case and punctuation.
bool contains_words(std::string_view transcript, std::string_view expected);

}  // namespace tandem::lab
