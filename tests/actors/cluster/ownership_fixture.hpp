#pragma once

#include "actors/cluster/ownership.hpp"
#include "tests/actors/cluster/fake_lease_store.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

/// An answer that may come later, and outlive whoever waits for it.
template <class Answer>
using later_answer = std::shared_ptr<std::optional<Answer>>;

/// One of the nodes that share a store.
struct owning_node {
  owning_node(test_loop& host, metrics& measure, lease_rows& rows, const std::string& name, bool alone)
      : store(rows),
        own(
            host, store, [&host](std::function<void()> call) { host.post(std::move(call)); }, {},
            {.name = name, .address = {}},
            {.adopted =
                 [this](std::vector<owned_lease> calls) {
                   for (auto& each : calls) adopted.push_back(std::move(each));
                 },
             .fenced = [this] { ++fences; },
             .lost = [this](const std::string& call_id) { lost.push_back(call_id); }},
            &measure, alone) {}

  later_answer<claim_ruling> claim(const std::string& call_id, const std::string& carrier_call_id) {
    auto out = std::make_shared<std::optional<claim_ruling>>();
    own.claim({.call_id = call_id, .carrier_call_id = carrier_call_id},
              [out](claim_ruling what) { *out = std::move(what); });
    return out;
  }

  later_answer<std::optional<owned_lease>> take(const leases::offer& from) {
    auto out = std::make_shared<std::optional<std::optional<owned_lease>>>();
    own.take(from, [out](std::optional<owned_lease> what) { *out = std::move(what); });
    return out;
  }

  later_answer<bool> take_back(const std::string& call_id) {
    auto out = std::make_shared<std::optional<bool>>();
    own.take_back(call_id, [out](bool is_ours) { *out = is_ours; });
    return out;
  }

  later_answer<std::optional<leases::lease>> find(const std::string& id) {
    auto out = std::make_shared<std::optional<std::optional<leases::lease>>>();
    own.find(id, [out](std::optional<leases::lease> what) { *out = std::move(what); });
    return out;
  }

  /// Keeps this as the call's newest value.
  void keep(const std::string& call_id, const std::string& value) {
    own.keep(call_id, own.number(call_id).version, value);
  }

  scripted_lease_store store;
  std::vector<owned_lease> adopted;
  int fences = 0;
  std::vector<std::string> lost;
  /// Whether the other nodes do not reach it, nor it them.
  bool is_cut = false;
  ownership own;
};

/// Nodes that share a store, in virtual time.
struct ownership_fixture : fixture {
  /// Starts one, which would adopt ten calls.
  owning_node& start(const std::string& name, bool alone = false) {
    nodes.push_back(std::make_unique<owning_node>(host, measure, rows, name, alone));
    auto& out = *nodes.back();
    out.own.set_room(10);
    out.own.begin();
    host.run();
    return out;
  }

  /// Ends it as a process is killed.
  void kill(const owning_node& which) {
    std::erase_if(nodes, [&](const auto& each) { return each.get() == &which; });
  }

  /// Time passes, and with each heartbeat the nodes ask each other for promises.
  void live(std::chrono::milliseconds time) {
    const std::chrono::milliseconds beat(250);
    for (auto passed = beat; passed <= time; passed += beat) {
      for (const auto& each : nodes) exchange_promises(*each);
      host.advance(beat);
    }
  }

  /// A call of this node's; the pass under which it may act.
  std::shared_ptr<const call_pass> own(owning_node& at, const std::string& call_id) {
    const auto ruling = at.claim(call_id, "v3:" + call_id);
    host.run();
    REQUIRE(*ruling);
    REQUIRE((*ruling)->whose == claim_outcome::ours);
    return (*ruling)->pass;
  }

  bool may_act(const std::shared_ptr<const call_pass>& pass) const { return pass->valid(host.now()); }

  double counted(lease_outcome what) { return measure.leases(what).Value(); }

  const leases::lease& row(const std::string& call_id) { return rows.calls.at(call_id).what; }

  lease_rows rows;
  std::vector<std::unique_ptr<owning_node>> nodes;

 private:
  void exchange_promises(owning_node& asker) {
    const auto asked = asker.own.question();
    if (!asked || asker.is_cut) return;
    for (const auto& each : nodes) {
      if (each.get() == &asker || each->is_cut) continue;
      if (const auto promise = each->own.promised_to(*asked)) asker.own.take_promise(*promise);
    }
  }
};

}  // namespace tandem::test
