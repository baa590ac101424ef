#pragma once

#include "protocols/json.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

/// The engine's half of ElevenLabs' realtime speech-to-text socket (Scribe): JSON text frames both ways, all
/// settings in the query. `scribe_server.hpp` holds the other half for the lab.
namespace tandem::scribe {

/// Who ends a segment: the client by `commit`, or the server's voice activity detection.
enum class commit_strategy { manual, vad };

/// A session's settings, fixed for its life; what is empty or not set is left to the server's default.
struct settings {
  std::string model_id = "scribe_v2_realtime";
  std::string audio_format =
      "ulaw_8000";            ///< ulaw_8000, or pcm_ with 8000 … 48000; 16-bit little-endian mono
  std::string language_code;  ///< ISO 639-1 or 639-3; empty detects
  std::vector<std::string> secondary_languages;
  commit_strategy commit = commit_strategy::manual;
  std::optional<double> vad_silence_threshold_secs;  ///< 0.3 … 3.0
  std::optional<double> vad_threshold;               ///< 0.1 … 0.9
  std::optional<int> min_speech_duration_ms;         ///< 50 … 2000
  std::optional<int> min_silence_duration_ms;        ///< 50 … 2000
  bool include_timestamps = false;
  bool include_language_detection = false;
  std::vector<std::string> keyterms;  ///< at most 50 of at most 20 characters
  bool no_verbatim = false;
  std::vector<std::string> entity_detection;
  bool filter_background_audio = false;      ///< not together with `include_timestamps`
  bool enable_logging = true;                ///< false is for enterprise accounts
  std::optional<int> keepalive_interval_ms;  ///< 500 … 10000
  std::string token;                         ///< single use, where no key can go into the header

  bool operator==(const settings&) const = default;
};

/// The query of the session's URL, without a question mark.
std::string query(const settings& session);

/// The samples per second of an `audio_format`; nothing for a name that is not one.
std::optional<int> sample_rate(std::string_view audio_format);

/// The bytes of one second of an `audio_format`; nothing for a name that is not one.
std::optional<std::uint32_t> bytes_per_second(std::string_view audio_format);

/// Appends `input_audio_chunk`, the only client message; `previous_text` is for a connection's first chunk
/// alone.
void append_audio_chunk(std::string& out, std::span<const std::uint8_t> audio, bool commit, int sample_rate,
                        std::string_view previous_text = {});

/// The end of a transcript as a new connection may be told it: whole words if there are any, and no more than
/// the 50 characters or so that are advised.
std::string_view previous_text_of(std::string_view transcript);

/// The session is ready; a connection counts as open only now. The configuration is for the log.
struct session_started {
  std::string_view session_id;
  std::string_view model_id;
  std::string_view audio_format;
  std::string_view language_code;
  std::optional<std::int64_t> sample_rate;
  std::optional<commit_strategy> commit;  ///< said as `commit_strategy` or as `vad_commit_strategy`
};

/// The whole text of the uncommitted segment, in place of the former one; may be empty.
struct partial {
  std::string_view text;
  bool settled = false;  ///< came as `final_transcript`: will not change, but is not committed
};

/// A segment's final text; empty when it held no speech.
struct committed {
  std::string_view text;
};

enum class word_type { word, spacing, audio_event };

/// A piece of a segment's text; times are seconds from the first sample of the connection.
struct word {
  std::string_view text;
  double start = 0;
  double end = 0;
  word_type type = word_type::word;
};

/// The same segment as a `committed` once more, which may come before or after it.
struct committed_with_timestamps {
  std::string_view text;
  std::string_view language_code;
  std::vector<word> words;
};

/// Something found in a segment's text, by character offsets.
struct entity {
  std::string_view text;
  std::string_view type;
  std::int64_t start_char = 0;
  std::int64_t end_char = 0;
};

/// The entities of a committed segment.
struct entities {
  std::string_view text;
  std::vector<entity> found;
};

/// Something the server does not like but can live with.
struct warning {
  std::string_view text;
};

enum class error_type : std::uint8_t {
  error,
  auth_error,
  quota_exceeded,
  commit_throttled,
  transcriber_error,
  unaccepted_terms,
  rate_limited,
  input_error,
  invalid_request,
  queue_overflow,
  resource_exhausted,
  session_time_limit_exceeded,
  chunk_size_exceeded,
  insufficient_audio_activity,
  other,
};

/// The wire's name of an error; "other" for `error_type::other`.
std::string_view to_string(error_type type);

/// Any message with a text member `error`; the server closes the connection soon after, as a rule.
struct error {
  error_type type = error_type::other;
  std::string_view raw_type;
  std::string_view text;
};

/// A message of a type we do not know; to be ignored.
struct unknown {
  std::string_view message_type;
};

using server_message = std::variant<session_started, partial, committed, committed_with_timestamps, entities,
                                    warning, error, unknown>;

/// Decodes one server message; the text is changed, and every view of the message points into it.
tl::expected<server_message, json::fault> decode_message(std::span<char> text);

/// What an error asks of the client.
enum class reaction {
  fatal,      ///< account or settings: no session will work until a human acts
  back_off,   ///< capacity: a new session after a wait with jitter, and less pressure
  reconnect,  ///< this session is lost: a new one at once
  rest,       ///< nobody speaks: a new session when somebody does
  bug,        ///< our message was wrong: count it, drop it, new session
};

/// The reaction to an error; a type we do not know asks for a new session.
reaction classify(error_type type);

}  // namespace tandem::scribe
