#pragma once

#include "actors/agents/agent_overrides.hpp"
#include "actors/messages.hpp"
#include "protocols/json.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

/// What the API reads and writes about the agent of new calls.
namespace tandem {

struct script;

/// Of a script's faults; more are not told.
inline constexpr std::size_t most_faults = 100;

/// What is to be revised, with its script as a text.
struct revision_form {
  agent_revision what;
  std::optional<std::string> script;

  bool is_empty() const { return what.settings.empty() && !script; }
};

/// Reads `greeting`, `fallback_reply`, `system_prompt` and `model` (texts of at most 64 KiB) and `script`;
/// one line about what is wrong, as any member that is neither one of these nor in `also`.
tl::expected<revision_form, std::string> read_revision(const json::value& body,
                                                       std::initializer_list<std::string_view> also);

/// Reads `turns`: at most 50 of the caller, who has the last one, each with `text` (at most 4000 bytes) or
/// `keys`, and those of the agent; one line about what is wrong.
tl::expected<std::vector<rehearsed_turn>, std::string> read_turns(const json::value& body);

/// Appends the agent as JSON, secrets masked; `more` is other members of the same object, with a comma first.
void append_json(std::string& out, const agent_description& what, std::string_view more = {});

/// Appends how much a script has in it, as JSON.
void append_json(std::string& out, const script& dialogue);

void append_json(std::string& out, const rehearsal& what);

/// Appends a list of `{"line","message"}` (the line is missing where there is none): the first of what
/// `load_script` says.
void append_faults(std::string& out, const std::vector<std::string>& faults);

}  // namespace tandem
