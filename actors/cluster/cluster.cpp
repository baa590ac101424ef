#include "actors/cluster/cluster.hpp"

#include "actors/cluster/cluster_state.hpp"
#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;
using cluster::change;
using cluster::fault;
using cluster::member;
using cluster::node_state;

/// Short, since this node is about to end.
constexpr auto goodbye_limit = 1s;
constexpr std::size_t most_watchers = 16;

std::uint64_t count_of(const prometheus::Counter& counter) {
  return static_cast<std::uint64_t>(counter.Value());
}

}  // namespace

void cluster_state::begin(const begin_cluster& command) {
  members.listen_at(command.address);
  contact = command.contact;
  ask_node();
  // Nodes that start together are not to connect to each other at the same moment.
  beat_after(back_off(static_cast<std::uint32_t>(how.self.who.epoch)).spread());
}

void cluster_state::beat_after(std::chrono::milliseconds wait) {
  next_beat = self->home().at(now() + wait, [this] { self->guard([this] { beat(); }); });
}

void cluster_state::beat() {
  beat_after(how.heartbeat);
  tell(members.look(now()));
  ask_node();
  ++sequence;
  const node_report message{describe()};
  for (const auto& [who, other] : connected) self->send(other.front, message);
  tell_watchers(node_reported{message.said});
  look_around();
  show();
}

void cluster_state::ask_node() {
  if (std::exchange(asks_node, true)) return;
  self->request(node, how.timeout, describe_node{})
      .then(
          [this](const node_description& now_so) {
            asks_node = false;
            own = now_so;
            described = now();
          },
          [this](const caf::error&) { asks_node = false; });
}

cluster::report cluster_state::describe() const {
  // A node that does not answer its own cluster does not take calls either.
  const bool answers = now() - described <= how.timeout + how.heartbeat;
  const auto outlook = answers ? own.outlook : refusal::loop_lag;
  return {.who = how.self.who,
          .sequence = sequence,
          .calls = own.calls,
          .max_calls = own.max_calls,
          .outlook = outlook == refusal::none ? "" : std::string(to_string(outlook)),
          .draining = own_state() == node_state::draining,
          .store_behind = measure->store_journal_bytes->Value() > 0,
          .uses = how.measure_use ? how.measure_use() : cluster::process_use{},
          .adopted = count_of(measure->calls_moved(move_reason::node_lost, move_outcome::resumed)) +
                     count_of(measure->calls_moved(move_reason::node_lost, move_outcome::begun_anew)),
          .given_away = count_of(measure->calls_moved(move_reason::drain, move_outcome::moved)),
          .sees = members.seen(now())};
}

void cluster_state::show() {
  auto counts = members.count(now());
  ++counts[static_cast<std::size_t>(own_state())];
  for (std::size_t n = 0; n < counts.size(); ++n)
    measure->cluster_nodes(static_cast<node_state>(n)).Set(static_cast<double>(counts[n]));
  measure->cluster_split->Set(members.is_split() ? 1 : 0);
}

greeting_ruling cluster_state::on_greeting(const greet_node& message) {
  if (leaving) return {members.self(), {fault::leaving, "it is about to end"}, {}};
  if (!contact) return {members.self(), {fault::leaving, "it is about to begin"}, {}};
  if (message.from.who == how.self.who) return {members.self(), {}, {}};
  if (!message.front) return {members.self(), {fault::malformed, "it names nobody to report to"}, {}};
  auto verdict = members.meet(message.from, now());
  if (verdict.why != fault::none) return {members.self(), std::move(verdict), {}};
  keep(message.from.who, message.front, message.contact);
  return {members.self(), {}, *contact};
}

/// Whether the message that is being handled comes from this node.
bool cluster_state::is_from(const member& who) {
  const auto known = connected.find(who);
  return known != connected.end() &&
         known->second.front.address() == caf::actor_cast<caf::actor_addr>(self->current_sender());
}

void cluster_state::on_report(const node_report& message) {
  if (is_from(message.said.who) && members.hear(message.said, now()))
    tell_watchers(node_reported{message.said});
}

void cluster_state::on_goodbye(const say_goodbye& message) {
  if (!is_from(message.who)) return;
  members.part(message.who);
  drop(message.who);
}

node_contact cluster_state::contact_of(const member& who) const {
  const auto known = connected.find(who);
  return known == connected.end() ? node_contact{} : known->second.contact;
}

