#pragma once

#include "actors/runtime/link.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tandem {

class admission;
class circuit_breaker;
class loop;

/// Connections to the speech provider that are open and that nothing was ever said over, so that a call's
/// first word waits for no handshake. Each loop has its own few for each provider that its calls ask, and a
/// call takes one for good: none is ever shared. They cost the account nothing, since the provider counts a
/// socket only while it speaks, but the machine a little; so there are some only while calls of one kind come
/// one soon after another.
class speech_spares {
 public:
  /// Open or connecting at once on one loop with one provider.
  static constexpr std::size_t most_per_loop = 2;
  /// Calls of a loop that come further apart than this are not worth a spare.
  static constexpr std::chrono::seconds longest_gap{10};
  /// After the last call spares stay for two gaps between calls, but not for less than this. So none gets
  /// older than a minute: the provider would close it after the 180 s without text that we ask for.
  static constexpr std::chrono::seconds shortest_stay{3};

  /// Everything given outlives the spares.
  speech_spares(const std::vector<loop*>& loops, link_connector& links, admission& door);

  /// Closes all of them on their loops.
  ~speech_spares();
  speech_spares(const speech_spares&) = delete;
  speech_spares& operator=(const speech_spares&) = delete;

  /// A call begins on `home`, whose thread this is: gives it an open connection, reporting to nobody, as this
  /// request would make it; or nothing. The breaker stands for the provider: spares made from another request
  /// to it are closed.
  std::shared_ptr<link> take(loop& home, const link_request& request, circuit_breaker& breaker);

  /// Closes as many as calls need the room of; from any thread.
  void make_room();

  /// Closes all, and there will be no others; from any thread.
  void close();

 private:
  class shelf;
  class rack;

  std::unordered_map<loop*, std::shared_ptr<rack>> racks_;
};

}  // namespace tandem
