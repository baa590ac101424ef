#include "actors/cluster/cluster.hpp"

#include "actors/cluster/address_book.hpp"
#include "actors/cluster/peer_network.hpp"
#include "actors/runtime/metrics.hpp"
#include "actors/runtime/pinned.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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

/// For a connection, a greeting or a lookup; and for a goodbye, since this node is about to end.
constexpr auto attempt_limit = 5s;
constexpr auto goodbye_limit = 1s;
constexpr std::size_t attempts_at_once = 16;
constexpr std::size_t most_watchers = 16;

struct cluster_state;
using cluster_pointer = pinned_actor<actor_kind::cluster, cluster_actor, cluster_state>*;
using attempt = std::unique_ptr<network_attempt>;

struct cluster_state {
  cluster_pointer self = nullptr;
  cluster_settings how;
  node_actor node;
  peer_network* network = nullptr;
  metrics* measure = nullptr;
  cluster::membership members{{}, {}};
  address_book book{{}, 0};
  /// The nodes that are connected.
  std::map<member, cluster_front> fronts;
  std::map<caf::actor_addr, member> monitored;
  std::map<cluster::address, attempt> reaching;
  std::map<cluster::address, attempt> looking_up;
  std::vector<cluster_watcher> watchers;
  node_description own;
  moment described{};
  bool asks_node = false;
  std::uint64_t sequence = 0;
  timer next_beat;
  bool leaving = false;
  std::size_t goodbyes = 0;
  std::vector<caf::typed_response_promise<cluster_left>> awaiting_leave;

  static inline const char* name = "cluster";

  moment now() const { return self->home().now(); }
  void begin(const begin_cluster& command);
  void beat_after(std::chrono::milliseconds wait);
  void beat();
  void ask_node();
  node_state own_state() const {
    return leaving || own.outlook == refusal::draining ? node_state::draining : node_state::alive;
  }
  cluster::report describe() const;
  void show();

  // Finding nodes.
  void look_around();
  void on_reached(const cluster::address& where, tl::expected<cluster_front, std::string> found);
  void on_answer(const cluster::address& where, const cluster_front& front, greeting_ruling answer);
  void on_failure(const cluster::address& where, const std::string& why);
  void keep(const member& who, const cluster_front& front);
  void drop(const member& who);
  void on_down(const caf::down_msg& down);

  // What nodes say.
  greeting_ruling on_greeting(const greet_node& message);
  bool is_from(const member& who);
  void on_report(const node_report& message);
  void on_goodbye(const say_goodbye& message);

  // What is told of them.
  void tell(const std::vector<change>& changes);
  void log(const change& what) const;
  template <class Message>
  void tell_watchers(const Message& message) {
    for (const auto& each : watchers) self->send(each, message);
  }
  void watch(const watch_cluster& command);
  node_list list() const;
  caf::typed_response_promise<cluster_left> leave();
  void settle_leave();
};

void cluster_state::begin(const begin_cluster& command) {
  members.listen_at(command.address);
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
  for (const auto& [who, front] : fronts) self->send(front, message);
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
          .sees = members.seen(now())};
}

void cluster_state::show() {
  auto counts = members.count(now());
  ++counts[static_cast<std::size_t>(own_state())];
  for (std::size_t n = 0; n < counts.size(); ++n)
    measure->cluster_nodes(static_cast<node_state>(n)).Set(static_cast<double>(counts[n]));
  measure->cluster_split->Set(members.is_split() ? 1 : 0);
}

void cluster_state::look_around() {
  for (const auto& name : book.take_due_names(now())) {
    looking_up[name] = network->look_up(name.host, attempt_limit, [this, name](auto hosts) {
      self->guard([&] {
        const auto over = looking_up.extract(name);
        book.found(name, hosts, now());
      });
    });
  }
  for (const auto& where :
       book.take_due(now(), attempts_at_once - std::min(attempts_at_once, reaching.size()))) {
    reaching[where] = network->reach(where, attempt_limit, [this, where](auto found) {
      self->guard([&] {
        const auto over = reaching.extract(where);
        on_reached(where, std::move(found));
      });
    });
  }
}

