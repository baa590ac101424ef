#include "protocols/conversation/call_value.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace tandem;

// A call that is taken can be written and taken again, and so can its conversation.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto call = call_value::from_json(text);
  if (!call) {
    if (call.error().empty()) std::abort();
    return 0;
  }
  const auto written = call->to_json();
  const auto again = call_value::from_json(written);
  if (!again || again->to_json() != written || again->leg != call->leg) std::abort();
  if (!conversation::from_json(call->talk, moment{})) std::abort();
  return 0;
}
