#pragma once

#include "protocols/conversation/record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// What happens to calls, as the API's events name it.
enum class event_kind : std::uint8_t {
  call_started,
  call_answered,
  transcript_partial,
  transcript_final,
  agent_reply,
  speech_started,
  speech_finished,
  speech_interrupted,
  dtmf,
  provider_reconnected,
  agent_changed,
  call_held,
  call_resumed,
  call_listened,
  call_ended
};

inline constexpr std::size_t event_kinds = 15;

/// `call.started`, `transcript.partial` …
std::string_view to_string(event_kind kind);

/// What an event of this kind calls its `text`; empty when it has none.
std::string_view text_name(event_kind kind);

/// Something that happens to a call, for those who watch.
struct live_event {
  std::string call_id;
  wall_time at{};
  event_kind kind = event_kind::call_started;
  /// Which of the agent's replies is meant, from 1; 0 when none is.
  std::uint32_t turn = 0;
  /// What was said or heard, the key, the provider, the agent's kind, who holds the call or listens in, or
  /// why it ended.
  std::string text{};
  /// Of `provider.reconnected`: `first`, or `standby`.
  std::string provider{};
  /// Of `call.started` and `call.answered`.
  call_direction direction = call_direction::incoming;
  std::string from{};
  std::string to{};
};

/// Which texts of events may be kept beyond the moment.
struct event_privacy {
  bool keeps_numbers = true;
  bool keeps_words = true;
};

/// The event without what must not be kept.
live_event kept_part(live_event event, const event_privacy& rules);

/// Appends the event as the API's JSON object: `call_id`, `at`, and what its kind adds; what is empty is left
/// out.
void append_json(std::string& out, const live_event& event);

/// The same with `id` and `event` in front, for whoever gets no other sign of which event it is.
void append_json(std::string& out, std::string_view id, const live_event& event);

}  // namespace tandem
