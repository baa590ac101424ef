#pragma once

#include "actors/cluster/call_pass.hpp"
#include "actors/cluster/lease_writer.hpp"
#include "actors/cluster/store_line.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/metrics.hpp"
#include "actors/runtime/wake_up.hpp"
#include "protocols/cluster/call_lease.hpp"
#include "protocols/cluster/node_lease.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
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
    /// The store has answered a renewal: the moment to ask peers for promises; see `question`.
    std::function<void()> renewed{};
  };
  /// Takes an answer of the store, which comes on one of its threads, to the actor.
  using post = store_line::post;

  /// `alone`: see `leases::node_lease`.
  ownership(loop& home, lease_store& store, post to_actor, const leases::lease_rules& rules, leases::join how,
            events heard, metrics* measure = nullptr, bool alone = false);
  /// Answers of the store that are still to come do nothing.
  ~ownership() = default;
  ownership(const ownership&) = delete;

  /// Joins, and from now on renews, fences and adopts as the protocol has it, with timers of its own.
  void begin();

  /// Whether the node has joined and is not fenced, as far as it knows.
  bool is_member() const { return core_.self().has_value(); }

  /// Whether its calls may be acted on now: while not, it had better take no new ones.
  bool is_permitted() const { return is_member() && core_.permitted()->valid(line_.now()); }

  /// This life of the node, as the store numbers it; nothing before it has joined.
  const std::optional<leases::node_id>& self() const { return core_.self(); }

  /// How many calls this node would adopt; 0 while it drains.
  void set_room(std::size_t calls);

  /// See `claim_call`; answers within 600 ms. The answer `unknown` is settled later: by nothing when the call
  /// is ours, by `events::lost` otherwise.
  void claim(const claim_call& wanted, std::function<void(claim_ruling)> done);

  /// Closes the pass and gives the call away; nothing when it is not this node's, or when the store has been
  /// silent of late, without which nobody could take it, nor this node take it back.
  std::optional<leases::offer> give_away(const std::string& call_id);
  /// Whoever it was offered to in this term has it.
  void handed_over(const std::string& call_id, std::int64_t term);
  /// Nobody has taken it: asks the store to have it back until it answers, and opens the pass again;
  /// `done(false)` when it is another node's after all.
  void take_back(const std::string& call_id, std::function<void(bool)> done);

  /// Takes a call that was offered; nothing when it is not to be had, or the store does not answer within
  /// 600 ms. If it was taken all the same, it is `adopted` later.
  void take(const leases::offer& from, std::function<void(std::optional<owned_lease>)> done);

  /// The call's term and its next version, which count from the lease's own; a term of 0 when the store has
  /// not said that the call is this node's.
  struct kept_as {
    std::int64_t term = 0;
    std::int64_t version = 0;
  };
  kept_as number(const std::string& call_id);
  /// Keeps the newest value of a call in the store, one write of a call at a time.
  void keep(const std::string& call_id, std::int64_t version, std::string value);

  /// The call is over: ends its lease, until the store has answered.
  void end(const std::string& call_id);

  /// Whose call it is, asked in the store; nothing when it has none such, or does not answer within 600 ms.
  /// The lease may be ended.
  void find(const std::string& id, std::function<void(std::optional<leases::lease>)> done);

  /// The members' promises to each other; see `leases::promises`.
  std::optional<leases::question> question() const { return core_.ask(line_.now()); }
  std::optional<leases::promise> promised_to(const leases::question& from);
  void take_promise(const leases::promise& from);

  /// The other members, as the store had them last.
  const std::vector<leases::member>& members() const { return core_.members(); }

  /// Ends the epoch once every lease is ended or the store does not answer; at most for this long. From then
  /// on nothing is this node's, and nothing becomes it.
  void leave(std::chrono::milliseconds limit, std::function<void()> done);

 private:
  using phase = leases::call_lease::phase;

  /// Who waits for an answer, and for how long.
  template <class Answer>
  struct waiting {
    std::function<void(Answer)> done;
    timer patience{};
  };

  struct owned_call {
    std::shared_ptr<call_pass> pass = std::make_shared<call_pass>();
    /// Nothing while the node has no epoch.
    std::optional<leases::call_lease> lease{};
    std::string carrier_call_id{};
    /// Whether the store knows the carrier's id.
    bool is_named = false;
    /// It ended while the store was asked whose it is.
    bool is_over = false;
    /// It was offered to this node, and is not reported as its yet.
    bool is_offered = false;
    /// It was given away, and not asked back.
    bool is_away = false;
    std::int64_t version = 0;
    std::map<std::uint64_t, waiting<claim_ruling>> claims{};
    std::optional<waiting<std::optional<owned_lease>>> taker{};
    std::function<void(bool)> giver{};
    /// The newest request, and whether its answer is still to come.
    std::uint64_t ticket = 0;
    bool asks = false;
    back_off waits;
    timer again{};
  };
  using call_request = std::variant<leases::claim, leases::take, leases::find_lease>;

  // The node.
  void pump();
  void issue(leases::node_lease::order what);
  void settle_epoch(leases::node_lease::news what);
  void adopt(const std::vector<leases::lease>& calls);
  /// Every call is another's, or nobody's.
  void drop_calls();
  void end_epoch();
  void be_gone();

  // Its calls.
  owned_call* known(const std::string& call_id);
  owned_call& insert(const std::string& call_id);
  void enter(const std::string& call_id, owned_call& which);
  std::optional<call_request> next_request(const std::string& call_id, const owned_call& which) const;
  void ask(const std::string& call_id, owned_call& which);
  void ask_again(const std::string& call_id, owned_call& which);
  void hear(const std::string& call_id, std::uint64_t ticket, bool was_claim,
            const std::optional<lease_store::found_lease>& answer);
  void learn(const std::string& call_id, owned_call& which, const std::vector<leases::lease>& answer);
  void check_held(const std::string& call_id, owned_call& which, const leases::lease& holds);
  void win(const std::string& call_id, owned_call& which);
  void part(const std::string& call_id);
  void release(const std::string& call_id, owned_call& which);
  void rule(owned_call& which, claim_outcome whose);
  void settle_find(std::uint64_t ticket, std::optional<leases::lease> found);
  void count(lease_outcome what, std::size_t calls = 1);

  const leases::lease_rules rules_;
  const std::string name_;
  const events heard_;
  metrics* const measure_;
  store_line line_;
  leases::node_lease core_;
  std::uint32_t seed_;
  lease_writer writer_;
  wake_up wakes_;
  bool has_begun_ = false;
  std::map<std::string, owned_call> calls_;
  std::map<std::uint64_t, waiting<std::optional<leases::lease>>> finds_;
  std::uint64_t last_ticket_ = 0;
  bool has_left_ = false;
  std::optional<waiting<bool>> leaver_;
};

}  // namespace tandem
