#include "protocols/telnyx/leg_label.hpp"

#include <array>
#include <utility>

namespace tandem::telnyx {
namespace {

constexpr std::string_view mark = "tandem:";

constexpr std::array<std::pair<leg_role, std::string_view>, 3> roles{{
    {leg_role::conversation, "conversation"},
    {leg_role::transfer, "transfer"},
    {leg_role::released, "released"},
}};

/// The text up to the next colon, which is taken away with it; nothing when there is none.
std::optional<std::string_view> next_part(std::string_view& text) {
  const auto end = text.find(':');
  if (end == std::string_view::npos) return std::nullopt;
  const auto part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

}  // namespace

std::string to_text(const leg_label& label) {
  std::string text(mark);
  for (const auto& [role, name] : roles) {
    if (role == label.role) text += name;
  }
  return text.append(":").append(label.node).append(":").append(label.call_id);
}

std::optional<leg_label> read_leg_label(std::string_view text) {
  if (!text.starts_with(mark)) return std::nullopt;
  text.remove_prefix(mark.size());
  const auto name = next_part(text);
  const auto node = next_part(text);
  if (!name || !node || node->empty() || text.empty() || text.find(':') != std::string_view::npos)
    return std::nullopt;
  for (const auto& [role, known] : roles) {
    if (known == *name) return leg_label{role, std::string(*node), std::string(text)};
  }
  return std::nullopt;
}

std::optional<std::string> conversation_of(std::string_view node, std::string_view client_state) {
  auto label = read_leg_label(client_state);
  if (!label || label->role != leg_role::conversation || label->node != node) return std::nullopt;
  return std::move(label->call_id);
}

}  // namespace tandem::telnyx
