#include "actors/agents/agent_overrides.hpp"

#include "actors/agents/agent.hpp"
#include "actors/runtime/services.hpp"

#include <charconv>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace tandem {

namespace {

constexpr std::uint32_t shortest_timeout_ms = 100;
constexpr std::uint32_t longest_timeout_ms = 600'000;

constexpr std::string_view changeable = "kind, fallback_reply, timeout_ms, model, system_prompt";

/// Empty, or what is wrong.
std::string apply(call_settings& settings, const std::string& key, const std::string& value) {
  if (key == "kind") {
    settings.agent.kind = value;
  } else if (key == "greeting") {
    settings.turns.greeting = value;
  } else if (key == "system_prompt") {
    settings.agent.system_prompt = value;
  } else if (key == "model") {
    settings.agent.model = value;
  } else if (key == "fallback_reply") {
    settings.turns.fallback_reply = value;
  } else if (key == "timeout_ms") {
    std::uint32_t number = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (fault != std::errc{} || end != value.data() + value.size() || number < shortest_timeout_ms ||
        number > longest_timeout_ms)
      return "agent.timeout_ms is a number from 100 to 600000";
    settings.turns.agent_timeout = std::chrono::milliseconds(number);
  } else {
    return "agent." + key + " is unknown; allowed: greeting, " + std::string(changeable);
  }
  return {};
}

}  // namespace

tl::expected<std::shared_ptr<const call_settings>, std::string> with_overrides(
    std::shared_ptr<const call_settings> settings,
    const std::vector<std::pair<std::string, std::string>>& overrides) {
  if (overrides.empty()) return settings;
  auto changed = std::make_shared<call_settings>(*settings);
  for (const auto& [key, value] : overrides) {
    if (auto fault = apply(*changed, key, value); !fault.empty()) return tl::unexpected(std::move(fault));
  }
  if (auto fault = fault_of(changed->agent); !fault.empty()) return tl::unexpected(std::move(fault));
  return changed;
}

std::vector<std::pair<std::string, std::string>> overrides_of(const call_settings& settings) {
  return {{"kind", settings.agent.kind},
          {"greeting", settings.turns.greeting},
          {"system_prompt", settings.agent.system_prompt},
          {"model", settings.agent.model},
          {"fallback_reply", settings.turns.fallback_reply},
          {"timeout_ms", std::to_string(settings.turns.agent_timeout.count())}};
}

tl::expected<std::shared_ptr<const call_settings>, std::string> with_changes(
    std::shared_ptr<const call_settings> settings,
    const std::vector<std::pair<std::string, std::string>>& changes) {
  const auto allowed = "; allowed: " + std::string(changeable);
  if (changes.empty()) return tl::unexpected("there is nothing to change" + allowed);
  for (const auto& [key, value] : changes) {
    if (key == "greeting") return tl::unexpected("agent.greeting cannot change in a call" + allowed);
  }
  return with_overrides(std::move(settings), changes);
}

tl::expected<std::shared_ptr<const call_settings>, std::string> with_revision(
    std::shared_ptr<const call_settings> settings, const agent_revision& what) {
  auto changed = with_overrides(std::move(settings), what.settings);
  if (!changed || !what.dialogue) return changed;
  auto revised = std::make_shared<call_settings>(**changed);
  revised->agent.dialogue = what.dialogue;
  revised->agent.dialogue_file.clear();
  return revised;
}

}  // namespace tandem
