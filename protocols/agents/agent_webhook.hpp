#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <variant>
#include <vector>

/// What Tandem posts to a customer's server that is a call's agent, and the actions that it answers: one JSON
/// object, `{"actions":[…]}`, or one object a line (NDJSON), each of which is done as it comes.
namespace tandem::agent_webhook {

/// What happened.
enum class event_kind : std::uint8_t {
  start,
  turn,
  dtmf,
  silence,
  transfer_failed,
  machine,
  hold_over,
  interruption,
  end
};
std::string_view to_string(event_kind kind);

/// A turn of the history: what the caller said, or has heard of what the agent said.
struct past {
  bool by_agent = false;
  std::string_view text;
  bool interrupted = false;
};

/// One event; what is empty is left out.
struct event {
  event_kind kind = event_kind::start;
  /// The same in every attempt to deliver it.
  std::string_view id{};
  /// RFC 3339.
  std::string_view at{};
  std::string_view call_id{};
  /// As the API says it: "incoming" or "outgoing".
  std::string_view direction{};
  std::string_view from{};
  std::string_view to{};
  /// What `set` and the call's creator noted, and what comes back in every event.
  std::span<const std::pair<std::string, std::string>> metadata{};
  /// turn: what the caller said. dtmf: the digits. machine: what was found. interruption: what was heard of
  /// the reply. end: why.
  std::string_view detail{};
  /// machine: whether its greeting ended with a beep.
  bool beep = false;
  std::span<const past> history{};
};
std::string event_body(const event& what);

/// Speak this.
struct say {
  std::string text;
};

/// Speak this and wait for the caller; with digits, also for so many keys.
struct ask {
  std::string text;
  std::uint32_t min_digits = 0;
  /// 0 = no keys are collected.
  std::uint32_t max_digits = 0;
  /// The key that ends the entry; empty = none.
  std::string finish_key{};
  std::uint32_t timeout_ms = 5000;
};

/// Transfer the caller, once what was said before is heard.
struct transfer {
  std::string to;
};

/// Hang up, once what was said before is heard.
struct hang_up {};

/// Put the call on hold, once what was said before is heard.
struct hold {
  /// The URL of what the caller hears; empty = what the settings say.
  std::string play{};
  /// At most so long; 0 = as long as the settings allow.
  std::uint32_t seconds = 0;
};

/// Wait so long for a caller who asked for a moment.
struct wait {
  std::uint32_t seconds = 0;
};

/// Press keys towards the caller's side.
struct send_dtmf {
  std::string digits;
};

/// Play the sound at this URL.
struct play {
  std::string url;
};

/// Note this in the call's metadata.
struct set {
  std::vector<std::pair<std::string, std::string>> values;
};

using action = std::variant<say, ask, transfer, hang_up, hold, wait, send_dtmf, play, set>;

constexpr std::size_t max_actions = 64;                   ///< of one answer
constexpr std::size_t max_text = std::size_t{8} * 1024;   ///< bytes of one text
constexpr std::size_t max_line = std::size_t{64} * 1024;  ///< bytes of one line

/// Reads a line of an answer, `{"say":"Hello."}`; or says in one line what is wrong and what is allowed.
tl::expected<action, std::string> read_action(std::string line);

/// Reads a whole answer: `{"actions":[…]}`, one action alone, or nothing at all, which is no action.
tl::expected<std::vector<action>, std::string> read_actions(std::string body);

/// Cuts an answer into lines as it comes.
class line_cutter {
 public:
  /// Takes the next bytes and appends every line that is complete and not blank; false from the first line on
  /// that is too long.
  bool add(std::string_view bytes, std::vector<std::string>& lines);

  /// The answer has ended, and with it its last line.
  void finish(std::vector<std::string>& lines);

 private:
  std::string line_;
  bool too_long_ = false;
};

}  // namespace tandem::agent_webhook
