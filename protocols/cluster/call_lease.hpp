#pragma once

#include "protocols/cluster/lease.hpp"
#include "protocols/cluster/permission.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace tandem::leases {

/// Gives a call away: whoever gets it may take it.
struct offer {
  std::string call_id;
  node_id from;
  std::int64_t term = 0;
};

/// One call, as a node knows whose it is. It belongs to an epoch of that node and ends with it.
class call_lease {
 public:
  enum class phase : std::uint8_t {
    asking,   ///< the store is to be asked, again until it answers
    held,     ///< this node's
    offered,  ///< given away; until that is settled nobody acts here
    gone      ///< another's, or over
  };

  using request = std::variant<claim, take>;

  /// A call that rang at this node.
  call_lease(node_id self, std::shared_ptr<const permission> permitted, claim wanted);
  /// A call that was offered to this node.
  call_lease(node_id self, std::shared_ptr<const permission> permitted, const offer& from);
  /// A call that this node has adopted.
  call_lease(node_id self, std::shared_ptr<const permission> permitted, lease adopted);

  /// Whether a command or audio may go out now.
  bool may_act(moment now) const { return phase_ == phase::held && permitted_->valid(now); }

  phase where() const { return phase_; }

  /// The lease as it was last seen; when the call is another's, that one's.
  const lease& known() const { return known_; }

  /// What to ask the store: whose the call is, or, when it is offered, to have it back. Nothing otherwise.
  std::optional<request> wanted() const;

  /// The store's answer to that, however late: the lease that holds, or none. Without any answer ask again.
  /// An adoption that names this call is one too.
  phase learn(const std::vector<lease>& answer);

  /// Stops acting and gives the call away; nothing when it is not held.
  std::optional<offer> give_away();

  /// The one it was offered to in this term has it.
  void handed_over(std::int64_t term);

  /// The call is over: stops acting for good and gives the request that ends the lease. Nothing when it is
  /// another's, and while the store is still asked: then again once it has answered. The request is to be
  /// sent until it is answered, and later answers to `wanted` mean nothing.
  std::optional<release> end();

 private:
  node_id self_;
  std::shared_ptr<const permission> permitted_;
  phase phase_ = phase::asking;
  lease known_;
  request wanted_;
};

}  // namespace tandem::leases
