#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace tandem {

struct call_settings;
struct script;

/// What is to be another way about an agent.
struct agent_revision {
  /// As `with_overrides` takes them.
  std::vector<std::pair<std::string, std::string>> settings{};
  /// The dialogue of kind `script`; none = it stays.
  std::shared_ptr<const script> dialogue{};
};

/// The settings with these of the agent changed: `kind`, `greeting`, `fallback_reply`, `timeout_ms`, `model`,
/// `system_prompt`; or one line that names what is wrong and what is allowed.
tl::expected<std::shared_ptr<const call_settings>, std::string> with_overrides(
    std::shared_ptr<const call_settings> settings,
    const std::vector<std::pair<std::string, std::string>>& overrides);

/// The same for a call that goes on, where there has to be a change, and the greeting is none.
tl::expected<std::shared_ptr<const call_settings>, std::string> with_changes(
    std::shared_ptr<const call_settings> settings,
    const std::vector<std::pair<std::string, std::string>>& changes);

/// All that can be changed of the agent, as these settings have it: `with_overrides` gives other settings the
/// same agent.
std::vector<std::pair<std::string, std::string>> overrides_of(const call_settings& settings);

/// The settings with the agent revised, or what is wrong as `with_overrides` says it.
tl::expected<std::shared_ptr<const call_settings>, std::string> with_revision(
    std::shared_ptr<const call_settings> settings, const agent_revision& what);

}  // namespace tandem
