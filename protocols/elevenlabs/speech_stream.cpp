#include "protocols/elevenlabs/speech_stream.hpp"

#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace tandem::tts {
namespace {

void add_number(json::builder& object, std::string_view name, const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return;
  std::array<char, 32> room{};
  object.raw(name).append(room.data(), std::to_chars(room.data(), room.data() + room.size(), *value).ptr);
}

std::string_view text_any(const json::value& object, std::initializer_list<std::string_view> keys) {
  const json::value* found = json::find_any(object, keys);
  return found ? json::text(*found).value_or(std::string_view{}) : std::string_view{};
}

std::string_view context_of(const json::value& root) { return text_any(root, {"contextId", "context_id"}); }

std::span<const json::value> elements_any(const json::value& object,
                                          std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const auto found = json::elements(object, key); !found.empty()) return found;
  }
  return {};
}

std::uint32_t milliseconds_of(const json::value& number) {
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  return number.IsNumber() ? static_cast<std::uint32_t>(std::clamp(number.GetDouble(), 0.0, most)) : 0;
}

/// Three arrays of one length; when they are not, what all of them have counts.
std::vector<aligned_text> alignment_of(const json::value* alignment) {
  std::vector<aligned_text> items;
  if (!alignment) return items;
  const auto chars = json::elements(*alignment, "chars");
  const auto starts = elements_any(
      *alignment, {"charStartTimesMs", "char_start_times_ms", "charsStartTimesMs", "chars_start_times_ms"});
  const auto durations = elements_any(
      *alignment, {"charDurationsMs", "char_durations_ms", "charsDurationsMs", "chars_durations_ms"});
  const std::size_t size = std::min({chars.size(), starts.size(), durations.size()});
  items.reserve(size);
  for (std::size_t i = 0; i < size; ++i) {
    items.push_back({json::text(chars[i]).value_or(std::string_view{}), milliseconds_of(starts[i]),
                     milliseconds_of(durations[i])});
  }
  return items;
}

/// Decodes base64 over itself: `base64_text` points into `text`, which is the caller's to change.
std::optional<std::span<const std::uint8_t>> decode_audio(std::span<char> text,
                                                          std::string_view base64_text) {
  if (base64_text.empty()) return std::span<const std::uint8_t>{};
  auto* const begin = reinterpret_cast<std::uint8_t*>(text.data() + (base64_text.data() - text.data()));
  const auto size = base64::decode(base64_text, {begin, base64_text.size()});
  if (!size) return std::nullopt;
  return std::span<const std::uint8_t>(begin, *size);
}

bool is_fatal(std::string_view error) {
  constexpr std::array<std::string_view, 5> codes{"invalid_api_key", "authentication_required",
                                                  "voice_id_does_not_exist", "quota_exceeded",
                                                  "detected_unusual_activity"};
  return std::find(codes.begin(), codes.end(), error) != codes.end();
}

error error_of(const json::value& root) {
  const auto code = json::text_or(root, "error");
  return {code, json::text_or(root, "message"), json::integer(root, "code"), context_of(root),
          is_fatal(code)};
}

bool is_error(const json::value& root) {
  return json::text(root, "error") || (json::text(root, "message") && json::integer(root, "code"));
}

}  // namespace

std::string target(const settings& socket) {
  std::string parameters;
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  url::append_parameter(parameters, "model_id", socket.model_id);
  url::append_parameter(parameters, "output_format", socket.output_format);
  if (!socket.language_code.empty()) url::append_parameter(parameters, "language_code", socket.language_code);
  url::append_parameter(parameters, "inactivity_timeout", std::to_string(socket.inactivity_timeout));
  url::append_parameter(parameters, "sync_alignment", flag(socket.sync_alignment));
  url::append_parameter(parameters, "auto_mode", flag(socket.auto_mode));
  url::append_parameter(parameters, "apply_text_normalization", socket.apply_text_normalization);
  if (!socket.enable_logging) url::append_parameter(parameters, "enable_logging", "false");
  if (socket.seed) url::append_parameter(parameters, "seed", std::to_string(*socket.seed));

  std::string out = "/";
  url::append_encoded(out, socket.voice);
  return out.append("/multi-stream-input?").append(parameters);
}

void append_open_context(std::string& out, std::string_view context, const voice_settings& voice) {
  json::builder message(out);
  message.text("text", " ").text("context_id", context);
  if (voice == voice_settings{}) return;
  json::builder values(message.raw("voice_settings"));
  add_number(values, "stability", voice.stability);
  add_number(values, "similarity_boost", voice.similarity_boost);
  add_number(values, "style", voice.style);
  if (voice.use_speaker_boost) values.boolean("use_speaker_boost", *voice.use_speaker_boost);
  add_number(values, "speed", voice.speed);
}

void append_text(std::string& out, std::string_view context, std::string_view text, bool flush) {
  json::builder(out).text("text", text).text("context_id", context).boolean("flush", flush);
}

void append_flush(std::string& out, std::string_view context) {
  json::builder(out).text("context_id", context).boolean("flush", true);
}

void append_keep_alive(std::string& out, std::string_view context) {
  json::builder(out).text("text", "").text_if("context_id", context);
}

void append_close_context(std::string& out, std::string_view context) {
  json::builder(out).text("context_id", context).boolean("close_context", true);
}

void append_close_socket(std::string& out) { json::builder(out).boolean("close_socket", true); }

tl::expected<server_message, json::fault> decode_message(std::span<char> text) {
  json::document parsed;
  if (const auto fault = parsed.parse(text, {.bytes = max_message}); fault != json::fault::none)
    return tl::unexpected(fault);
  const json::value& root = parsed.root();
  if (is_error(root)) return error_of(root);
  if (json::text_or(root, "type") == "flush_done") return flush_done{context_of(root)};

  const json::value* audio = json::find(root, "audio");
  const json::value* final_flag = json::find_any(root, {"isFinal", "is_final"});
  const json::value* alignment = json::find(root, "alignment");
  const json::value* normalized = json::find_any(root, {"normalizedAlignment", "normalized_alignment"});
  if (!audio && !final_flag && !alignment && !normalized) return unknown{};

  output message;
  message.context = context_of(root);
  message.is_final = final_flag && final_flag->IsTrue();
  message.alignment = alignment_of(alignment);
  message.normalized_alignment = alignment_of(normalized);
  if (audio) {
    const auto samples = decode_audio(text, json::text(*audio).value_or(std::string_view{}));
    if (!samples) return tl::unexpected(json::fault::bad_base64);
    message.audio = *samples;
  }
  return message;
}

}  // namespace tandem::tts
