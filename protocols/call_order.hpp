#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace tandem {

/// Bytes of one of the agent's settings.
inline constexpr std::size_t longest_agent_value = 4096;

/// How a call is to be placed; what is empty or zero is as the configuration says.
struct call_order {
  /// A number (+E.164) or a SIP URI, and the number that is shown there.
  std::string to;
  std::string from;
  /// The agent's settings that are to be others, by name.
  std::vector<std::pair<std::string, std::string>> agent;
  std::vector<std::pair<std::string, std::string>> metadata;
  /// As Telnyx names the ways to detect an answering machine; empty = not at all.
  std::string machine_detection;
  /// Whether the call ends when a machine answers.
  bool ends_at_machine = true;
  std::uint32_t ring_seconds = 30;

  bool operator==(const call_order&) const = default;
};

/// What is wrong with an order, but for its agent; empty when nothing is.
std::string fault_of(const call_order& order);

}  // namespace tandem