void cluster_state::tell(const std::vector<change>& changes) {
  for (const auto& each : changes) {
    log(each);
    if (each.what == change::kind::joined) {
      told.insert(each.who);
      tell_watchers(node_joined{each.who, contact_of(each.who)});
    }
    if (each.what == change::kind::left) {
      told.erase(each.who);
      tell_watchers(node_left{each.who, each.why});
    }
    if (each.what == change::kind::split) measure->cluster_splits_total->Increment();
  }
}

void cluster_state::log(const change& what) const {
  switch (what.what) {
    case change::kind::joined:
      return spdlog::info("node joined the cluster node={} epoch={}", what.who.name, what.who.epoch);
    case change::kind::left:
      return spdlog::warn("node left the cluster node={} epoch={} reason=\"{}\"", what.who.name,
                          what.who.epoch, what.why);
    case change::kind::refused:
      if (what.who.name == how.self.who.name && what.who.epoch < how.self.who.epoch)
        spdlog::critical("another node has this node's name and was first node={}", what.who.name);
      return spdlog::error("node refused node={} epoch={} reason=\"{}\"", what.who.name, what.who.epoch,
                           what.why);
    case change::kind::split:
      return spdlog::error("cluster is split reason=\"{}\"", what.why);
    case change::kind::whole:
      return spdlog::info("cluster is whole again");
  }
}

void cluster_state::watch(const watch_cluster& command) {
  if (!command.watcher || watchers.size() >= most_watchers) return;
  watchers.push_back(command.watcher);
  self->monitor(command.watcher);
  for (const auto& each : members.nodes(now())) {
    if (each.state == node_state::alive || each.state == node_state::draining)
      self->send(command.watcher, node_joined{each.who, contact_of(each.who)});
  }
}

node_list cluster_state::list() const {
  node_list out{.split = members.is_split(), .blind = members.blind()};
  const auto& me = members.self();
  auto said = describe();
  out.nodes.push_back({.who = me.who,
                       .state = own_state(),
                       .address = me.address,
                       .version = me.version,
                       .last = std::move(said),
                       .last_report_ms = 0});
  for (auto& each : members.nodes(now())) out.nodes.push_back(std::move(each));
  return out;
}

caf::typed_response_promise<cluster_left> cluster_state::leave() {
  auto promise = self->make_response_promise<cluster_left>();
  awaiting_leave.push_back(promise);
  if (std::exchange(leaving, true)) {
    settle_leave();
    return promise;
  }
  next_beat.cancel();
  reaching.clear();
  looking_up.clear();
  goodbyes = connected.size();
  const auto heard = [this] {
    --goodbyes;
    settle_leave();
  };
  for (const auto& [who, other] : connected) {
    self->request(other.front, goodbye_limit, say_goodbye{how.self.who})
        .then([heard](const goodbye_heard&) { heard(); }, [heard](const caf::error&) { heard(); });
  }
  settle_leave();
  return promise;
}

/// Answers those who wait once everybody has heard it.
void cluster_state::settle_leave() {
  if (goodbyes > 0) return;
  for (auto& promise : std::exchange(awaiting_leave, {})) promise.deliver(cluster_left{});
}

namespace {

cluster_actor::behavior_type take_part(cluster_pointer self, const cluster_settings& settings,
                                       node_actor node, peer_network* network, metrics* measure) {
  auto& state = self->state;
  state.self = self;
  state.how = settings;
  state.node = std::move(node);
  state.network = network;
  state.measure = measure;
  const auto seed = std::hash<std::string>{}(settings.self.who.name) + settings.self.who.epoch;
  state.members = cluster::membership(
      settings.self, {.timeout = settings.timeout,
                      .settling = std::max<std::chrono::milliseconds>(5s, 2 * settings.timeout)});
  state.book = address_book(settings.discovery, static_cast<std::uint32_t>(seed));
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  return {
      [&state](const greet_node& message) { return state.on_greeting(message); },
      [&state](const node_report& message) { state.on_report(message); },
      [&state](const say_goodbye& message) {
        state.on_goodbye(message);
        return goodbye_heard{};
      },
      [&state](const begin_cluster& command) { state.begin(command); },
      [&state](const leave_cluster&) { return state.leave(); },
      [&state](const list_nodes&) { return state.list(); },
      [&state](const watch_cluster& command) { state.watch(command); },
  };
}

}  // namespace

cluster_actor spawn_cluster(loop& home, const cluster_settings& settings, node_actor node,
                            peer_network& network, metrics& measure) {
  return spawn_on<cluster_actor>(home, take_part, settings, std::move(node), &network, &measure);
}

}  // namespace tandem
