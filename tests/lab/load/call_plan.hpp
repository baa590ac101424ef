#pragma once

#include "tests/lab/chat_fault.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem::lab {

/// What load does; each profile is a kind of call and a number of them.
enum class load_profile : std::uint8_t { listen, talk, churn, barge, overload, soak, chaos };

std::string_view to_string(load_profile profile);
std::optional<load_profile> load_profile_of(std::string_view name);

/// What goes wrong on the carrier's side of a call.
enum class line_fault : std::uint8_t {
  none,
  swapped,        ///< a frame comes after its successor, now and then
  doubled,        ///< a frame comes twice, now and then
  garbage,        ///< messages that are nothing come between the frames, now and then
  lost,           ///< a frame is left out, now and then
  deaf,           ///< nothing is read for seconds
  binary,         ///< a binary message
  cut,            ///< the connection ends without a word
  reset,          ///< the connection is reset
  half_open,      ///< nothing comes any more, nothing is read, and the socket stays
  unborn,         ///< the caller is gone before the stream is open
  nameless,       ///< no `start` ever comes
  after_stop,     ///< frames go on behind `stop`
  second_stream,  ///< a second stream of the same call, after which the first one closes
};

/// What goes wrong with a call's connection to a provider.
enum class provider_fault : std::uint8_t {
  none,
  drop,     ///< the connection ends without a word
  close,    ///< it closes as providers do, with 1000, 1008 or 1011
  error,    ///< an error message, then the close
  stall,    ///< nothing is read or said for seconds; then it goes on
  silence,  ///< nothing is said any more
  garbage,  ///< messages that are nothing
};

/// How a caller cuts replies short.
enum class interruption : std::uint8_t {
  none,
  words,    ///< speaks, and Scribe knows a word at once
  voice,    ///< speaks, and Scribe knows no word for a second
  whisper,  ///< Scribe knows words of what is too faint to be a voice
};

inline constexpr std::size_t line_faults = 14;
inline constexpr std::size_t provider_faults = 7;

std::string_view to_string(line_fault fault);
std::string_view to_string(provider_fault fault);

/// One call of a run; a frame is 20 ms.
struct call_plan {
  std::uint32_t number = 0;
  /// Comes by webhooks and commands, not as a bare stream.
  bool announced = false;
  /// The webhooks come twice.
  bool twice = false;
  /// Frames until the caller hangs up; 0 = when the run ends.
  std::uint32_t life = 0;
  /// When the caller speaks first, and from one time to the next; 0 = never.
  std::uint32_t first_speech = 0;
  std::uint32_t speech_period = 0;
  /// How the caller speaks into every reply.
  interruption interrupts = interruption::none;

  line_fault line = line_fault::none;
  std::uint32_t line_at = 0;  ///< frames
  provider_fault scribe = provider_fault::none;
  std::uint32_t scribe_at = 0;  ///< chunks
  provider_fault speech = provider_fault::none;
  std::uint32_t speech_at = 0;  ///< audio messages
  chat_fault model = chat_fault::none;
  std::uint32_t model_at = 0;  ///< the caller's turns
  /// It stays until the turn is over, however often the model is asked again.
  bool model_stays = false;
  /// Decides what is left open, such as which error.
  std::uint64_t seed = 0;

  bool operator==(const call_plan&) const = default;

  /// Nothing goes wrong with it.
  bool is_undisturbed() const;
  /// Every frame of the caller has to reach Scribe, but for the last ones.
  bool upstream_is_whole() const;
  /// Every frame of the replies has to reach the caller.
  bool downstream_is_whole() const;
  /// Whoever spoke has to hear something in reply.
  bool is_answered() const;
};

/// What a run is made of.
struct load_plan {
  load_profile profile = load_profile::talk;
  std::uint64_t seed = 1;
  /// What goes wrong in chaos.
  bool lines_fail = true;
  bool providers_fail = true;
  bool model_fails = false;
};

/// The n-th call of a run: the same for the same plan.
call_plan plan_call(const load_plan& run, std::uint32_t n);

/// A number made of another one and a seed, as random as one needs.
std::uint64_t scatter(std::uint64_t seed, std::uint64_t n);

}  // namespace tandem::lab
