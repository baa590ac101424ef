#include "gateway/settings/call_settings.hpp"

#include "actors/agents/agent.hpp"
#include "actors/agents/script_file.hpp"
#include "gateway/settings/bounded_file.hpp"

#include <algorithm>
#include <cctype>

namespace tandem {

namespace {

constexpr std::size_t script_bound = 1024 * 1024;

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
  out.agent_timeout = std::chrono::milliseconds(values.agent.timeout_ms);
  out.silence = std::chrono::seconds(values.limits.silence_seconds);
  out.greeting = values.agent.greeting;
  out.fallback_reply = values.agent.fallback_reply;
  return out;
}

using loaded_dialogue = tl::expected<std::shared_ptr<const script>, std::vector<std::string>>;

loaded_dialogue load_dialogue(const std::string& path) {
  if (path.empty())
    return tl::unexpected(std::vector<std::string>{"agent.script: a file is needed for agent.kind script"});
  auto text = read_bounded(path, script_bound);
  if (!text) return tl::unexpected(std::vector{"agent.script: " + text.error()});
  auto dialogue = load_script(*text);
  if (dialogue) return std::make_shared<const script>(std::move(*dialogue));
  auto faults = std::move(dialogue.error());
  for (auto& fault : faults) fault = "agent.script: " + path + ": " + fault;
  return tl::unexpected(std::move(faults));
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
  out.scribe.url = values.scribe.url;
  out.scribe.api_key = values.elevenlabs.api_key;
  out.scribe.model = values.scribe.model;
  out.scribe.language = values.scribe.language;
  out.scribe.server_commits = values.scribe.commit == "vad";
  out.speech.url = values.speech.url;
  out.speech.api_key = values.elevenlabs.api_key;
  out.speech.voice = values.speech.voice;
  out.speech.model = values.speech.model;
  out.carrier.api_url = values.telnyx.api_url;
  out.carrier.api_key = values.telnyx.api_key;
  out.carrier.connection_id = values.telnyx.connection_id;
  out.carrier.codec = telnyx::codec_of(values.telnyx.codec);
  out.carrier.stream_url = websocket_url(values.server.public_url, node_label(values.cluster.node));
  out.limits.max_call = std::chrono::seconds(values.limits.max_call_seconds);
  // Beyond whatever the dialogue may wait for.
  out.limits.lifeless =
      std::chrono::seconds(values.limits.silence_seconds + values.agent.timeout_ms / 1000 + 30);
  out.limits.buffer_bytes = values.limits.buffer_bytes;
  out.turns = make_turns_settings(values);
  out.agent.kind = values.agent.kind;
  if (values.agent.kind == "script") {
    auto dialogue = load_dialogue(values.agent.script);
    if (!dialogue) return tl::unexpected(std::move(dialogue.error()));
    out.agent.dialogue = std::move(*dialogue);
  }
  if (auto probe = make_agent(out.agent); !probe)
    return tl::unexpected(std::vector{"agent.kind: " + probe.error()});
  return out;
}

}  // namespace tandem
