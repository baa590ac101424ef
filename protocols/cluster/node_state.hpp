#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::cluster {

/// How another node is, as far as this one can tell.
enum class node_state : std::uint8_t {
  alive,
  /// Alive, and takes no new calls.
  draining,
  /// There is a connection, but no report has come over it for longer than the timeout.
  silent,
  /// Neither a connection nor a report for longer than the timeout, and no goodbye.
  gone,
  /// It may not take part, or does not let this node.
  refused
};

inline constexpr std::size_t node_states = 5;

/// The states as labels, in the order of the enumeration.
constexpr std::array<std::string_view, node_states> names(node_state) {
  return {"alive", "draining", "silent", "gone", "refused"};
}

/// The word for a state; "unknown" for a number that is none.
constexpr std::string_view to_string(node_state state) {
  const auto at = static_cast<std::size_t>(state);
  return at < node_states ? names(state)[at] : "unknown";
}

}  // namespace tandem::cluster
