#include "gateway/cluster/node_address.hpp"

#include "protocols/cluster/address.hpp"

#include <arpa/inet.h>
#include <array>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace tandem {

namespace {

bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

/// An interface's address in words; empty when it is no address of this family that others reach.
std::string text_of(const ifaddrs& each, int family) {
  const bool is_up = (each.ifa_flags & IFF_UP) != 0 && (each.ifa_flags & IFF_LOOPBACK) == 0;
  if (!is_up || each.ifa_addr == nullptr || each.ifa_addr->sa_family != family) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = nullptr;
  if (family == AF_INET) {
    address = &reinterpret_cast<const sockaddr_in*>(each.ifa_addr)->sin_addr;
  } else {
    const auto& found = reinterpret_cast<const sockaddr_in6*>(each.ifa_addr)->sin6_addr;
    if (IN6_IS_ADDR_LINKLOCAL(&found)) return {};
    address = &found;
  }
  return inet_ntop(family, address, text.data(), text.size()) != nullptr ? text.data() : "";
}

/// The first address of this host that is not loopback, of IPv4 if there is one; loopback without any.
std::string own_host() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return "127.0.0.1";
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, freeifaddrs);
  for (const int family : {AF_INET, AF_INET6}) {
    for (const auto* each = first; each != nullptr; each = each->ifa_next) {
      if (auto text = text_of(*each, family); !text.empty()) return text;
    }
  }
  return "127.0.0.1";
}

}  // namespace

std::string node_address::cluster() const { return to_string(cluster::address{cluster_host, cluster_port}); }

std::string node_address::media_url() const {
  return (has_tls ? "wss://" : "ws://") + to_string(cluster::address{carrier_host, carrier_port});
}

node_address find_node_address(const settings& values) {
  const auto cluster = parse_listen(values.cluster.listen).value_or(listen_address{});
  const auto carrier = parse_listen(values.server.listen).value_or(listen_address{});
  node_address out{.cluster_host = values.cluster.advertise,
                   .cluster_port = cluster.port,
                   .carrier_host = values.cluster.advertise,
                   .carrier_port = carrier.port,
                   .has_tls = !values.server.tls_certificate.empty()};
  if (!values.cluster.advertise.empty()) return out;
  out.cluster_host = is_any(cluster.host) ? own_host() : cluster.host;
  out.carrier_host = is_any(carrier.host) ? out.cluster_host : carrier.host;
  return out;
}

}  // namespace tandem
