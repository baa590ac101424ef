#include "protocols/agents/agent_webhook.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem::agent_webhook;

namespace {

std::vector<std::string> lines_of(std::string_view stream, std::size_t piece) {
  line_cutter cutter;
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < stream.size(); at += piece) cutter.add(stream.substr(at, piece), lines);
  cutter.finish(lines);
  return lines;
}

}  // namespace

/// Any answer is actions or one line that says what is wrong; lines are the same in whatever pieces they
/// come.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto piece = input.ConsumeIntegralInRange<std::size_t>(1, 64);
  const auto answer = input.ConsumeRemainingBytesAsString();
  const auto lines = lines_of(answer, piece);
  if (lines != lines_of(answer, std::max<std::size_t>(1, answer.size()))) std::abort();
  for (const auto& line : lines) {
    const auto one = read_action(line);
    if (!one && one.error().empty()) std::abort();
    if (one && std::holds_alternative<say>(*one) && std::get<say>(*one).text.size() > max_text) std::abort();
  }
  const auto all = read_actions(answer);
  if (all ? all->size() > max_actions : all.error().empty()) std::abort();
  return 0;
}
