#pragma once

#include "actors/cluster/call_pass.hpp"
#include "actors/lease_store.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/cluster/call_lease.hpp"
#include "protocols/cluster/node_lease.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// A call that became this node's: its lease, and the pass under which it may be acted on.
struct owned_lease {
  leases::lease lease;
  std::shared_ptr<const call_pass> pass;
};

/// Which calls are this node's: asks the store for the leases of the node and of its calls, again and again
/// where there is no answer, and keeps their passes. Belongs to one actor and is used on its loop alone;
/// every handler is called there too, and never before the method that asks has returned.
class ownership {
 public:
  /// What happens without being asked for.
  struct events {
    /// Calls of nodes that are gone are this node's now; each has to be begun, or ended with `end`.
    std::function<void(std::vector<owned_lease>)> adopted;
    /// The epoch is over: every call so far is another node's.
    std::function<void()> fenced;
    /// This call turned out to be another node's.
    std::function<void(const std::string& call_id)> lost;
  };
  /// Takes an answer of the store, which comes on one of its threads, to the actor.
  using post = std::function<void(std::function<void()>)>;

  ownership(loop& home, lease_store& store, post to_actor, const leases::lease_rules& rules, leases::join how,
            events heard);
  /// Answers of the store that are still to come do nothing.
  ~ownership();
  ownership(const ownership&) = delete;

  /// Joins, and from now on renews, fences and adopts as the protocol has it, with timers of its own.
  void begin();

  /// Whether the node has joined and is not fenced.
  bool is_member() const;

  /// This life of the node, as the store numbers it; nothing before it has joined.
  const std::optional<leases::node_id>& self() const;

  /// How many calls this node would adopt; 0 while it drains.
  void set_room(std::size_t calls);

  /// See `claim_call`; answers within a deadline of some hundred milliseconds. The answer `unknown` is
  /// settled later: by nothing when the call is ours, by `events::lost` otherwise.
  void claim(const claim_call& wanted, std::function<void(claim_ruling)> done);

  /// Closes the pass and gives the call away; nothing when it is not this node's.
  std::optional<leases::offer> give_away(const std::string& call_id);
  /// Whoever it was offered to in this term has it.
  void handed_over(const std::string& call_id, std::int64_t term);
  /// Nobody has taken it: asks the store to have it back, and opens the pass again; `done(false)` when it is
  /// another node's after all.
  void take_back(const std::string& call_id, std::function<void(bool)> done);

  /// Takes a call that was offered; nothing when it is not to be had, or the store is away.
  void take(const leases::offer& from, std::function<void(std::optional<owned_lease>)> done);

  /// Keeps the newest value of a call in the store, one write of a call at a time; versions count from the
  /// lease's own. Returns the version that this one has, and the term, 0 when the call is not this node's.
  struct kept_as {
    std::int64_t term = 0;
    std::int64_t version = 0;
  };
  kept_as number(const std::string& call_id);
  void keep(const std::string& call_id, std::int64_t version, std::string value);

  /// The call is over: ends its lease, until the store has answered.
  void end(const std::string& call_id);

  /// Whose call it is, asked in the store; nothing when it has none such, or is away.
  void find(const std::string& id, std::function<void(std::optional<leases::lease>)> done);

  /// The members' promises to each other; see `leases::promises`.
  std::optional<leases::question> question() const;
  std::optional<leases::promise> promised_to(const leases::question& from);
  void take_promise(const leases::promise& from);

  /// The other members, as the store had them last.
  const std::vector<leases::member>& members() const;

  /// Ends the epoch once every lease is ended or the store does not answer; at most for this long.
  void leave(std::chrono::milliseconds limit, std::function<void()> done);

 private:
};

}  // namespace tandem
