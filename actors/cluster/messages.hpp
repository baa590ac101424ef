#pragma once

// What nodes say to each other, and a node to its switchboard; a part of messages.hpp, which includes this.

#include "protocols/cluster/call_lease.hpp"
#include "protocols/cluster/promises.hpp"
#include "protocols/telnyx/webhook.hpp"

namespace tandem {

// ---- a call and the switchboard ----

/// Whose is this call: one that rang here or is to be placed here, or of which the carrier's id has become
/// known? When nobody has it, it is this node's from now on.
struct claim_call {
  std::string call_id;
  /// Empty while the carrier has not named it.
  std::string carrier_call_id;
};

/// Whom a call belongs to.
enum class claim_outcome : std::uint8_t {
  ours,
  anothers,
  /// Nobody can tell, since the store is away: then whoever's first command the carrier accepts has it.
  /// `forsake_call` follows if it turns out to be another's.
  unknown
};

/// The answer to `claim_call`; before each command and each piece of audio the pass has to be valid. Never
/// leaves the process.
struct claim_ruling {
  claim_outcome whose = claim_outcome::unknown;
  std::shared_ptr<const call_pass> pass;
};

/// Keep this for the next owner of the call: at another node at once, and in the store when it is `settled`
/// (a turn is over, say) or has not been kept there for some seconds.
struct keep_value {
  std::string call_id;
  /// See `call_value`.
  std::string value;
  bool settled = false;
};

/// Give the call to another node. Until the answer comes the pass is not valid; with `moved` it never is
/// again.
struct move_call {
  std::string call_id;
  std::string value;
};

/// Whether another node has it; if not, it goes on here.
struct move_ruling {
  bool moved = false;
  /// Who has it, or why nobody has.
  std::string node;
  std::string why;
};

/// The call is over: nobody owns it again.
struct end_lease {
  std::string call_id;
};

// ---- the node and the switchboard ----

/// A webhook for which no call is here. With `begins` it is a caller's who has no call: the least loaded node
/// is to take them. Never leaves the process.
struct route_webhook {
  std::shared_ptr<const telnyx::webhook> event;
  bool begins = false;
};

/// A call is to be placed, whose id is known: the least loaded node is to place it.
struct route_order {
  place_call command;
};

/// What became of it.
struct place_ruling {
  /// Whether it is this node's to place; otherwise another one has answered.
  bool here = true;
  placed_call answer;
};

// ---- the gateway and the switchboard ----

/// Who owns the call with this id (ours or the carrier's), on whichever node? Answered as `find_owner`.
struct find_anywhere {
  std::string id;
};

/// Where is the stream of this call to go?
struct find_door {
  std::string call_id;
};

/// The node whose call it is; empty when nobody has it or that node cannot be reached.
struct node_door {
  std::string node;
  /// See `node_contact`.
  std::string media_url;
};

/// Here is the node whose calls these are.
struct begin_switchboard {
  node_actor node;
};

/// All calls are over or given away: end the epoch.
struct leave_calls {};

/// It is done, or the store is away.
struct calls_left {};

/// Go on with what was waiting for the store. Never leaves the process.
struct lease_answered {
  std::shared_ptr<const std::function<void()>> go_on;
};

// ---- switchboards of different nodes ----

/// Asks the other one not to fence this one; and its answer.
struct lease_question {
  leases::question question;
};
struct lease_promise {
  leases::promise promise;
};

/// Keep this copy of what a call's next owner needs; a newer one (`term`, then `version`) replaces it.
struct keep_copy {
  leases::node_id owner;
  std::string call_id;
  std::int64_t term = 0;
  std::int64_t version = 0;
  std::string value;
};

/// The call is over, or kept elsewhere.
struct drop_copy {
  std::string call_id;
};

/// Which copies are there of these calls?
struct find_copies {
  std::vector<std::string> call_ids;
};
struct found_copies {
  std::vector<keep_copy> copies;
};

/// Take this call, if there is room.
struct offer_call {
  leases::offer offer;
  std::int64_t version = 0;
  std::string value;
};

/// Whether it goes on there.
struct offer_ruling {
  bool taken = false;
  std::string why;
};

/// See `route_webhook`.
struct forward_webhook {
  telnyx::webhook event;
  bool begins = false;
};

/// What nodes say to each other about calls. All requests have a deadline, and none is passed on to a third
/// node.
using peer_actor = caf::typed_actor<                         //
    caf::reacts_to<lease_question>,                          //
    caf::reacts_to<lease_promise>,                           //
    caf::reacts_to<keep_copy>, caf::reacts_to<drop_copy>,    //
    caf::replies_to<find_copies>::with<found_copies>,        //
    caf::replies_to<offer_call>::with<offer_ruling>,         //
    caf::replies_to<forward_webhook>::with<webhook_ruling>,  //
    caf::replies_to<place_call>::with<placed_call>,          //
    caf::replies_to<find_owner>::with<call_owner>>;

// ---- who is there ----

struct greet_node;
struct greeting_ruling;
struct node_report;
struct say_goodbye;
struct goodbye_heard;

/// What nodes know of each other, over the network. It never changes: what nodes say beside this gets a
/// handle of its own, so that those of two versions can go on with each other.
using cluster_front = caf::typed_actor<                  //
    caf::replies_to<greet_node>::with<greeting_ruling>,  //
    caf::reacts_to<node_report>,                         //
    caf::replies_to<say_goodbye>::with<goodbye_heard>>;

/// Where a node can be had for all that has to do with calls.
struct node_contact {
  peer_actor peer;
  event_source events;
  /// Its carrier side, for streams that reached another node: `ws://HOST:PORT` or `wss://…`.
  std::string media_url;
};

/// This is who I am; may I take part? From then on reports go to `front`.
struct greet_node {
  cluster::hello from;
  cluster_front front;
  node_contact contact;
};

/// Who was greeted, and whether the other one may take part.
struct greeting_ruling {
  cluster::hello from;
  cluster::ruling ruling;
  node_contact contact;
};

/// This is how I am.
struct node_report {
  cluster::report said;
};

/// I am about to end.
struct say_goodbye {
  cluster::member who;
};

/// It is known.
struct goodbye_heard {};

/// Take part from now on; other nodes reach this one here.
struct begin_cluster {
  std::string address;
  node_contact contact;
};

/// Say goodbye to the other nodes; answered when they know, or do not answer.
struct leave_cluster {};

/// It is done.
struct cluster_left {};

/// Which nodes are there?
struct list_nodes {};

/// The nodes, this one first.
struct node_list {
  std::vector<cluster::node_view> nodes;
  bool split = false;
  /// Who does not see whom.
  std::vector<cluster::blind_pair> blind;
};

/// A node is alive, for the first time or again, or can be had elsewhere than before.
struct node_joined {
  cluster::member who;
  node_contact contact;
};

/// A node said goodbye, or has not reported for longer than the timeout: it may live on where this one
/// cannot see it.
struct node_left {
  cluster::member who;
  std::string why;
};

/// How a node is by now, this one included; every heartbeat.
struct node_reported {
  cluster::report said;
};

/// Is told who comes and goes, and how they are.
using cluster_watcher =
    caf::typed_actor<caf::reacts_to<node_joined>, caf::reacts_to<node_left>, caf::reacts_to<node_reported>>;

/// Tell this one who comes and goes, beginning with those who are there.
struct watch_cluster {
  cluster_watcher watcher;
};

/// Knows which other nodes there are.
using cluster_actor = caf::typed_actor<                  //
    caf::replies_to<greet_node>::with<greeting_ruling>,  // from other nodes
    caf::reacts_to<node_report>,                         //
    caf::replies_to<say_goodbye>::with<goodbye_heard>,   //
    caf::reacts_to<begin_cluster>,                       // from the gateway
    caf::replies_to<leave_cluster>::with<cluster_left>,  //
    caf::replies_to<list_nodes>::with<node_list>,        // from the API
    caf::reacts_to<watch_cluster>>;

/// Knows whose each call is, and joins nodes to one: see `peer_actor` for what other nodes ask.
using switchboard_actor = caf::typed_actor<                                       //
    caf::replies_to<claim_call>::with<claim_ruling>, caf::reacts_to<keep_value>,  // from calls
    caf::replies_to<move_call>::with<move_ruling>, caf::reacts_to<end_lease>,     //
    caf::replies_to<route_webhook>::with<webhook_ruling>,                         // from the node
    caf::replies_to<route_order>::with<place_ruling>,                             //
    caf::replies_to<find_anywhere>::with<call_owner>,
    caf::replies_to<find_door>::with<node_door>,                                        // from the gateway
    caf::reacts_to<begin_switchboard>, caf::replies_to<leave_calls>::with<calls_left>,  //
    caf::reacts_to<node_joined>, caf::reacts_to<node_left>,
    caf::reacts_to<node_reported>,                                  // from the cluster
    caf::reacts_to<lease_answered>,                                 // from the store
    caf::reacts_to<lease_question>, caf::reacts_to<lease_promise>,  // from peers
    caf::reacts_to<keep_copy>, caf::reacts_to<drop_copy>,           //
    caf::replies_to<find_copies>::with<found_copies>,               //
    caf::replies_to<offer_call>::with<offer_ruling>,                //
    caf::replies_to<forward_webhook>::with<webhook_ruling>,         //
    caf::replies_to<place_call>::with<placed_call>,                 //
    caf::replies_to<find_owner>::with<call_owner>>;

}  // namespace tandem
