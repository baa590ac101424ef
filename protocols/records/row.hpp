#pragma once

#include "protocols/conversation/record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What the store keeps, as it stands in its tables and in the journal: times in milliseconds since 1970,
/// texts as the operator wants them kept (plain, sealed, left out).
namespace tandem::records {

/// Bits of `sealed`: which texts of a row are encrypted.
inline constexpr std::int64_t numbers_sealed = 1;
inline constexpr std::int64_t words_sealed = 2;

/// A call; replaces an older revision of itself.
struct call_row {
  std::string id;
  /// Orders calls by their start; what pages are cut from.
  std::int64_t place = 0;
  /// Of two writes of the same row the one with the higher revision holds, in whichever order they come.
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  std::string node;
  std::string carrier_call_id;
  std::string direction;
  std::string from_number;
  std::string to_number;
  /// By what a caller's calls are found again: the number, or a keyed hash of it; empty when left out.
  std::string caller;
  std::string state;
  std::int64_t started_at = 0;
  std::int64_t answered_at = 0;
  std::int64_t ended_at = 0;
  std::string end_reason;
  std::string agent;
  /// A JSON object of texts.
  std::string metadata = "{}";
  std::int64_t stt_ms = 0;
  std::int64_t tts_characters = 0;
  std::int64_t llm_input_tokens = 0;
  std::int64_t llm_output_tokens = 0;
  std::string currency;
  /// Millionths of the currency.
  std::int64_t cost_carrier = 0;
  std::int64_t cost_stt = 0;
  std::int64_t cost_tts = 0;
  std::int64_t cost_llm = 0;

  bool operator==(const call_row&) const = default;
};

/// A turn; the key is call and `n`.
struct turn_row {
  std::string call_id;
  std::int64_t n = 0;
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  std::string role;
  std::string text;
  std::string heard_text;
  std::int64_t interrupted = 0;
  std::int64_t started_at = 0;
  std::int64_t ended_at = 0;
  std::int64_t latency_ms = -1;
  /// As `read_timing` reads it; empty when nothing is known.
  std::string timing;

  bool operator==(const turn_row&) const = default;
};

/// An event; the key is call and `n`.
struct event_row {
  std::string call_id;
  std::int64_t n = 0;
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  std::int64_t at = 0;
  std::string name;
  std::string data;

  bool operator==(const event_row&) const = default;
};

/// Everything about a caller is to go, as far as it is no newer than this.
struct forget_row {
  std::string caller;
  std::int64_t revision = 0;

  bool operator==(const forget_row&) const = default;
};

/// A campaign without its numbers; how many of them were how far is true once it is closed.
struct campaign_row {
  std::string id;
  /// Orders campaigns by their start, as a call's does.
  std::int64_t place = 0;
  std::int64_t revision = 0;
  std::string node;
  std::string state;
  std::string why;
  std::int64_t closed = 0;
  std::int64_t created_at = 0;
  std::int64_t ended_at = 0;
  /// As `campaigns::read_plan` reads it.
  std::string settings;
  std::int64_t duplicates = 0;
  std::int64_t pending = 0;
  std::int64_t calling = 0;
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t do_not_call = 0;

  bool operator==(const campaign_row&) const = default;
};

/// A number of a campaign; the key is campaign and `n`.
struct entry_row {
  std::string campaign_id;
  std::int64_t n = 0;
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  std::string number;
  /// As a call's.
  std::string caller;
  std::string time_zone;
  std::string metadata;
  std::string state;
  std::int64_t attempts = 0;
  std::int64_t due_at = 0;
  std::string call_id;
  std::string end_reason;

  bool operator==(const entry_row&) const = default;
};

/// A number that must not be called, or may be again.
struct barred_row {
  /// As a call's, and never empty.
  std::string caller;
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  std::string number;
  std::int64_t since = 0;
  std::string source;
  /// 0 takes it off the list.
  std::int64_t barred = 1;

  bool operator==(const barred_row&) const = default;
};

/// An event that waits to be posted, or does not wait any more; the key is call and `n`.
struct delivery_row {
  std::string call_id;
  std::int64_t n = 0;
  std::int64_t revision = 0;
  std::int64_t sealed = 0;
  /// Who posts it.
  std::string node;
  std::int64_t at = 0;
  std::string body;
  /// 0 when it is settled.
  std::int64_t waits = 1;

  bool operator==(const delivery_row&) const = default;
};

using row = std::variant<call_row, turn_row, event_row, forget_row, campaign_row, entry_row, barred_row,
                         delivery_row>;

/// A row as one line of JSON, and back; nothing when it is none.
std::string encode(const row& from);
std::optional<row> decode(std::string_view text);

/// Where a call stands among others: by start, then in an order of its own; unique as good as always.
std::int64_t place_of(wall_time started_at, std::string_view id);

/// The text as every database takes it: what is not UTF-8, and NUL, becomes U+FFFD.
std::string storable(std::string_view text);

/// Names and texts as a JSON object, and back; what is no such object is empty.
std::string to_json(const std::vector<std::pair<std::string, std::string>>& members);
std::vector<std::pair<std::string, std::string>> members_of(std::string_view json);

}  // namespace tandem::records
