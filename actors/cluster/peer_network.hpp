#pragma once

#include "actors/messages.hpp"
#include "protocols/cluster/address.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace tandem {

/// Something that was asked of the network; destruction abandons it and no answer follows.
class network_attempt {
 public:
  virtual ~network_attempt() = default;
};

/// How nodes reach each other. Methods return at once; answers come once, on the loop of the actor that asks
/// and never before the method has returned.
class peer_network {
 public:
  /// The addresses of a name; nothing when it has none or nobody can tell.
  using hosts_found = std::function<void(std::optional<std::vector<std::string>>)>;

  /// The other node's door, or why it cannot be had.
  using node_reached = std::function<void(tl::expected<cluster_front, std::string>)>;

  virtual ~peer_network() = default;

  /// Looks a name up, within this time.
  [[nodiscard]] virtual std::unique_ptr<network_attempt> look_up(const std::string& name,
                                                                 std::chrono::milliseconds limit,
                                                                 hosts_found done) = 0;

  /// Connects to a node, within this time.
  [[nodiscard]] virtual std::unique_ptr<network_attempt> reach(const cluster::address& where,
                                                               std::chrono::milliseconds limit,
                                                               node_reached done) = 0;
};

}  // namespace tandem
