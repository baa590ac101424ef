#include "actors/agents/agent.hpp"

#include "actors/agents/chat.hpp"
#include "actors/agents/echo.hpp"
#include "actors/agents/quiet.hpp"
#include "actors/agents/script.hpp"
#include "actors/agents/webhook.hpp"

namespace tandem {

std::string fault_of(const agent_settings& settings) {
  const auto lacks = [&](std::string_view key, std::string_view what) {
    return "agent." + std::string(key) + " is empty; agent.kind = \"" + settings.kind + "\" needs " +
           std::string(what);
  };
  if (settings.kind == "echo" || settings.kind == quiet_kind) return {};
  if (settings.kind == "script") return settings.dialogue ? "" : lacks("script", "a dialogue file");
  if (settings.kind == "openai") {
    if (settings.url.empty()) return lacks("url", "its server, e.g. https://api.openai.com/v1");
    return settings.model.empty() ? lacks("model", "a model") : "";
  }
  if (settings.kind == "webhook") return settings.url.empty() ? lacks("url", "its server") : "";
  return "agent.kind = \"" + settings.kind + "\" is unknown; allowed: script, openai, webhook, echo, quiet";
}

std::unique_ptr<agent> make_agent(const agent_settings& settings, agent_host& host) {
  if (settings.kind == "echo") return std::make_unique<echo_agent>();
  if (settings.kind == quiet_kind) return std::make_unique<quiet_agent>();
  if (settings.kind == "openai") return std::make_unique<chat_agent>(settings, host);
  if (settings.kind == "webhook") return std::make_unique<webhook_agent>(settings, host);
  return std::make_unique<script_agent>(settings.dialogue);
}

}  // namespace tandem
