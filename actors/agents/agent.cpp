#include "actors/agents/agent.hpp"

#include "actors/agents/echo.hpp"
#include "actors/agents/script.hpp"

namespace tandem {

tl::expected<std::unique_ptr<agent>, std::string> make_agent(const agent_settings& settings) {
  if (settings.kind == "echo") return std::make_unique<echo_agent>();
  if (settings.kind != "script")
    return tl::unexpected("agent.kind = \"" + settings.kind + "\" is unknown; allowed: echo, script");
  if (!settings.dialogue)
    return tl::unexpected(
        std::string("agent.script is empty; agent.kind = \"script\" needs a dialogue file"));
  return std::make_unique<script_agent>(settings.dialogue);
}

}  // namespace tandem
