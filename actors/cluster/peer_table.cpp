#include "actors/cluster/peer_table.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tandem {

peer_node& peer_table::join(const node_joined& event) {
  auto& peer = peers_[event.who];
  if (peer.contact.peer) senders_.erase(peer.contact.peer.address());
  peer.who = event.who;
  peer.contact = event.contact;
  if (peer.contact.peer) senders_[peer.contact.peer.address()] = event.who;
  return peer;
}

std::optional<peer_node> peer_table::leave(const cluster::member& who) {
  auto gone = peers_.extract(who);
  if (!gone) return std::nullopt;
  if (gone.mapped().contact.peer) senders_.erase(gone.mapped().contact.peer.address());
  return std::move(gone.mapped());
}

void peer_table::hear(const cluster::report& said, moment now) {
  auto* peer = find(said.who);
  if (peer == nullptr) return;
  peer->last = said;
  peer->heard = now;
  peer->sent = 0;
}

peer_node* peer_table::find(const cluster::member& who) {
  const auto at = peers_.find(who);
  return at == peers_.end() || !at->second.contact.peer ? nullptr : &at->second;
}

peer_node* peer_table::named(std::string_view name) {
  peer_node* newest = nullptr;
  for (auto at = peers_.lower_bound({std::string(name), 0}); at != peers_.end() && at->first.name == name;
       ++at) {
    if (at->second.contact.peer) newest = &at->second;
  }
  return newest;
}

peer_node* peer_table::living(const leases::node_id& life) {
  auto* peer = named(life.name);
  return peer != nullptr && peer->life.value_or(life) == life ? peer : nullptr;
}

peer_node* peer_table::at(const caf::actor_addr& sender) {
  const auto known = senders_.find(sender);
  return known == senders_.end() ? nullptr : find(known->second);
}

std::vector<peer_node*> peer_table::takers(const names& refused, moment now) {
  std::vector<peer_node*> out;
  for (auto& [who, peer] : peers_) {
    if (peer.contact.peer && peer.heard && now - *peer.heard <= timeout_ && !peer.last.draining &&
        peer.last.outlook.empty() && !refused.contains(who.name))
      out.push_back(&peer);
  }
  return out;
}

peer_node* peer_table::choose(std::optional<double> own_load, const names& refused, moment now) {
  auto all = takers(refused, now);
  if (own_load) all.push_back(nullptr);
  if (all.empty()) return nullptr;
  std::ranges::shuffle(all, random_);
  if (all.size() == 1) return all.front();
  const auto load = [&](const peer_node* each) { return each == nullptr ? *own_load : each->load(); };
  auto *one = all[0], *other = all[1];
  if (load(one) == load(other)) return one == nullptr || other == nullptr ? nullptr : one;
  return load(one) < load(other) ? one : other;
}

peer_node* peer_table::calmest(const names& refused, moment now) {
  const auto all = takers(refused, now);
  const auto least = std::ranges::min_element(all, {}, &peer_node::load);
  return least == all.end() ? nullptr : *least;
}

peer_node* peer_table::next_by_name() {
  // The names make a ring.
  const auto rank = [&](const peer_node& each) {
    return std::tuple(each.last.draining, each.who.name < own_name_, each.who);
  };
  peer_node* next = nullptr;
  for (auto& [who, peer] : peers_) {
    if (peer.contact.peer && (next == nullptr || rank(peer) < rank(*next))) next = &peer;
  }
  return next;
}

}  // namespace tandem
