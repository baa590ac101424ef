#include "protocols/elevenlabs/speech_stream_server.hpp"

#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/url.hpp"

#include <charconv>

namespace tandem::tts {
namespace {

constexpr int longest_inactivity_timeout = 180;

template <class Number>
bool read_number(std::string_view text, Number least, Number most, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= least && out <= most;
}

bool read_flag(std::string_view text, bool& out) {
  out = text == "true";
  return out || text == "false";
}

bool read_seed(std::string_view text, std::optional<std::uint32_t>& out) {
  std::uint32_t seed = 0;
  if (!read_number(text, 0U, UINT32_MAX, seed)) return false;
  out = seed;
  return true;
}

bool read_parameter(settings& into, const std::string& name, const std::string& value) {
  if (name == "model_id") return into.model_id = value, !value.empty();
  if (name == "output_format") return into.output_format = value, !value.empty();
  if (name == "language_code") return into.language_code = value, true;
  if (name == "inactivity_timeout")
    return read_number(value, 1, longest_inactivity_timeout, into.inactivity_timeout);
  if (name == "sync_alignment") return read_flag(value, into.sync_alignment);
  if (name == "auto_mode") return read_flag(value, into.auto_mode);
  if (name == "apply_text_normalization") {
    into.apply_text_normalization = value;
    return value == "auto" || value == "on" || value == "off";
  }
  if (name == "enable_logging") return read_flag(value, into.enable_logging);
  if (name == "seed") return read_seed(value, into.seed);
  return true;
}

std::optional<std::string> voice_of(std::string_view path) {
  constexpr std::string_view suffix = "/multi-stream-input";
  if (!path.ends_with(suffix)) return std::nullopt;
  path.remove_suffix(suffix.size());
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == path.size()) return std::nullopt;
  return url::decoded(path.substr(slash + 1));
}

voice_settings voice_settings_of(const json::value& values) {
  return {json::number(values, "stability"), json::number(values, "similarity_boost"),
          json::number(values, "style"), json::boolean(values, "use_speaker_boost"),
          json::number(values, "speed")};
}

struct names_of_members {
  std::string_view is_final, context, normalized, starts, durations;
};

constexpr names_of_members names_in(spelling names) {
  if (names == spelling::snake_case)
    return {"is_final", "context_id", "normalized_alignment", "char_start_times_ms", "char_durations_ms"};
  return {"isFinal", "contextId", "normalizedAlignment", "charStartTimesMs", "charDurationsMs"};
}

template <class AppendItem>
void add_list(json::builder& object, std::string_view name, const std::vector<aligned_text>& items,
              AppendItem append_item) {
  std::string& out = object.raw(name);
  out += '[';
  for (const aligned_text& item : items) {
    if (&item != items.data()) out += ',';
    append_item(out, item);
  }
  out += ']';
}

void add_alignment(json::builder& message, std::string_view name, const std::vector<aligned_text>& items,
                   const names_of_members& names) {
  if (items.empty()) {
    message.raw(name) += "null";
    return;
  }
  json::builder alignment(message.raw(name));
  add_list(alignment, "chars", items,
           [](std::string& out, const aligned_text& item) { json::append_quoted(out, item.text); });
  add_list(alignment, names.starts, items,
           [](std::string& out, const aligned_text& item) { out += std::to_string(item.start_ms); });
  add_list(alignment, names.durations, items,
           [](std::string& out, const aligned_text& item) { out += std::to_string(item.duration_ms); });
}

}  // namespace

tl::expected<settings, std::string> parse_target(std::string_view target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  settings socket;
  // What the server does when nothing is said.
  socket.output_format = "mp3_44100_128";
  socket.inactivity_timeout = 20;
  socket.sync_alignment = false;
  socket.auto_mode = false;
  const auto voice = voice_of(target.substr(0, question));
  if (!voice) return tl::unexpected(std::string("No such path"));
  socket.voice = *voice;
  const auto parameters = url::parameters(target.substr(std::min(question + 1, target.size())));
  if (!parameters) return tl::unexpected(std::string("Invalid query string"));
  for (const auto& [name, value] : *parameters) {
    if (!read_parameter(socket, name, value))
      return tl::unexpected(std::string("Invalid value for ").append(name).append(": ").append(value));
  }
  return socket;
}

tl::expected<client_message, json::fault> decode_client(std::span<char> text) {
  json::document parsed;
  if (const auto fault = parsed.parse(text); fault != json::fault::none) return tl::unexpected(fault);
  const json::value& root = parsed.root();
  client_message message;
  message.context = json::text(root, "context_id");
  message.text = json::text(root, "text");
  if (const json::value* voice = json::find(root, "voice_settings"))
    message.voice = voice_settings_of(*voice);
  message.flush = json::boolean(root, "flush").value_or(false);
  message.close_context = json::boolean(root, "close_context").value_or(false);
  message.close_socket = json::boolean(root, "close_socket").value_or(false);
  return message;
}

void append_output(std::string& out, const output& message, spelling names) {
  const names_of_members member = names_in(names);
  const bool bare =
      message.audio.empty() && message.alignment.empty() && message.normalized_alignment.empty();
  json::builder object(out);
  if (bare && message.is_final) {
    object.boolean(member.is_final, true).text(member.context, message.context);
    return;
  }
  std::string& audio = object.raw("audio");
  audio += '"';
  base64::append(audio, message.audio);
  audio += '"';
  object.raw(member.is_final) += message.is_final ? "true" : "null";
  add_alignment(object, member.normalized, message.normalized_alignment, member);
  add_alignment(object, "alignment", message.alignment, member);
  object.text(member.context, message.context);
}

void append_flush_done(std::string& out, std::string_view context) {
  json::builder(out).text("type", "flush_done").text("context_id", context);
}

void append_error(std::string& out, const error& message, spelling names) {
  json::builder object(out);
  object.text("message", message.message).text("error", message.code_text);
  if (message.close_code) object.integer("code", *message.close_code);
  object.text_if(names_in(names).context, message.context);
}

}  // namespace tandem::tts
