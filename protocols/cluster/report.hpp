#pragma once

#include "protocols/cluster/node_state.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the nodes of a cluster tell each other of themselves.
namespace tandem::cluster {

/// The form of all that nodes say but `hello`; nodes of different ones refuse each other.
inline constexpr std::uint32_t protocol_version = 1;

/// Nodes of a cluster at most, and bytes of a name that another node gives.
inline constexpr std::size_t most_nodes = 1000;
inline constexpr std::size_t longest_text = 255;

/// One start of a node.
struct member {
  std::string name;
  /// Which start it is: milliseconds since 1970, so that a later one is greater.
  std::uint64_t epoch = 0;

  auto operator<=>(const member&) const = default;
};

/// What nodes say first. This form never changes, so that nodes of any version can refuse each other.
struct hello {
  std::uint32_t protocol = protocol_version;
  /// The program's version, to be shown.
  std::string version{};
  member who{};
  /// Where it takes connections, to be shown.
  std::string address{};
  /// The name and a digest of each setting that has to be the same on every node, in one order. The first one
  /// is the key of the digests.
  std::vector<std::pair<std::string, std::string>> terms{};
};

/// Why a node may not take part.
enum class fault : std::uint8_t {
  none,
  /// It speaks another protocol.
  protocol,
  /// Settings differ that have to be the same.
  terms,
  /// Another start of a node with its name is alive.
  name_taken,
  /// There are too many nodes.
  full,
  /// It said what no node says.
  malformed,
  /// Who was asked is about to leave.
  leaving
};

/// Whether a node may take part; if not, also in words.
struct ruling {
  fault why = fault::none;
  std::string what{};
};

/// What a node's process uses of its machine: memory, and time of all processors since its start.
struct process_use {
  std::uint64_t memory_bytes = 0;
  std::uint64_t cpu_ms = 0;

  bool operator==(const process_use&) const = default;
};

/// How a node is, as it says so every heartbeat.
struct report {
  member who{};
  /// Greater than that of any report before it.
  std::uint64_t sequence = 0;
  std::uint32_t calls = 0;
  std::uint32_t max_calls = 0;
  /// Why a call that came now would be refused; empty = it would be taken.
  std::string outlook{};
  bool draining = false;
  /// Whether records wait in its journal for the store.
  bool store_behind = false;
  process_use uses{};
  /// Calls that it has taken over from nodes that were gone, and given to others, since its start.
  std::uint64_t adopted = 0;
  std::uint64_t given_away = 0;
  /// The other nodes from which it has reports.
  std::vector<member> sees{};
};

/// A node as another one knows it.
struct node_view {
  member who{};
  node_state state = node_state::gone;
  std::string address{};
  std::string version{};
  report last{};
  /// The age of the last report; -1 when there was none.
  std::int64_t last_report_ms = -1;
  /// Why it is refused.
  std::string why{};
};

/// A node that lacks the reports of another one, though both live.
struct blind_pair {
  std::string who{};
  std::string whom{};

  auto operator<=>(const blind_pair&) const = default;
};

}  // namespace tandem::cluster
