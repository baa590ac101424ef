#include "actors/runtime/chaos.hpp"

#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <utility>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/atom.hpp>
#include <caf/send.hpp>

namespace tandem::chaos {

namespace {

struct registry {
  std::mutex mutex;
  std::array<std::map<std::uint64_t, caf::actor_addr>, actor_kinds> live;
};

registry& everybody() {
  static registry all;
  return all;
}

}  // namespace

victim::victim(actor_kind kind, caf::actor_addr who) : kind_(kind), id_(who.id()) {
  auto& all = everybody();
  std::lock_guard guard(all.mutex);
  all.live[static_cast<std::size_t>(kind)].emplace(id_, std::move(who));
}

victim::~victim() {
  auto& all = everybody();
  std::lock_guard guard(all.mutex);
  all.live[static_cast<std::size_t>(kind_)].erase(id_);
}

bool fail_one(actor_kind kind, std::uint64_t seed) {
  auto& all = everybody();
  caf::actor chosen;
  {
    std::lock_guard guard(all.mutex);
    const auto& live = all.live[static_cast<std::size_t>(kind)];
    if (live.empty()) return false;
    auto place = std::next(live.begin(), static_cast<std::ptrdiff_t>(seed % live.size()));
    chosen = caf::actor_cast<caf::actor>(place->second);
  }
  // Outside of the lock: to let go of the last reference destroys the actor, which leaves the registry.
  if (!chosen) return false;
  caf::anon_send(chosen, caf::atom("chaos"));
  return true;
}

std::optional<actor_kind> kind_of(std::string_view label) {
  for (std::size_t n = 0; n < actor_kinds; ++n) {
    if (to_string(static_cast<actor_kind>(n)) == label) return static_cast<actor_kind>(n);
  }
  return std::nullopt;
}

}  // namespace tandem::chaos
