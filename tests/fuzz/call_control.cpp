#include "protocols/telnyx/call_control.hpp"

#include "protocols/telnyx/carrier_control.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_events.hpp"
#include "protocols/telnyx/leg_label.hpp"

#include <cstdlib>
#include <fuzzer/FuzzedDataProvider.h>

using namespace tandem;
using namespace tandem::telnyx;

/// Any answer has a meaning, any command is a fault or read, a label is what it says, and ids, actions and
/// states survive their way.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto status = input.ConsumeIntegralInRange<unsigned>(0, 600);
  const std::string id = input.ConsumeRandomLengthString(64);
  const std::string state = input.ConsumeRandomLengthString(64);
  const std::string rest = input.ConsumeRemainingBytesAsString();

  const auto answer = read_answer(status, rest);
  if (answer.status != status) std::abort();
  const bool accepted = status >= 200 && status < 300;
  if (accepted && meaning_of("answer", answer) != command_meaning::done) std::abort();

  const auto target = carrier::read_command_path("/v2" + command_path(id, "answer"));
  if (target.has_value() != !id.empty()) std::abort();
  if (target && (target->call_control_id != id || target->action != "answer")) std::abort();
  carrier::read_command_path(rest);

  const auto command = carrier::read_command(
      answer_body({.stream_url = rest, .codec = codec::pcma, .client_state = state, .command_id = id}));
  if (!command || command->client_state != state || command->stream_codec != (rest.empty() ? "" : "PCMA"))
    std::abort();
  carrier::read_command(rest);

  const auto one = read_leg(rest);
  if (one && one->call_control_id.empty()) std::abort();
  if (const auto page = read_active_calls(rest))
    for (const auto& each : page->legs)
      if (each.call_control_id.empty()) std::abort();

  if (const auto label = read_leg_label(rest); label && to_text(*label) != rest) std::abort();
  const auto events = read_leg_events(rest, id);
  if (events && events->direction.empty() && !(events->from + events->to).empty()) std::abort();
  return 0;
}
