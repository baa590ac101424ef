#pragma once

#include "actors/runtime/link.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace tandem {

class admission;
class upgrade;
struct metrics;

/// The header of a stream that another node brings, with that node's name: it goes no further.
inline constexpr std::string_view relayed_header = "Tandem-Relayed";

/// Where a stream is to go.
struct relay_wish {
  /// The node, for the log and for refusals.
  std::string node;
  /// ws:// or wss://, with the path.
  std::string url;
  /// How the one that came here counts.
  peer from = peer::telnyx;
};

/// Carries WebSockets that reached this node on to the nodes whose calls they are: every message as it is,
/// both ways, unread, and who closes with which code. Who reads slowly slows the other side down.
class stream_relay {
 public:
  /// `self` is this node's name. Each stream that is carried has two places among the connections.
  stream_relay(std::string self, link_connector& links, std::shared_ptr<admission> door, metrics& measure);
  /// `end` must have been called.
  ~stream_relay();
  stream_relay(const stream_relay&) = delete;

  /// Opens a WebSocket there, within three seconds, and joins it to this one; or refuses this one as that one
  /// was refused, or with 503. On the loop of `stream`.
  void carry(std::shared_ptr<upgrade> stream, relay_wish where);

  /// Streams that are carried, or are about to be; from any thread.
  std::size_t count() const;

  /// Closes them all with 1001 and takes no more; waits for them. Not from a loop's thread.
  void end();

 private:
  class joint;
  struct book;
  const std::shared_ptr<book> book_;
};

}  // namespace tandem
