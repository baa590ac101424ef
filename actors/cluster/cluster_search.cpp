#include "actors/cluster/cluster_state.hpp"

#include <algorithm>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;
using cluster::fault;
using cluster::member;

/// For a connection, a greeting or a lookup.
constexpr auto attempt_limit = 5s;
constexpr std::size_t attempts_at_once = 16;

}  // namespace

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
  self->request(*found, attempt_limit, greet_node{members.self(), cluster_front{self}, contact.value()})
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
  keep(other.who, front, answer.contact);
}

/// Handles of a former connection lead nowhere, even when they are equal to those of this one.
void cluster_state::keep(const member& who, const cluster_front& front, const node_contact& contact_there) {
  auto& known = connected[who];
  known.contact = contact_there;
  if (told.contains(who)) tell_watchers(node_joined{who, contact_there});
  if (known.front == front) return;
  known.front = front;
  monitored[front.address()] = who;
  self->monitor(front);
}

void cluster_state::drop(const member& who) {
  if (const auto gone = connected.extract(who)) monitored.erase(gone.mapped().front.address());
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

}  // namespace tandem
