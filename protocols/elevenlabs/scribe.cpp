#include "protocols/elevenlabs/scribe.hpp"

#include "protocols/base64.hpp"
#include "protocols/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tandem::scribe {
namespace {

template <class Number>
std::string in_digits(Number number) {
  std::array<char, 32> room{};
  return {room.data(), std::to_chars(room.data(), room.data() + room.size(), number).ptr};
}

constexpr std::array<std::pair<error_type, std::string_view>, 14> error_names{{
    {error_type::error, "error"},
    {error_type::auth_error, "auth_error"},
    {error_type::quota_exceeded, "quota_exceeded"},
    {error_type::commit_throttled, "commit_throttled"},
    {error_type::transcriber_error, "transcriber_error"},
    {error_type::unaccepted_terms, "unaccepted_terms"},
    {error_type::rate_limited, "rate_limited"},
    {error_type::input_error, "input_error"},
    {error_type::invalid_request, "invalid_request"},
    {error_type::queue_overflow, "queue_overflow"},
    {error_type::resource_exhausted, "resource_exhausted"},
    {error_type::session_time_limit_exceeded, "session_time_limit_exceeded"},
    {error_type::chunk_size_exceeded, "chunk_size_exceeded"},
    {error_type::insufficient_audio_activity, "insufficient_audio_activity"},
}};

error_type error_of(std::string_view name) {
  // Older enumerations say quota_exceeded_error and unaccepted_terms_error.
  constexpr std::string_view suffix = "_error";
  const auto stem = name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
  for (const auto& [type, its_name] : error_names) {
    if (name == its_name || stem == its_name) return type;
  }
  return error_type::other;
}

std::optional<commit_strategy> commit_of(const json::value& config) {
  if (const auto name = json::text(config, "commit_strategy"))
    return *name == "vad" ? commit_strategy::vad : commit_strategy::manual;
  if (const auto vad = json::boolean(config, "vad_commit_strategy"))
    return *vad ? commit_strategy::vad : commit_strategy::manual;
  return std::nullopt;
}

session_started started_of(const json::value& root) {
  session_started message;
  message.session_id = json::text_or(root, "session_id");
  const json::value* config = json::find(root, "config");
  if (!config) return message;
  message.model_id = json::text_or(*config, "model_id");
  message.audio_format = json::text_or(*config, "audio_format");
  message.language_code = json::text_or(*config, "language_code");
  message.sample_rate = json::integer(*config, "sample_rate");
  message.commit = commit_of(*config);
  return message;
}

word_type word_type_of(std::string_view name) {
  if (name == "spacing") return word_type::spacing;
  return name == "audio_event" ? word_type::audio_event : word_type::word;
}

committed_with_timestamps stamped_of(const json::value& root) {
  committed_with_timestamps message;
  message.text = json::text_or(root, "text");
  message.language_code = json::text_or(root, "language_code");
  const auto words = json::elements(root, "words");
  message.words.reserve(words.size());
  for (const json::value& item : words) {
    if (!item.IsObject()) continue;
    message.words.push_back({json::text_or(item, "text"), json::number(item, "start").value_or(0),
                             json::number(item, "end").value_or(0),
                             word_type_of(json::text_or(item, "type"))});
  }
  return message;
}

entities entities_of(const json::value& root) {
  entities message;
  message.text = json::text_or(root, "text");
  for (const json::value& item : json::elements(root, "entities")) {
    if (!item.IsObject()) continue;
    message.found.push_back({json::text_or(item, "text"), json::text_or(item, "entity_type"),
                             json::integer(item, "start_char").value_or(0),
                             json::integer(item, "end_char").value_or(0)});
  }
  return message;
}

}  // namespace

std::string query(const settings& session) {
  std::string out;
  const auto text = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) url::append_parameter(out, name, value);
  };
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) url::append_parameter(out, name, in_digits(*value));
  };
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    for (const std::string& value : values) url::append_parameter(out, name, value);
  };
  const auto option = [&](std::string_view name, bool set) {
    if (set) url::append_parameter(out, name, "true");
  };
  text("model_id", session.model_id);
  text("audio_format", session.audio_format);
  text("language_code", session.language_code);
  list("secondary_languages", session.secondary_languages);
  text("commit_strategy", session.commit == commit_strategy::vad ? "vad" : "manual");
  number("vad_silence_threshold_secs", session.vad_silence_threshold_secs);
  number("vad_threshold", session.vad_threshold);
  number("min_speech_duration_ms", session.min_speech_duration_ms);
  number("min_silence_duration_ms", session.min_silence_duration_ms);
  text("include_timestamps", session.include_timestamps ? "true" : "false");
  option("include_language_detection", session.include_language_detection);
  list("keyterms", session.keyterms);
  option("no_verbatim", session.no_verbatim);
  list("entity_detection", session.entity_detection);
  option("filter_background_audio", session.filter_background_audio);
  if (!session.enable_logging) text("enable_logging", "false");
  number("keepalive_interval_ms", session.keepalive_interval_ms);
  text("token", session.token);
  return out;
}

