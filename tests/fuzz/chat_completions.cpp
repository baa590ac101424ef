#include "protocols/agents/chat_completions.hpp"

#include "protocols/agents/event_stream.hpp"
#include "protocols/agents/thoughts.hpp"

#include <algorithm>
#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;

namespace {

struct heard {
  std::string text;
  std::vector<chat::tool_call> calls;
  chat::progress state = chat::progress::open;
};

heard listen(std::string_view stream, std::size_t piece) {
  event_stream reader;
  chat::reply_reader reply;
  thought_filter filter;
  heard result;
  std::vector<std::string> events;
  for (std::size_t at = 0; at < stream.size(); at += piece) reader.add(stream.substr(at, piece), events);
  reader.finish(events);
  for (auto& each : events) result.text += filter.add(reply.read(std::move(each)));
  result.text += filter.finish();
  result.state = reply.state();
  if ((result.state == chat::progress::failed) != !reply.failure().empty()) std::abort();
  result.calls = reply.take_calls();
  return result;
}

}  // namespace

/// A stream is the same reply in whatever pieces it comes, every call of it can be answered, and any refusal
/// is read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto piece = input.ConsumeIntegralInRange<std::size_t>(1, 64);
  const auto status = input.ConsumeIntegralInRange<unsigned>(0, 600);
  const auto header = input.ConsumeRandomLengthString(16);
  const auto stream = input.ConsumeRemainingBytesAsString();

  const auto whole = listen(stream, std::max<std::size_t>(1, stream.size()));
  const auto parts = listen(stream, piece);
  if (whole.text != parts.text || whole.state != parts.state || whole.calls.size() != parts.calls.size())
    std::abort();
  for (const auto& call : whole.calls) {
    if (call.id.empty() || call.name.empty() || call.arguments.empty()) std::abort();
  }
  if (chat::read_refusal(status, stream, header, header, header).why.empty()) std::abort();
  return 0;
}
