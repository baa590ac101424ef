#pragma once

// How the messages of cluster/messages.hpp are taken apart and put together.

namespace tandem {

namespace telnyx {

template <class Inspector>
auto inspect(Inspector& f, webhook& x) {
  return f(caf::meta::type_name("webhook"), x.id, x.event_type, x.type, x.occurred_at, x.attempt,
           x.call_control_id, x.call_leg_id, x.call_session_id, x.connection_id, x.client_state, x.from, x.to,
           x.direction, x.state, x.hangup_cause, x.hangup_source, x.sip_hangup_cause, x.stream_id,
           x.stream_url, x.failure_reason, x.digit, x.result);
}

}  // namespace telnyx

namespace leases {

template <class Inspector>
auto inspect(Inspector& f, node_id& x) {
  return f(caf::meta::type_name("node_id"), x.name, x.epoch);
}

template <class Inspector>
auto inspect(Inspector& f, question& x) {
  return f(caf::meta::type_name("question"), x.asker, x.asked, x.renewals);
}

template <class Inspector>
auto inspect(Inspector& f, promise& x) {
  return f(caf::meta::type_name("promise"), x.by, x.to, x.asked);
}

template <class Inspector>
auto inspect(Inspector& f, offer& x) {
  return f(caf::meta::type_name("offer"), x.call_id, x.from, x.term);
}

}  // namespace leases

namespace cluster {

template <class Inspector>
auto inspect(Inspector& f, member& x) {
  return f(caf::meta::type_name("member"), x.name, x.epoch);
}

template <class Inspector>
auto inspect(Inspector& f, hello& x) {
  return f(caf::meta::type_name("hello"), x.protocol, x.version, x.who, x.address, x.terms);
}

template <class Inspector>
auto inspect(Inspector& f, ruling& x) {
  return f(caf::meta::type_name("ruling"), x.why, x.what);
}

template <class Inspector>
auto inspect(Inspector& f, process_use& x) {
  return f(caf::meta::type_name("process_use"), x.memory_bytes, x.cpu_ms);
}

template <class Inspector>
auto inspect(Inspector& f, report& x) {
  return f(caf::meta::type_name("report"), x.who, x.sequence, x.calls, x.max_calls, x.outlook, x.draining,
           x.store_behind, x.uses, x.adopted, x.given_away, x.sees);
}

template <class Inspector>
auto inspect(Inspector& f, node_view& x) {
  return f(caf::meta::type_name("node_view"), x.who, x.state, x.address, x.version, x.last, x.last_report_ms,
           x.why);
}

template <class Inspector>
auto inspect(Inspector& f, blind_pair& x) {
  return f(caf::meta::type_name("blind_pair"), x.who, x.whom);
}

}  // namespace cluster

template <class Inspector>
auto inspect(Inspector& f, greet_node& x) {
  return f(caf::meta::type_name("greet_node"), x.from, x.front, x.contact);
}

template <class Inspector>
auto inspect(Inspector& f, greeting_ruling& x) {
  return f(caf::meta::type_name("greeting_ruling"), x.from, x.ruling, x.contact);
}

template <class Inspector>
auto inspect(Inspector& f, node_report& x) {
  return f(caf::meta::type_name("node_report"), x.said);
}

template <class Inspector>
auto inspect(Inspector& f, say_goodbye& x) {
  return f(caf::meta::type_name("say_goodbye"), x.who);
}

template <class Inspector>
auto inspect(Inspector& f, goodbye_heard&) {
  return f(caf::meta::type_name("goodbye_heard"));
}

template <class Inspector>
auto inspect(Inspector& f, begin_cluster& x) {
  return f(caf::meta::type_name("begin_cluster"), x.address, x.contact);
}

template <class Inspector>
auto inspect(Inspector& f, leave_cluster&) {
  return f(caf::meta::type_name("leave_cluster"));
}

template <class Inspector>
auto inspect(Inspector& f, cluster_left&) {
  return f(caf::meta::type_name("cluster_left"));
}

template <class Inspector>
auto inspect(Inspector& f, list_nodes&) {
  return f(caf::meta::type_name("list_nodes"));
}

template <class Inspector>
auto inspect(Inspector& f, node_list& x) {
  return f(caf::meta::type_name("node_list"), x.nodes, x.split, x.blind);
}

template <class Inspector>
auto inspect(Inspector& f, node_joined& x) {
  return f(caf::meta::type_name("node_joined"), x.who, x.contact);
}

template <class Inspector>
auto inspect(Inspector& f, node_left& x) {
  return f(caf::meta::type_name("node_left"), x.who, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, watch_cluster& x) {
  return f(caf::meta::type_name("watch_cluster"), x.watcher);
}

template <class Inspector>
auto inspect(Inspector& f, node_contact& x) {
  return f(caf::meta::type_name("node_contact"), x.peer, x.events, x.media_url);
}

template <class Inspector>
auto inspect(Inspector& f, node_reported& x) {
  return f(caf::meta::type_name("node_reported"), x.said);
}

template <class Inspector>
auto inspect(Inspector& f, claim_call& x) {
  return f(caf::meta::type_name("claim_call"), x.call_id, x.carrier_call_id);
}

template <class Inspector>
auto inspect(Inspector& f, keep_value& x) {
  return f(caf::meta::type_name("keep_value"), x.call_id, x.value, x.settled);
}

template <class Inspector>
auto inspect(Inspector& f, move_call& x) {
  return f(caf::meta::type_name("move_call"), x.call_id, x.value);
}

template <class Inspector>
auto inspect(Inspector& f, move_ruling& x) {
  return f(caf::meta::type_name("move_ruling"), x.moved, x.node, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, end_lease& x) {
  return f(caf::meta::type_name("end_lease"), x.call_id);
}

template <class Inspector>
auto inspect(Inspector& f, find_anywhere& x) {
  return f(caf::meta::type_name("find_anywhere"), x.id);
}

template <class Inspector>
auto inspect(Inspector& f, route_order& x) {
  return f(caf::meta::type_name("route_order"), x.command);
}

template <class Inspector>
auto inspect(Inspector& f, place_ruling& x) {
  return f(caf::meta::type_name("place_ruling"), x.here, x.answer);
}

template <class Inspector>
auto inspect(Inspector& f, find_door& x) {
  return f(caf::meta::type_name("find_door"), x.call_id);
}

template <class Inspector>
auto inspect(Inspector& f, node_door& x) {
  return f(caf::meta::type_name("node_door"), x.node, x.media_url);
}

template <class Inspector>
auto inspect(Inspector& f, begin_switchboard& x) {
  return f(caf::meta::type_name("begin_switchboard"), x.node);
}

template <class Inspector>
auto inspect(Inspector& f, leave_calls&) {
  return f(caf::meta::type_name("leave_calls"));
}

template <class Inspector>
auto inspect(Inspector& f, calls_left&) {
  return f(caf::meta::type_name("calls_left"));
}

template <class Inspector>
auto inspect(Inspector& f, lease_question& x) {
  return f(caf::meta::type_name("lease_question"), x.question);
}

template <class Inspector>
auto inspect(Inspector& f, lease_promise& x) {
  return f(caf::meta::type_name("lease_promise"), x.promise);
}

template <class Inspector>
auto inspect(Inspector& f, keep_copy& x) {
  return f(caf::meta::type_name("keep_copy"), x.owner, x.call_id, x.term, x.version, x.value);
}

template <class Inspector>
auto inspect(Inspector& f, drop_copy& x) {
  return f(caf::meta::type_name("drop_copy"), x.call_id);
}

template <class Inspector>
auto inspect(Inspector& f, find_copies& x) {
  return f(caf::meta::type_name("find_copies"), x.call_ids);
}

template <class Inspector>
auto inspect(Inspector& f, found_copies& x) {
  return f(caf::meta::type_name("found_copies"), x.copies);
}

template <class Inspector>
auto inspect(Inspector& f, offer_call& x) {
  return f(caf::meta::type_name("offer_call"), x.offer, x.version, x.value);
}

template <class Inspector>
auto inspect(Inspector& f, offer_ruling& x) {
  return f(caf::meta::type_name("offer_ruling"), x.taken, x.why);
}

template <class Inspector>
auto inspect(Inspector& f, forward_webhook& x) {
  return f(caf::meta::type_name("forward_webhook"), x.event, x.begins);
}

}  // namespace tandem
