#pragma once

#include "actors/admission.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/recent_ids.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/actor_addr.hpp>

namespace tandem {

/// What a node knows of a call of its own.
struct owned_call {
  // Given back when the supervisor is gone, however it went.
  admission::place place;
  call_actor handle;
  std::uint32_t loop = 0;
  std::string carrier_call_id;
  bool controlled = false;
  bool misses_stream = false;
  /// Whether nothing of its leg is left to be hung up.
  bool settled = false;
  /// Whether it is another node's by now.
  bool moved = false;
};

/// A call whose supervisor is down.
struct gone_call {
  std::string id;
  owned_call call;
};

/// Which calls a node has, by our id and by the carrier's, on which loops; and which of the carrier's are
/// over.
class call_directory {
 public:
  using map = std::map<std::string, owned_call, std::less<>>;

  call_directory() = default;
  call_directory(std::string node, std::size_t loops) : node_(std::move(node)), per_loop_(loops) {}

  const map& all() const { return calls_; }

  /// Calls that are here, and those that were let go and have not ended yet.
  std::size_t size() const { return calls_.size() + leaving_.size(); }

  /// The loop with the fewest calls.
  std::uint32_t calmest_loop() const;

  const owned_call& add(const std::string& id, owned_call call);

  /// Takes out the call of a supervisor that is down; nothing when it is none of ours.
  std::optional<gone_call> remove(const caf::actor_addr& supervisor);

  /// The call is another node's: from now on neither of its ids names one here, nor one that is over.
  void let_go(std::string_view id);

  /// The call with this id of ours, if there is one.
  owned_call* find(std::string_view id);

  /// Whether one of them waits for another stream to come for it.
  bool misses_stream() const;

  /// Who owns the call with this id, ours or the carrier's.
  call_owner owner_of(std::string_view id) const;

  /// The call that a webhook belongs to: by its leg, or by the label that we gave the leg.
  call_owner owner_of(const telnyx::webhook& event) const;

  /// The answer to `identify_call`: from now on the carrier's id names the call that asks, unless it has
  /// named another one.
  call_owner identify(const identify_call& event);

  /// The carrier says that this leg has ended, perhaps before it said that it is there.
  void leg_ended(std::string_view carrier_call_id);
  bool has_leg_ended(std::string_view carrier_call_id) const { return ended_legs_.contains(carrier_call_id); }

  /// No call is to begin for this one of the carrier's any more.
  void turn_away(std::string_view carrier_call_id) { ended_calls_.add(carrier_call_id); }

  /// Whether one may begin: there is none, and it is not over.
  bool may_begin(std::string_view carrier_call_id) const;

  /// Whether the leg belongs to a call that is here, or that was.
  bool knows(std::string_view carrier_call_id) const;

 private:
  void forget_carrier_id(const std::string& id, const owned_call& call);

  // Enough for every call that may still get a late webhook.
  static constexpr std::size_t remembered_calls = 20000;

  std::string node_;
  std::vector<std::uint32_t> per_loop_;
  map calls_;
  std::unordered_map<caf::actor_addr, owned_call> leaving_;
  std::unordered_map<caf::actor_addr, std::string> ids_;
  std::unordered_map<std::string, std::string> by_carrier_id_;
  recent_ids ended_calls_{remembered_calls};
  recent_ids ended_legs_{remembered_calls};
};

}  // namespace tandem
