#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/services.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem {

class call_pass;
class loop;
struct call_value;

/// How a call came to be.
struct call_origin {
  std::string id;
  call_direction direction = call_direction::incoming;
  /// The carrier's id and numbers. The id is empty until the carrier has dialled, and all three until its
  /// stream says them when the stream came on the fixed token.
  std::string carrier_call_id;
  std::string from;
  std::string to;
  /// Whether Call Control commands the leg: it is to be answered or dialled now and hung up at the end.
  bool controlled = false;
  /// Whether the leg was found in the carrier's list: until our answer is accepted it may be somebody else's,
  /// and gets no other command.
  bool found = false;
  /// Whether its first stream is its only one, since nobody can bring it another: a softphone's.
  bool has_sole_stream = false;
  std::vector<std::pair<std::string, std::string>> metadata{};
  /// Names of the agent's settings that were given for this call alone.
  std::vector<std::string> own_settings{};
  /// Of a call that we place: as Telnyx names it (empty = off), whether the call ends at a machine, and how
  /// long it may ring.
  std::string machine_detection{};
  bool ends_at_machine = true;
  std::uint32_t ring_seconds = 30;
  /// Of a call that was another node's: what that one left, and the pass under which it goes on here. With a
  /// pass alone nothing was left: only the carrier knows how the leg is.
  std::shared_ptr<const call_value> former{};
  std::shared_ptr<const call_pass> pass{};
  /// Whether that node has fallen silent without ending, so that nobody closes the leg's stream.
  bool former_is_silent = false;
};

/// Spawns a call's supervisor. It ends by itself; whoever needs to know monitors it.
call_actor spawn_call(loop& home, const call_origin& origin, std::shared_ptr<const call_settings> settings,
                      const services& shared, const node_actor& node);

}  // namespace tandem
