#pragma once

#include "actors/admission.hpp"
#include "actors/cluster/call_pass.hpp"
#include "actors/cluster/switchboard.hpp"
#include "tests/actors/cluster/fake_lease_store.hpp"
#include "tests/actors/fixture.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
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
  explicit switchboard_fixture(std::initializer_list<std::string> names = {});
  ~switchboard_fixture();

  /// Nodes that know of each other and have joined.
  void begin(std::initializer_list<std::string> names);

  board& start(const std::string& name, bool is_store_away = false);
  void join(board& at, const board& who);

  /// It ends as a process does that is killed; the others do not know yet.
  void kill(board& which);

  /// The others know that a node is gone.
  void miss(const board& which);

  /// Everybody reports to everybody, and a quarter of a second passes, so many times.
  void beats(int count);

  void report(const board& of);

  /// It has so many calls more.
  void load(board& which, int calls);

  /// What a switchboard answers, after this time. What tests ask is instantiated in the source.
  template <class Answer, class Question>
  Answer ask(const board& whom, Question question, std::chrono::milliseconds wait = 0ms);

  /// A call that rang at this node, with its pass.
  std::shared_ptr<const call_pass> ring(const board& at, const std::string& id, const std::string& leg);

  bool holds(const std::shared_ptr<const call_pass>& pass) const { return pass->valid(host.now()); }

  /// Who has the call, as the store says.
  std::string owner(const std::string& id) { return table.calls.at(id).what.owner.name; }

  /// What this node keeps of another one's call.
  std::string copy_at(const board& at, const std::string& id);

  lease_rows table;
  std::vector<std::unique_ptr<board>> nodes;
  std::uint64_t reports = 0;
};

}  // namespace tandem::test
