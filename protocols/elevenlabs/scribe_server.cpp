#include "protocols/elevenlabs/scribe_server.hpp"

#include "protocols/json_builder.hpp"
#include "protocols/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tandem::scribe {
namespace {

constexpr std::size_t most_keyterms = 50;
constexpr std::size_t longest_keyterm = 20;

std::string refusal(std::string_view name, std::string_view value) {
  return std::string("Invalid value for ").append(name).append(": ").append(value);
}

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

template <class Number>
bool read_number(std::string_view text, Number least, Number most, std::optional<Number>& out) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return false;
  if (!(number >= least && number <= most)) return false;
  out = number;
  return true;
}

bool read_flag(std::string_view text, bool& out) {
  out = text == "true";
  return out || text == "false";
}

bool read_commit(std::string_view text, commit_strategy& out) {
  out = text == "vad" ? commit_strategy::vad : commit_strategy::manual;
  return text == "vad" || text == "manual";
}

bool read_parameter(settings& into, const std::string& name, const std::string& value) {
  if (name == "model_id") return into.model_id = value, !value.empty();
  if (name == "audio_format") return into.audio_format = value, sample_rate(value).has_value();
  if (name == "language_code") return into.language_code = value, true;
  if (name == "secondary_languages") return into.secondary_languages.push_back(value), true;
  if (name == "commit_strategy") return read_commit(value, into.commit);
  if (name == "vad_silence_threshold_secs")
    return read_number(value, 0.3, 3.0, into.vad_silence_threshold_secs);
  if (name == "vad_threshold") return read_number(value, 0.1, 0.9, into.vad_threshold);
  if (name == "min_speech_duration_ms") return read_number(value, 50, 2000, into.min_speech_duration_ms);
  if (name == "min_silence_duration_ms") return read_number(value, 50, 2000, into.min_silence_duration_ms);
  if (name == "include_timestamps") return read_flag(value, into.include_timestamps);
  if (name == "include_language_detection") return read_flag(value, into.include_language_detection);
  if (name == "keyterms") {
    into.keyterms.push_back(value);
    return characters(value) <= longest_keyterm && into.keyterms.size() <= most_keyterms;
  }
  if (name == "no_verbatim") return read_flag(value, into.no_verbatim);
  if (name == "entity_detection") return into.entity_detection.push_back(value), true;
  if (name == "filter_background_audio") return read_flag(value, into.filter_background_audio);
  if (name == "enable_logging") return read_flag(value, into.enable_logging);
  if (name == "keepalive_interval_ms") return read_number(value, 500, 10'000, into.keepalive_interval_ms);
  if (name == "token") into.token = value;
  return true;
}

void append_number(std::string& out, double value) {
  std::array<char, 32> room{};
  const double finite = std::isfinite(value) ? value : 0;
  out.append(room.data(), std::to_chars(room.data(), room.data() + room.size(), finite).ptr);
}

/// Adds an array with what `append_item` appends for each item.
template <class Items, class AppendItem>
void add_list(json::builder& message, std::string_view name, const Items& items, AppendItem append_item) {
  std::string& out = message.raw(name);
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append_item(out, item);
  }
  out += ']';
}

void append_message_of(std::string& out, std::string_view type, std::string_view name,
                       std::string_view text) {
  json::builder(out).text("message_type", type).text(name, text);
}

std::string_view name_of(commit_strategy commit) { return commit == commit_strategy::vad ? "vad" : "manual"; }

std::string_view name_of(word_type type) {
  if (type == word_type::spacing) return "spacing";
  return type == word_type::audio_event ? "audio_event" : "word";
}

void append(std::string& out, const session_started& started) {
  json::builder message(out);
  message.text("message_type", "session_started").text("session_id", started.session_id);
  json::builder config(message.raw("config"));
  config.text("model_id", started.model_id);
  config.text("audio_format", started.audio_format);
  config.text("language_code", started.language_code);
  if (started.sample_rate) config.integer("sample_rate", *started.sample_rate);
  if (started.commit) config.text("commit_strategy", name_of(*started.commit));
}

void append(std::string& out, const partial& message) {
  append_message_of(out, message.settled ? "final_transcript" : "partial_transcript", "text", message.text);
}

void append(std::string& out, const committed& message) {
  append_message_of(out, "committed_transcript", "text", message.text);
}

