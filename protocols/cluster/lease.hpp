#pragma once

#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Who may act on a call, when several nodes share a store.
namespace tandem::leases {

/// One life of a node: the store numbers each start of any node with an epoch of its own, and larger ones
/// later.
struct node_id {
  std::string name;
  std::int64_t epoch = 0;

  bool operator==(const node_id&) const = default;
};

/// What every node of a cluster goes by; all of them need the same.
struct lease_rules {
  std::chrono::milliseconds heartbeat{250};
  /// Nobody fences a node that has renewed, or whom it has promised not to, within this time.
  std::chrono::milliseconds timeout{1000};
  /// So long a node acts without the store, while all members promise; and so long whoever it did not know
  /// waits before fencing it.
  std::chrono::milliseconds outage{std::chrono::hours(1)};
  /// By so many thousandths a steady clock may be too fast or too slow.
  unsigned drift = 10;
  /// Calls that are adopted with one request.
  std::size_t at_once = 8;

  /// How much of a time that others wait by their clocks may be used by this one.
  moment::duration safe(std::chrono::milliseconds time) const {
    return moment::duration(time) * (1000 - 2 * static_cast<int>(drift)) / 1000;
  }
};

/// Another node that is not fenced, as the store has it.
struct member {
  node_id node;
  std::string address;
  /// Grows with each renewal.
  std::int64_t renewals = 0;
  /// Up to this epoch it knew all members when it last renewed.
  std::int64_t view = 0;
};

/// What a node learns when it joins or renews.
struct standing {
  /// This epoch never acts again; the rest is then empty.
  bool fenced = false;
  node_id self;
  std::int64_t renewals = 0;
  /// The newest epoch there is: `members` is complete up to it, and without this node.
  std::int64_t view = 0;
  std::vector<member> members;
  /// Some calls belong to nodes that are fenced.
  bool orphans = false;
};

/// Who owns a call.
struct lease {
  std::string call_id;
  /// No two leases have the same; empty until it is known.
  std::string carrier_call_id;
  node_id owner;
  /// Grows with every change of owner, from 1.
  std::int64_t term = 0;
  /// The call is over: nobody owns it again.
  bool ended = false;
  /// What the owner has left for whoever follows it, and which of its versions that is.
  std::string ledger;
  std::int64_t version = 0;
};

/// Calls that a node has taken over from fenced ones.
struct adoption {
  /// Whether the node might; when not, a renewal says more.
  bool stood = false;
  /// All that it has taken and not written a ledger of, those of earlier requests too.
  std::vector<lease> calls;
};

/// Requests to the store; each is one transaction. Answers may be lost though it was done.

/// Starts an epoch. The answer is `standing`.
struct join {
  std::string name;
  std::string address;
};

/// Renews; refused only when the epoch is fenced. `view` is that of the last answer. `alone` fences every
/// earlier epoch of this name at once, without any waiting. The answer is `standing`.
struct renew {
  std::int64_t epoch = 0;
  std::int64_t view = 0;
  bool alone = false;
};

/// Fences another node, if it has not renewed since (`seen`), and this one neither (`renewals`): an attempt
/// whose answer was lost is void once a later renewal is answered. The answer: whether that node is fenced.
struct fence {
  std::int64_t epoch = 0;
  std::int64_t renewals = 0;
  std::int64_t whom = 0;
  std::int64_t seen = 0;
};

/// Takes at most so many calls of fenced nodes; void like `fence`. The answer is `adoption`.
struct adopt {
  std::int64_t epoch = 0;
  std::int64_t renewals = 0;
  std::size_t most = 0;
};

/// Makes a call one's own, if no other lease has its carrier's id; once more to say that id when it was not
/// known before. The answer is the lease that holds, whosever it is, or none when the epoch is fenced.
struct claim {
  std::int64_t epoch = 0;
  std::string call_id;
  std::string carrier_call_id;
};

/// Takes a call in this term from an owner that has offered it, or is fenced. The answer is the lease that
/// holds then, or none.
struct take {
  std::int64_t epoch = 0;
  std::string call_id;
  std::int64_t from = 0;
  std::int64_t term = 0;
};

/// Leaves a ledger with a call that is one's own in this term; an older version never replaces a newer one.
/// The answer: whether this version is there.
struct keep_ledger {
  std::int64_t epoch = 0;
  std::string call_id;
  std::int64_t term = 0;
  std::int64_t version = 0;
  std::string ledger;
};

/// Ends the lease of a call that is over; it stays for a day, lest the call be claimed once more. The answer:
/// whether it was one's own.
struct release {
  std::int64_t epoch = 0;
  std::string call_id;
};

/// Ends an epoch that owns no call any more. The answer is true.
struct leave {
  std::int64_t epoch = 0;
};

/// The lease of a call, or else of the one with that id of the carrier's, or none.
struct find_lease {
  std::string call_id;
  std::string carrier_call_id;
};

}  // namespace tandem::leases
