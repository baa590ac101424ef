#pragma once

#include "protocols/cluster/lease.hpp"
#include "protocols/cluster/permission.hpp"
#include "protocols/cluster/promises.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tandem::leases {

/// Decides for one node when it joins and renews, until when it may act, which nodes it fences and when it
/// adopts calls. It is told the time of its own steady clock, which must go on while the process is stopped.
class node_lease {
 public:
  using request = std::variant<join, renew, fence, adopt>;

  /// A request to be sent at once; its answer is settled under its ticket.
  struct order {
    std::uint64_t ticket = 0;
    request what;
  };

  /// What an answer changed: with `fenced` every call of the epoch before is another's.
  enum class news : std::uint8_t { none, joined, fenced };

  /// `alone`: the process that had this name before is known to have ended, say because a lock of its is
  /// ours.
  node_lease(const lease_rules& rules, join how, bool alone = false);

  /// What the store is to be asked now. One request is under way at a time; one that is not answered within
  /// half the timeout is given up, and its answer counts when it comes after all.
  std::optional<order> due(moment now);

  /// When `due` may give something after it gave nothing now, if nothing else happens.
  moment wake_up(moment now) const;

  /// The answers; nothing = the store cannot be reached, or whether it was done is not known.
  news settle(std::uint64_t ticket, const std::optional<standing>& answer, moment now);
  void settle(std::uint64_t ticket, std::optional<bool> is_fenced, moment now);
  /// Calls that are this node's. What it knows of already has to `learn` of it.
  std::vector<lease> settle(std::uint64_t ticket, std::optional<adoption> answer, moment now);

  /// For every peer, with each heartbeat; nothing before the node has joined.
  std::optional<question> ask(moment now) const;

  /// A peer asks, and says how often it has renewed: the promise to send back, if it can be given.
  std::optional<promise> promised_to(const question& from, moment now);

  /// A peer has promised.
  void take(const promise& from, moment now);

  /// The store has said that a call in this term is not this node's, or over: an adoption that is under way
  /// may still name it.
  void part_with(const std::string& call_id, std::int64_t term);

  /// How many calls this node would adopt; 0 while it drains.
  void set_room(std::size_t calls) { room_ = calls; }

  /// Nothing more is asked, and nothing permitted: the node has left.
  void leave();

  /// The epoch's own: a call keeps the one it began with, which is never valid again once the epoch is
  /// fenced.
  std::shared_ptr<const permission> permitted() const { return permission_; }

  /// Nothing before the node has joined.
  const std::optional<node_id>& self() const { return self_; }

  /// Whether that epoch is known to be fenced, so that its calls may be taken.
  bool is_fenced(std::int64_t epoch) const;

  /// The other members, as the store had them last.
  const std::vector<member>& members() const { return members_; }

 private:
  struct sent {
    std::uint64_t ticket = 0;
    moment at{};
  };
  /// Since when a member has not renewed.
  struct observation {
    std::int64_t renewals = 0;
    moment since{};
  };

  std::optional<fence> next_fence(moment now) const;
  moment fence_at(const member& who, moment now) const;
  bool may_try(moment now) const;
  order issue(request what, moment now);
  /// When this request was sent; nothing when it does not count any more.
  std::optional<moment> sent_at(std::uint64_t ticket, moment now);
  void answered(std::uint64_t ticket);
  void observe(const standing& now_is, moment now);
  void reckon();
  void lose();

  const lease_rules rules_;
  const join how_;
  bool alone_;
  std::optional<node_id> self_;
  std::shared_ptr<permission> permission_ = std::make_shared<permission>();
  promises promises_;

  std::int64_t renewals_ = 0;
  std::int64_t view_ = 0;
  std::vector<member> members_;
  std::map<std::int64_t, observation> observations_;
  /// What peers themselves have said: that renewal was sent before then.
  std::map<std::int64_t, observation> said_;
  bool orphans_ = false;

  /// The newest renewal that was answered: its ticket, when it was sent, and when that answer came.
  std::uint64_t renewed_ = 0;
  moment renewed_sent_{};
  moment renewed_at_{};

  std::uint64_t last_ticket_ = 0;
  /// Joins and renewals whose answers still count.
  std::deque<sent> sent_;
  std::optional<sent> under_way_;
  moment next_renewal_ = moment::min();
  /// A fence or an adoption of which it is not known what came of it.
  std::uint64_t open_ = 0;
  std::int64_t open_against_ = 0;
  bool adopt_again_ = false;
  /// By call, up to which term.
  std::map<std::string, std::int64_t> parted_;
  std::size_t room_ = 0;
  bool left_ = false;
};

}  // namespace tandem::leases
