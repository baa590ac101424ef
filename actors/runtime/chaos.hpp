#pragma once

#include "actors/runtime/census.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

#include <caf/actor_addr.hpp>

/// Failures on demand, for tests: compiled with TANDEM_CHAOS alone, which no release has.
namespace tandem::chaos {

/// Enters a live actor while it exists, so that it can be made to fail.
class victim {
 public:
  victim(actor_kind kind, caf::actor_addr who);
  ~victim();
  victim(const victim&) = delete;

 private:
  actor_kind kind_;
  std::uint64_t id_;
};

/// Has one live actor of this kind throw while it handles a message; which one, `seed` decides. False when
/// there is none. From any thread.
bool fail_one(actor_kind kind, std::uint64_t seed);

/// The kind of a label.
std::optional<actor_kind> kind_of(std::string_view label);

}  // namespace tandem::chaos