void cluster_state::on_reached(const cluster::address& where,
                               tl::expected<cluster_front, std::string> found) {
  if (!found) return on_failure(where, found.error());
  self->request(*found, attempt_limit, greet_node{members.self(), cluster_front{self}})
      .then([this, where, front = *found](const greeting_ruling& answer) { on_answer(where, front, answer); },
            [this, where](const caf::error& failure) { on_failure(where, caf::to_string(failure)); });
}

void cluster_state::on_failure(const cluster::address& where, const std::string& why) {
  if (book.failed(where, now()))
    spdlog::warn("node cannot be reached address={} error=\"{}\"", to_string(where), why);
}

void cluster_state::on_answer(const cluster::address& where, const cluster_front& front,
                              greeting_ruling answer) {
  auto& other = answer.from;
  if (other.who == how.self.who) return book.led_home(where);
  other.address = to_string(where);
  if (answer.ruling.why == fault::leaving) {
    book.failed(where, now());
    return;
  }
  if (answer.ruling.why != fault::none) {
    members.refused_by(other, answer.ruling, now());
    return book.refused(where, now());
  }
  const auto verdict = members.meet(other, now());
  if (verdict.why == fault::malformed) return on_failure(where, verdict.what);
  if (verdict.why != fault::none) return book.refused(where, now());
  book.led_to(where, other.who);
  keep(other.who, front);
}

void cluster_state::keep(const member& who, const cluster_front& front) {
  auto& known = fronts[who];
  if (known == front) return;
  known = front;
  monitored[front.address()] = who;
  self->monitor(front);
}

void cluster_state::drop(const member& who) {
  if (const auto gone = fronts.extract(who)) monitored.erase(gone.mapped().address());
  book.lost(who, now());
}

void cluster_state::on_down(const caf::down_msg& down) {
  std::erase_if(watchers, [&](const auto& each) { return each.address() == down.source; });
  const auto gone = monitored.find(down.source);
  if (gone == monitored.end()) return;
  const auto who = gone->second;
  spdlog::warn("connection to node lost node={} epoch={} error=\"{}\"", who.name, who.epoch,
               caf::to_string(down.reason));
  members.lose(who);
  drop(who);
}

greeting_ruling cluster_state::on_greeting(const greet_node& message) {
  if (leaving) return {members.self(), {fault::leaving, "it is about to end"}};
  if (message.from.who == how.self.who) return {members.self(), {}};
  if (!message.front) return {members.self(), {fault::malformed, "it names nobody to report to"}};
  auto verdict = members.meet(message.from, now());
  if (verdict.why == fault::none) keep(message.from.who, message.front);
  return {members.self(), std::move(verdict)};
}

/// Whether the message that is being handled comes from this node.
bool cluster_state::is_from(const member& who) {
  const auto known = fronts.find(who);
  return known != fronts.end() &&
         known->second.address() == caf::actor_cast<caf::actor_addr>(self->current_sender());
}

void cluster_state::on_report(const node_report& message) {
  if (is_from(message.said.who)) members.hear(message.said, now());
}

void cluster_state::on_goodbye(const say_goodbye& message) {
  if (!is_from(message.who)) return;
  members.part(message.who);
  drop(message.who);
}

void cluster_state::tell(const std::vector<change>& changes) {
  for (const auto& each : changes) {
    log(each);
    if (each.what == change::kind::joined) tell_watchers(node_joined{each.who});
    if (each.what == change::kind::left) tell_watchers(node_left{each.who, each.why});
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
      self->send(command.watcher, node_joined{each.who});
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
  goodbyes = fronts.size();
  const auto heard = [this] {
    --goodbyes;
    settle_leave();
  };
  for (const auto& [who, front] : fronts) {
    self->request(front, goodbye_limit, say_goodbye{how.self.who})
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
