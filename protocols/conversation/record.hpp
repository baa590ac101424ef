#pragma once

#include "protocols/conversation/turn_timing.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What is remembered of a call and of each turn, and its JSON as the API gives it.
namespace tandem {

/// A time of day in whole milliseconds; the epoch itself stands for "not yet".
using wall_time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

enum class call_direction : std::uint8_t { incoming, outgoing };
enum class call_state : std::uint8_t { ringing, connected, ended };
enum class speaker : std::uint8_t { caller, agent };

std::string_view to_string(call_direction direction);
std::string_view to_string(call_state state);
std::string_view to_string(speaker who);

/// Why calls end, as records and metrics say it.
namespace end_reason {
inline constexpr std::string_view caller_hung_up = "caller_hung_up";
inline constexpr std::string_view agent_hung_up = "agent_hung_up";
/// The caller said nothing for too long.
inline constexpr std::string_view caller_silent = "caller_silent";
/// It was ended through the API.
inline constexpr std::string_view api_hung_up = "api_hung_up";
/// It goes on at the carrier, between the caller and somebody else.
inline constexpr std::string_view transferred = "transferred";
/// What became of a call that was placed and not answered, or not by a person.
inline constexpr std::string_view busy = "busy";
inline constexpr std::string_view no_answer = "no_answer";
inline constexpr std::string_view rejected = "rejected";
inline constexpr std::string_view unreachable = "unreachable";
inline constexpr std::string_view machine = "machine";
inline constexpr std::string_view max_duration = "max_duration";
/// The carrier's stream never came, or broke or fell silent and did not come back.
inline constexpr std::string_view no_media = "no_media";
/// The carrier refused a command that the call cannot do without.
inline constexpr std::string_view carrier_failed = "carrier_failed";
/// The carrier could not place the call now: it has no line for us, or did not answer.
inline constexpr std::string_view carrier_unavailable = "carrier_unavailable";
/// The carrier places no calls for us at all, until somebody sees to the key or the account.
inline constexpr std::string_view carrier_denied = "carrier_denied";
inline constexpr std::string_view provider_failed = "provider_failed";
/// The carrier's stream has a codec that cannot be taken.
inline constexpr std::string_view unsupported_codec = "unsupported_codec";
/// Its stream turned out to belong to a call that was there already and goes on with it.
inline constexpr std::string_view joined = "joined";
inline constexpr std::string_view internal_error = "internal_error";
inline constexpr std::string_view shutdown = "shutdown";

inline constexpr std::array all{caller_hung_up,    agent_hung_up,
                                caller_silent,     api_hung_up,
                                transferred,       busy,
                                no_answer,         rejected,
                                unreachable,       machine,
                                max_duration,      no_media,
                                carrier_failed,    carrier_unavailable,
                                carrier_denied,    provider_failed,
                                unsupported_codec, joined,
                                internal_error,    shutdown};
}  // namespace end_reason

/// What a call has used of its providers.
struct call_usage {
  double stt_seconds = 0;
  std::uint64_t tts_characters = 0;
  std::uint64_t llm_input_tokens = 0;
  std::uint64_t llm_output_tokens = 0;
};

/// What a call has cost, in millionths of the currency; no currency = no prices are known.
struct call_cost {
  std::string currency;
  std::int64_t carrier = 0;
  std::int64_t stt = 0;
  std::int64_t tts = 0;
  std::int64_t llm = 0;

  std::int64_t total() const { return carrier + stt + tts + llm; }
};

/// One call.
struct call_record {
  std::string id;
  /// The node that owns it now.
  std::string node;
  std::string carrier_call_id;
  call_direction direction = call_direction::incoming;
  std::string from;
  std::string to;
  call_state state = call_state::ringing;
  wall_time started_at{};
  wall_time answered_at{};
  wall_time ended_at{};
  std::string end_reason;
  /// The agent's kind.
  std::string agent;
  std::vector<std::pair<std::string, std::string>> metadata;
  call_usage usage;
  call_cost cost;
};

/// One turn of a call.
struct turn_record {
  /// Counts caller's and agent's turns of a call together, from 1.
  std::uint32_t n = 0;
  speaker role = speaker::caller;
  std::string text;
  /// Of an agent's turn: what the caller can have heard of it.
  std::string heard_text;
  bool interrupted = false;
  wall_time started_at{};
  wall_time ended_at{};
  /// Of an agent's turn: from the end of the caller's speech to the first audio on the wire, in milliseconds;
  /// negative when there is none.
  std::int32_t latency_ms = -1;
  turn_timing timing{};
};

/// Something that happened to a call.
struct call_event {
  std::string call_id;
  /// Counts the events of a call, from 1.
  std::uint32_t n = 0;
  wall_time at{};
  /// As the API names events: `call.started`, `dtmf` …
  std::string name;
  /// What more there is to say, as a JSON object; may hold what the caller said or pressed.
  std::string data = "{}";
};

/// RFC 3339 in UTC with milliseconds, e.g. 2026-05-01T10:00:00.123Z.
std::string to_rfc3339(wall_time at);

/// The time that RFC 3339 says, whatever its zone, down to whole microseconds; nothing when the text says
/// none.
std::optional<std::chrono::sys_time<std::chrono::microseconds>> from_rfc3339(std::string_view text);

/// Appends the call as the API's JSON object; times not reached are null.
void append_json(std::string& out, const call_record& call);

/// Appends the turn as the API's JSON object.
void append_json(std::string& out, const turn_record& turn);

}  // namespace tandem
