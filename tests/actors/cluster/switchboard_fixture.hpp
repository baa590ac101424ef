#pragma once

#include "actors/admission.hpp"
#include "actors/cluster/call_pass.hpp"
#include "actors/cluster/switchboard.hpp"
#include "tests/actors/cluster/fake_lease_store.hpp"
#include "tests/actors/fixture.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

using namespace std::chrono_literals;

/// A node's switchboard with what is around it.
struct board {
  board(lease_rows& shared, std::string name) : who{std::move(name), 1}, store(shared) {}

  double moved(move_reason why, move_outcome what) { return measure.calls_moved(why, what).Value(); }

  cluster::member who;
  scripted_lease_store store;
  prometheus::Registry registry;
  metrics measure{registry};
  std::shared_ptr<admission> door;
  std::vector<admission::place> places;
  probe<node_actor> calls;
  probe<events_actor> events;
  std::shared_ptr<std::atomic<bool>> member = std::make_shared<std::atomic<bool>>(false);
  /// Neither reports nor is told what others report.
  bool is_cut = false;
  switchboard_actor actor;
};

/// Switchboards of several nodes that share a store and live in one process; their nodes are the test.
struct switchboard_fixture : fixture {
  explicit switchboard_fixture(std::initializer_list<std::string> names = {}) { begin(names); }

  ~switchboard_fixture() {
    end_all();
    nodes.clear();
  }

  /// Nodes that know of each other and have joined.
  void begin(std::initializer_list<std::string> names) {
    for (const auto& name : names) start(name);
    for (const auto& one : nodes) {
      for (const auto& other : nodes) {
        if (one != other) join(*one, *other);
      }
    }
    beats(8);
  }

  board& start(const std::string& name, bool is_store_away = false) {
    auto& made = *nodes.emplace_back(std::make_unique<board>(table, name));
    made.store.is_away = is_store_away;
    const admission_limits limits{.max_calls = 10, .calls_per_second = 1000, .max_connections = 1000};
    made.door = std::make_shared<admission>(limits, 1, 100ms, made.measure);
    made.calls = spawn_probe<actor_kind::node, node_actor>();
    made.calls->answer_with(adoption_ruling{.taken = true});
    made.events = spawn_probe<actor_kind::events, events_actor>();
    const switchboard_settings how{
        .rules = {}, .self = {.name = name}, .who = made.who, .member = made.member};
    made.actor = owned(spawn_switchboard(host, how, made.store, made.door, made.events.handle, made.measure));
    tell(made.actor, begin_switchboard{made.calls.handle});
    return made;
  }

  void join(board& at, const board& who) {
    tell(at.actor, node_joined{who.who, {who.actor, who.events.handle, "ws://" + who.who.name}});
  }

  /// It ends as a process does that is killed; the others do not know yet.
  void kill(board& which) {
    end(which.actor, caf::exit_reason::kill);
    which.actor = switchboard_actor{};
  }

  /// The others know that a node is gone.
  void miss(const board& which) {
    for (const auto& each : nodes) {
      if (each->actor && each.get() != &which) tell(each->actor, node_left{which.who, "it is gone"});
    }
  }

  /// Everybody reports to everybody, and a quarter of a second passes, so many times.
  void beats(int count) {
    for (int n = 0; n < count; ++n) {
      for (const auto& of : nodes) {
        if (of->actor && !of->is_cut) report(*of);
      }
      host.advance(250ms);
    }
  }

  void report(const board& of) {
    const auto why = of.door->outlook(host.now());
    const node_reported said{{.who = of.who,
                              .sequence = ++reports,
                              .calls = of.door->calls(),
                              .max_calls = of.door->limits().max_calls,
                              .outlook = why == refusal::none ? "" : std::string(to_string(why)),
                              .draining = of.door->draining()}};
    for (const auto& each : nodes) {
      if (each->actor && !each->is_cut) tell(each->actor, said);
    }
  }

  /// It has so many calls more.
  void load(board& which, int calls) {
    for (int n = 0; n < calls; ++n) {
      auto place = which.door->admit(host.now());
      REQUIRE(place.has_value());
      which.places.push_back(std::move(*place));
    }
  }

  template <class Answer, class Question>
  Answer ask(const board& whom, Question question, std::chrono::milliseconds wait = 0ms) {
    caf::scoped_actor self(system);
    auto request = self->request(whom.actor, 5s, std::move(question));
    host.advance(wait);
    Answer out;
    request.receive([&](const Answer& answer) { out = answer; },
                    [](const caf::error&) { FAIL("no answer"); });
    return out;
  }

  /// A call that rang at this node, with its pass.
  std::shared_ptr<const call_pass> ring(const board& at, const std::string& id, const std::string& leg) {
    const auto ruling = ask<claim_ruling>(at, claim_call{id, leg});
    CHECK(ruling.whose == claim_outcome::ours);
    REQUIRE(ruling.pass);
    return ruling.pass;
  }

  bool holds(const std::shared_ptr<const call_pass>& pass) const { return pass->valid(host.now()); }

  /// Who has the call, as the store says.
  std::string owner(const std::string& id) { return table.calls.at(id).what.owner.name; }

  /// What this node keeps of another one's call.
  std::string copy_at(const board& at, const std::string& id) {
    const auto found = ask<found_copies>(at, find_copies{{id}}).copies;
    return found.empty() ? "" : found.front().value;
  }

  lease_rows table;
  std::vector<std::unique_ptr<board>> nodes;
  std::uint64_t reports = 0;
};

}  // namespace tandem::test
