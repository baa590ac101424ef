#pragma once

#include "protocols/conversation/conversation.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/conversation/turn_events.hpp"
#include "protocols/telnyx/media.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace tandem {

/// What a call's owner knows of its leg at the carrier beyond the call's record.
struct leg_facts {
  /// Whether Call Control commands it, and whether somebody answered.
  bool controlled = false;
  bool answered = false;
  /// Whether it is being given to somebody else.
  bool transferring = false;
  /// Of a call that we placed: who answered, as the carrier found it, and whether a machine ends the call.
  std::string answered_by{};
  bool ends_at_machine = true;
  /// Both directions of the streams that we invite; their rate is `telnyx::sampling_rate` of it.
  telnyx::codec codec = telnyx::codec::pcmu;
  /// The newest stream; empty when there was none.
  std::string stream_id{};
  /// How many owners it had before this one.
  std::uint32_t owner = 0;

  bool operator==(const leg_facts&) const = default;
};

/// How far a call's books have counted, so that the next owner's rows do not replace the former one's.
struct call_counts {
  std::uint32_t turns = 0;
  std::uint32_t events = 0;
  std::uint32_t reconnects = 0;

  bool operator==(const call_counts&) const = default;
};

/// A call that goes on, as another owner needs it: who talks, the leg, what was said and is being said, and
/// what it has cost; not its audio. What providers cost is not in it, since it follows from the usage.
struct call_value {
  static constexpr int version = 1;
  static constexpr std::size_t max_json = conversation::max_json + std::size_t{1024} * 1024;
  static constexpr std::size_t max_metadata = 1024;  ///< keys
  static constexpr std::size_t max_settings = 16;    ///< of the agent

  call_record record;
  leg_facts leg;
  call_counts counts;
  /// The agent's settings, all of them, as a call's can be changed: `kind`, `system_prompt` …
  std::vector<turns::note> agent;
  /// Names of those that somebody chose for this call.
  std::vector<std::string> own_settings{};
  /// By the clock of who wrote it; what is timed goes on from there.
  wall_time written_at{};
  /// The dialogue: what `conversation::to_json` gave then; empty when it had not begun.
  std::string talk;

  /// The whole value as one JSON object. The conversation must be a JSON object, if there is one.
  std::string to_json() const;

  /// The value that `to_json` wrote. Refuses another version, a call that has ended, and anything that is not
  /// such a value, with one line that says what is wrong.
  static tl::expected<call_value, std::string> from_json(std::string_view text);
};

}  // namespace tandem
