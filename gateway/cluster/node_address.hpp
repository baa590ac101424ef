#pragma once

#include "gateway/settings/settings.hpp"

#include <cstdint>
#include <string>

namespace tandem {

/// Where other nodes reach this one.
struct node_address {
  /// A name or an address without brackets, each.
  std::string cluster_host;
  std::uint16_t cluster_port = 0;
  std::string carrier_host;
  std::uint16_t carrier_port = 0;
  /// Whether TLS is spoken at the carrier side.
  bool has_tls = false;

  /// `HOST:PORT` of the cluster side.
  std::string cluster() const;
  /// The carrier side, as `node_contact` has it.
  std::string media_url() const;
};

/// What the settings say: `cluster.advertise`, or else the host that is listened on, or when that is any, the
/// first address of this host that is not loopback. A port of 0 is known once it is bound.
node_address find_node_address(const settings& values);

}  // namespace tandem
