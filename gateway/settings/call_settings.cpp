#include "gateway/settings/call_settings.hpp"

#include "actors/agents/agent.hpp"
#include "actors/agents/script_file.hpp"
#include "actors/agents/toolbox.hpp"
#include "gateway/settings/bounded_file.hpp"
#include "gateway/signature.hpp"

#include <algorithm>
#include <cctype>

namespace tandem {

namespace {

constexpr std::size_t file_bound = 1024 * 1024;

/// The same address for WebSockets: http becomes ws, https wss; without a slash at the end.
std::string websocket_url(std::string url, std::string_view node) {
  if (url.starts_with("http")) url.replace(0, 4, "ws");
  if (auto at = url.find("{node}"); at != std::string::npos) url.replace(at, 6, node);
  while (url.ends_with('/')) url.pop_back();
  return url;
}

turns_settings make_turns_settings(const settings& values) {
  turns_settings out;
  out.barge_in = values.turns.barge_in;
  out.min_interruption = std::chrono::milliseconds(values.turns.min_interruption_ms);
  out.min_interruption_words = static_cast<std::uint32_t>(values.turns.min_interruption_words);
  out.endpoint.silence = std::chrono::milliseconds(values.turns.endpoint_ms);
  out.endpoint.adaptive = values.turns.adaptive_endpoint;
  out.preemptive = values.turns.preemptive;
  out.agent_timeout = std::chrono::milliseconds(values.agent.timeout_ms);
  out.silence = std::chrono::seconds(values.limits.silence_seconds);
  out.hold = std::chrono::seconds(values.turns.hold_seconds);
  out.hold_sound = values.turns.hold_sound;
  out.greeting = values.agent.greeting;
  out.fallback_reply = values.agent.fallback_reply;
  return out;
}

scribe_settings make_scribe_settings(const settings& values) {
  const auto& from = values.scribe;
  scribe_settings out;
  out.protocol = recogniser_of(from.provider);
  out.url = from.url;
  out.api_key = values.elevenlabs.api_key;
  out.model = from.model;
  out.language = from.language;
  out.server_commits = from.commit == "vad";
  // What Scribe takes.
  out.server_silence =
      std::chrono::milliseconds(std::clamp<std::uint64_t>(values.turns.endpoint_ms, 300, 3000));
  if (from.standby_url.empty()) return out;
  out.standby = {.protocol = recogniser_of(from.standby_provider),
                 .url = from.standby_url,
                 .api_key = from.standby_api_key,
                 .model = from.standby_model.empty() ? from.model : from.standby_model};
  return out;
}

speech_settings make_speech_settings(const settings& values) {
  const auto& from = values.speech;
  speech_settings out;
  out.protocol = synthesiser_of(from.provider);
  out.url = from.url;
  out.api_key = values.elevenlabs.api_key;
  out.voice = from.voice;
  out.model = from.model;
  if (from.standby_url.empty()) return out;
  out.standby = {.protocol = synthesiser_of(from.standby_provider),
                 .url = from.standby_url,
                 .api_key = from.standby_api_key,
                 .voice = from.standby_voice.empty() ? from.voice : from.standby_voice,
                 .model = from.standby_model.empty() ? from.model : from.standby_model};
  return out;
}

using fault_list = std::vector<std::string>;

/// What `load` makes of the file that this key names.
template <class Value>
tl::expected<std::shared_ptr<const Value>, fault_list> load_file(
    std::string_view key, const std::string& path,
    tl::expected<Value, fault_list> (*load)(std::string_view)) {
  const auto where = std::string(key) + ": ";
  auto text = read_bounded(path, file_bound);
  if (!text) return tl::unexpected(fault_list{where + text.error()});
  auto loaded = load(*text);
  if (loaded) return std::make_shared<const Value>(std::move(*loaded));
  auto faults = std::move(loaded.error());
  for (auto& fault : faults) fault.insert(0, where + path + ": ");
  return tl::unexpected(std::move(faults));
}

tl::expected<agent_settings, fault_list> make_agent_settings(const settings::agent_section& values) {
  agent_settings out{.kind = values.kind,
                     .url = values.url,
                     .api_key = values.api_key,
                     .model = values.model,
                     .system_prompt = values.system_prompt};
  if (!values.secret.empty())
    out.sign = [key = values.secret](std::string_view text) { return hmac_sha256(key, text); };
  // A call may be placed with another kind than the usual, so whatever there is has to be right.
  if (!values.script.empty()) {
    auto dialogue = load_file<script>("agent.script", values.script, load_script);
    if (!dialogue) return tl::unexpected(std::move(dialogue.error()));
    out.dialogue = std::move(*dialogue);
    out.dialogue_file = values.script;
  }
  if (!values.tools.empty()) {
    auto tools = load_file<toolbox>("agent.tools", values.tools, load_toolbox);
    if (!tools) return tl::unexpected(std::move(tools.error()));
    out.tools = std::move(*tools);
  }
  if (auto fault = fault_of(out); !fault.empty()) return tl::unexpected(fault_list{std::move(fault)});
  return out;
}

}  // namespace

admission_limits make_admission_limits(const settings& values) {
  const auto count = [](std::uint64_t number) { return static_cast<std::uint32_t>(number); };
  return {.max_calls = count(values.limits.max_calls),
          .calls_per_second = count(values.limits.calls_per_second),
          .max_connections = count(values.limits.connections()),
          .scribe_sessions = count(values.scribe.max_sessions),
          .speech_sessions = count(values.speech.max_sessions),
          .loop_lag = std::chrono::milliseconds(values.limits.loop_lag_ms),
          .memory_bytes = values.limits.memory_mb * 1024 * 1024,
          .call_bytes = values.limits.buffer_bytes,
          .retry_after_seconds = count(values.limits.retry_after_seconds)};
}

std::string node_label(std::string_view name) {
  std::string label(name);
  std::replace_if(
      label.begin(), label.end(), [](unsigned char c) { return !std::isalnum(c) && c != '.' && c != '-'; },
      '-');
  return label;
}

tl::expected<call_settings, std::vector<std::string>> make_call_settings(const settings& values) {
  call_settings out;
  out.keeps_keys = values.store.keys != "omit";
  out.scribe = make_scribe_settings(values);
  out.speech = make_speech_settings(values);
  out.carrier.api_url = values.telnyx.api_url;
  out.carrier.api_key = values.telnyx.api_key;
  out.carrier.connection_id = values.telnyx.connection_id;
  out.carrier.codec = telnyx::codec_of(values.telnyx.codec);
  out.carrier.inband_dtmf = values.telnyx.inband_dtmf;
  if (values.telnyx.l16_byte_order == "little") out.carrier.l16_order = byte_order::little;
  if (values.telnyx.l16_byte_order == "big") out.carrier.l16_order = byte_order::big;
  out.carrier.stream_url = websocket_url(values.server.public_url, node_label(values.cluster.node));
  out.limits.max_call = std::chrono::seconds(values.limits.max_call_seconds);
  // Beyond whatever the dialogue may wait for.
  out.limits.lifeless =
      std::chrono::seconds(values.limits.silence_seconds + values.agent.timeout_ms / 1000 + 30);
  out.limits.buffer_bytes = values.limits.buffer_bytes;
  out.turns = make_turns_settings(values);
  auto agent = make_agent_settings(values.agent);
  if (!agent) return tl::unexpected(std::move(agent.error()));
  out.agent = std::move(*agent);
  return out;
}

}  // namespace tandem
