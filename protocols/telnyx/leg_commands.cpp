#include "protocols/telnyx/leg_commands.hpp"

#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <array>

namespace tandem::telnyx {
namespace {

std::string encoded(std::string_view state) {
  std::string out;
  base64::append(out, state);
  return out;
}

std::string only_id(std::string_view command_id) {
  std::string out;
  json::builder(out).text_if("command_id", command_id);
  return out;
}

}  // namespace

std::string transfer_body(const transfer_options& options) {
  std::string out;
  {
    json::builder body(out);
    body.text("to", options.to).text_if("from", options.from);
    if (options.timeout_seconds != 0) body.integer("timeout_secs", options.timeout_seconds);
    if (options.time_limit_seconds != 0) body.integer("time_limit_secs", options.time_limit_seconds);
    body.text_if("target_leg_client_state", encoded(options.target_leg_client_state))
        .text_if("command_id", options.command_id);
  }
  return out;
}

std::string bridge_body(std::string_view other_call_control_id, std::string_view command_id) {
  std::string out;
  json::builder(out).text("call_control_id", other_call_control_id).text_if("command_id", command_id);
  return out;
}

bool are_dtmf_digits(std::string_view digits) {
  constexpr std::string_view allowed = "0123456789ABCD*#wW";
  return !digits.empty() && digits.find_first_not_of(allowed) == std::string_view::npos;
}

std::string send_dtmf_body(std::string_view digits, std::uint32_t duration_ms, std::string_view command_id) {
  std::string out;
  {
    json::builder body(out);
    body.text("digits", digits);
    if (duration_ms != 0) body.integer("duration_millis", std::clamp(duration_ms, 100U, 500U));
    body.text_if("command_id", command_id);
  }
  return out;
}

std::string streaming_stop_body(std::string_view stream_id, std::string_view command_id) {
  std::string out;
  json::builder(out).text_if("stream_id", stream_id).text_if("command_id", command_id);
  return out;
}

std::string_view spoken_language(std::string_view code) {
  struct language {
    std::string_view two, three, name;
  };
  constexpr std::array<language, 23> known{{
      {"ar", "ara", "arb"},   {"cy", "cym", "cy-GB"},  {"da", "dan", "da-DK"},  {"de", "deu", "de-DE"},
      {"en", "eng", "en-US"}, {"es", "spa", "es-ES"},  {"fr", "fra", "fr-FR"},  {"hi", "hin", "hi-IN"},
      {"is", "isl", "is-IS"}, {"it", "ita", "it-IT"},  {"ja", "jpn", "ja-JP"},  {"ko", "kor", "ko-KR"},
      {"nb", "nob", "nb-NO"}, {"no", "nor", "nb-NO"},  {"nl", "nld", "nl-NL"},  {"pl", "pol", "pl-PL"},
      {"pt", "por", "pt-PT"}, {"ro", "ron", "ro-RO"},  {"ru", "rus", "ru-RU"},  {"sv", "swe", "sv-SE"},
      {"tr", "tur", "tr-TR"}, {"zh", "zho", "cmn-CN"}, {"zh", "cmn", "cmn-CN"},
  }};
  for (const auto& each : known) {
    if (code == each.two || code == each.three) return each.name;
  }
  return "en-US";
}

std::string speak_body(const speak_options& options) {
  std::string out;
  json::builder(out)
      .text("payload", options.text)
      .text("payload_type", "text")
      .text("voice", options.voice)
      .text_if("language", options.language)
      .text_if("command_id", options.command_id);
  return out;
}

std::string playback_start_body(std::string_view audio_url, std::string_view command_id, playing how) {
  const std::string_view path = audio_url.substr(0, audio_url.find_first_of("?#"));
  std::string out;
  json::builder(out)
      .text("audio_url", audio_url)
      .text("audio_type", path.ends_with(".wav") ? "wav" : "mp3")
      .text_if("loop", how == playing::until_stopped ? "infinity" : "")
      .text_if("command_id", command_id);
  return out;
}

std::string playback_stop_body(std::string_view command_id) {
  std::string out;
  json::builder(out).text("stop", "all").text_if("command_id", command_id);
  return out;
}

std::string record_start_body(std::uint32_t max_seconds, std::string_view command_id) {
  std::string out;
  {
    json::builder body(out);
    body.text("channels", "dual").text("format", "wav");
    if (max_seconds != 0) body.integer("max_length", std::min(max_seconds, 14400U));
    body.text_if("command_id", command_id);
  }
  return out;
}

std::string record_stop_body(std::string_view command_id) { return only_id(command_id); }

std::string client_state_update_body(std::string_view client_state) {
  std::string out;
  json::builder(out).text("client_state", encoded(client_state));
  return out;
}

}  // namespace tandem::telnyx
