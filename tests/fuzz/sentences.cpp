#include "protocols/conversation/sentences.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

namespace {

std::vector<std::string> cut(std::string_view reply, std::size_t piece) {
  sentence_cutter cutter;
  std::vector<std::string> all;
  for (std::size_t at = 0; at < reply.size(); at += piece) cutter.add(reply.substr(at, piece), all);
  cutter.finish(all);
  return all;
}

std::string without_blanks(std::string text) {
  std::erase_if(text,
                [](char c) { return std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos; });
  return text;
}

}  // namespace

/// No text is lost or doubled, no sentence is empty or too long, and a short reply is cut alike in any
/// pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto piece = input.ConsumeIntegralInRange<std::size_t>(1, 64);
  const auto reply = input.ConsumeRemainingBytesAsString();
  const auto parts = cut(reply, piece);
  std::string all;
  for (const auto& each : parts) {
    if (each.empty() || each.size() > 2 * sentence_cutter::max_sentence) std::abort();
    all += each;
  }
  if (without_blanks(all) != without_blanks(reply)) std::abort();
  if (reply.size() <= sentence_cutter::max_sentence && parts != cut(reply, reply.size() + 1)) std::abort();
  return 0;
}