void append(std::string& out, const committed_with_timestamps& stamped) {
  json::builder message(out);
  message.text("message_type", "committed_transcript_with_timestamps").text("text", stamped.text);
  if (stamped.language_code.empty())
    message.raw("language_code") += "null";
  else
    message.text("language_code", stamped.language_code);
  if (stamped.words.empty() && !stamped.text.empty()) {
    message.raw("words") += "null";
    return;
  }
  add_list(message, "words", stamped.words, [](std::string& to, const word& item) {
    json::builder entry(to);
    entry.text("text", item.text);
    append_number(entry.raw("start"), item.start);
    append_number(entry.raw("end"), item.end);
    entry.text("type", name_of(item.type));
    for (const std::string_view unused : {"speaker_id", "logprob", "characters", "channel_index"})
      entry.raw(unused) += "null";
  });
}

void append(std::string& out, const entities& all) {
  json::builder message(out);
  message.text("message_type", "committed_transcript_entities").text("text", all.text);
  add_list(message, "entities", all.found, [](std::string& to, const entity& item) {
    json::builder(to)
        .text("text", item.text)
        .text("entity_type", item.type)
        .integer("start_char", item.start_char)
        .integer("end_char", item.end_char);
  });
}

void append(std::string& out, const warning& message) {
  append_message_of(out, "warning", "warning", message.text);
}

void append(std::string& out, const error& message) {
  append_message_of(out, message.raw_type.empty() ? to_string(message.type) : message.raw_type, "error",
                    message.text);
}

void append(std::string& out, const unknown& message) {
  json::builder(out).text("message_type", message.message_type);
}

}  // namespace

tl::expected<settings, std::string> parse_query(std::string_view query) {
  if (query.starts_with('?')) query.remove_prefix(1);
  const auto parameters = url::parameters(query);
  if (!parameters) return tl::unexpected(std::string("Invalid query string"));
  settings session;
  session.audio_format = "pcm_16000";
  for (const auto& [name, value] : *parameters) {
    if (!read_parameter(session, name, value)) return tl::unexpected(refusal(name, value));
  }
  if (session.include_timestamps && session.filter_background_audio)
    return tl::unexpected(std::string("filter_background_audio cannot be combined with include_timestamps"));
  return session;
}

tl::expected<audio_chunk, std::string_view> decode_chunk(std::span<char> text) {
  json::document parsed;
  if (parsed.parse(text) != json::fault::none)
    return tl::unexpected(std::string_view("Message is not a JSON object"));
  const json::value& root = parsed.root();
  if (json::text_or(root, "message_type") != "input_audio_chunk")
    return tl::unexpected(std::string_view("Unknown message_type"));
  const auto audio = json::text(root, "audio_base_64");
  if (!audio) return tl::unexpected(std::string_view("audio_base_64 is required"));
  audio_chunk chunk;
  chunk.audio_base64 = *audio;
  chunk.commit = json::boolean(root, "commit").value_or(false);
  chunk.sample_rate = json::integer(root, "sample_rate");
  chunk.previous_text = json::text(root, "previous_text");
  return chunk;
}

void append_session_started(std::string& out, std::string_view session_id, const settings& session,
                            config_spelling spelling) {
  const bool live = spelling == config_spelling::live;
  const auto quoted = [](std::string& to, const std::string& value) { json::append_quoted(to, value); };
  json::builder message(out);
  message.text("message_type", "session_started").text("session_id", session_id);
  json::builder config(message.raw("config"));
  config.integer("sample_rate", sample_rate(session.audio_format).value_or(0));
  config.text("audio_format", session.audio_format);
  config.text_if("language_code", session.language_code);
  append_number(config.raw("vad_silence_threshold_secs"), session.vad_silence_threshold_secs.value_or(1.5));
  append_number(config.raw("vad_threshold"), session.vad_threshold.value_or(0.4));
  config.integer("min_speech_duration_ms", session.min_speech_duration_ms.value_or(100));
  config.integer("min_silence_duration_ms", session.min_silence_duration_ms.value_or(100));
  config.text("model_id", session.model_id);
  config.boolean("include_timestamps", session.include_timestamps);
  config.boolean("include_language_detection", session.include_language_detection);
  add_list(config, "keyterms", session.keyterms, quoted);
  config.boolean("no_verbatim", session.no_verbatim);
  if (!live) {
    config.text("commit_strategy", name_of(session.commit));
    config.boolean("enable_logging", session.enable_logging);
    return;
  }
  config.boolean("vad_commit_strategy", session.commit == commit_strategy::vad);
  config.boolean("disable_logging", !session.enable_logging);
  add_list(config, "secondary_languages", session.secondary_languages, quoted);
  config.text("timestamps_granularity", "word");
  config.integer("max_tokens_to_recompute", 5);
  config.boolean("filter_background_audio", session.filter_background_audio);
  config.raw("entity_detection") += "null";
}

void append_message(std::string& out, const server_message& message) {
  std::visit([&](const auto& one) { append(out, one); }, message);
}

}  // namespace tandem::scribe