std::optional<int> sample_rate(std::string_view audio_format) {
  constexpr std::array<std::pair<std::string_view, int>, 7> formats{{{"ulaw_8000", 8000},
                                                                     {"pcm_8000", 8000},
                                                                     {"pcm_16000", 16000},
                                                                     {"pcm_22050", 22050},
                                                                     {"pcm_24000", 24000},
                                                                     {"pcm_44100", 44100},
                                                                     {"pcm_48000", 48000}}};
  for (const auto& [name, rate] : formats) {
    if (name == audio_format) return rate;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> bytes_per_second(std::string_view audio_format) {
  const auto rate = sample_rate(audio_format);
  if (!rate) return std::nullopt;
  return static_cast<std::uint32_t>(*rate) * (audio_format.starts_with("pcm_") ? 2 : 1);
}

std::string_view previous_text_of(std::string_view transcript) {
  constexpr int most_characters = 48;
  const auto begins_character = [](char byte) { return (byte & 0xc0) != 0x80; };
  auto begin = transcript.size();
  for (int characters = 0; begin != 0 && characters < most_characters;) {
    characters += begins_character(transcript[--begin]);
  }
  while (begin < transcript.size() && !begins_character(transcript[begin])) ++begin;
  const auto tail = transcript.substr(begin);
  if (begin == 0 || transcript[begin - 1] == ' ') return tail;
  const auto blank = tail.find(' ');
  return blank == std::string_view::npos ? tail : tail.substr(blank + 1);
}

void append_audio_chunk(std::string& out, std::span<const std::uint8_t> audio, bool commit, int sample_rate,
                        std::string_view previous_text) {
  out.reserve(out.size() + base64::encoded_size(audio.size()) + previous_text.size() + 128);
  out += R"({"message_type":"input_audio_chunk","audio_base_64":")";
  base64::append(out, audio);
  out += commit ? R"(","commit":true,"sample_rate":)" : R"(","commit":false,"sample_rate":)";
  out += in_digits(sample_rate);
  if (!previous_text.empty()) {
    out += R"(,"previous_text":)";
    json::append_quoted(out, previous_text);
  }
  out += '}';
}

std::string_view to_string(error_type type) {
  for (const auto& [its_type, name] : error_names) {
    if (type == its_type) return name;
  }
  return "other";
}

tl::expected<server_message, json::fault> decode_message(std::span<char> text) {
  json::document parsed;
  if (const auto fault = parsed.parse(text); fault != json::fault::none) return tl::unexpected(fault);
  const json::value& root = parsed.root();
  const std::string_view type = json::text_or(root, "message_type");

  const auto complaint = json::text(root, "error");
  if (complaint || error_of(type) != error_type::other)
    return error{error_of(type), type, complaint ? *complaint : json::text_or(root, "message")};
  if (type == "session_started") return started_of(root);
  if (type == "partial_transcript") return partial{json::text_or(root, "text"), false};
  if (type == "final_transcript" || type == "final_transcript_with_timestamps")
    return partial{json::text_or(root, "text"), true};
  if (type == "committed_transcript") return committed{json::text_or(root, "text")};
  if (type == "committed_transcript_with_timestamps") return stamped_of(root);
  if (type == "committed_transcript_entities") return entities_of(root);
  if (type == "warning") return warning{json::text_or(root, "warning")};
  return unknown{type};
}

reaction classify(error_type type) {
  switch (type) {
    case error_type::auth_error:
    case error_type::quota_exceeded:
    case error_type::unaccepted_terms:
    case error_type::invalid_request:
      return reaction::fatal;
    case error_type::rate_limited:
    case error_type::queue_overflow:
    case error_type::resource_exhausted:
      return reaction::back_off;
    case error_type::input_error:
    case error_type::chunk_size_exceeded:
      return reaction::bug;
    case error_type::error:
    case error_type::commit_throttled:
    case error_type::transcriber_error:
    case error_type::session_time_limit_exceeded:
    case error_type::other:
      return reaction::reconnect;
    case error_type::insufficient_audio_activity:
      return reaction::rest;
  }
  return reaction::reconnect;
}

}  // namespace tandem::scribe
