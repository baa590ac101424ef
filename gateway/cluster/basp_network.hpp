#pragma once

#include "actors/cluster/peer_network.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include <caf/fwd.hpp>

namespace tandem {

class asio_loop;

/// Has the actor system speak with others (CAF's BASP), with these signs of life; before the system is made.
/// Without it no socket and no thread are there for that.
void load_basp(caf::actor_system_config& config, std::chrono::milliseconds heartbeat,
               std::chrono::milliseconds timeout);

/// Lets other nodes in at this address, port 0 = any; the port, or throws std::runtime_error. It stays open
/// until the system ends.
std::uint16_t open_basp(caf::actor_system& system, const cluster_front& door, const std::string& host,
                        std::uint16_t port);

/// Reaches other nodes over BASP, for actors of this loop. CAF blocks all that connect while one address does
/// not answer, and keeps the socket of a server that says nothing, so it gets only addresses where somebody
/// has just said something.
std::unique_ptr<peer_network> make_basp_network(asio_loop& home);

/// Cuts every TCP connection of the process, when nothing but BASP has any left: at its end CAF waits for the
/// other side of each to close it, which a frozen one never does.
void cut_connections();

}  // namespace tandem
