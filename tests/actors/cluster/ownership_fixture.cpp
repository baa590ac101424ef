#include "tests/actors/cluster/ownership_fixture.hpp"

#include <utility>

namespace tandem::test {

owning_node::owning_node(test_loop& host, metrics& measure, lease_rows& rows, const std::string& name,
                         bool alone)
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

later_answer<claim_ruling> owning_node::claim(const std::string& call_id,
                                              const std::string& carrier_call_id) {
  auto out = std::make_shared<std::optional<claim_ruling>>();
  own.claim({.call_id = call_id, .carrier_call_id = carrier_call_id},
            [out](claim_ruling what) { *out = std::move(what); });
  return out;
}

later_answer<std::optional<owned_lease>> owning_node::take(const leases::offer& from) {
  auto out = std::make_shared<std::optional<std::optional<owned_lease>>>();
  own.take(from, [out](std::optional<owned_lease> what) { *out = std::move(what); });
  return out;
}

later_answer<bool> owning_node::take_back(const std::string& call_id) {
  auto out = std::make_shared<std::optional<bool>>();
  own.take_back(call_id, [out](bool is_ours) { *out = is_ours; });
  return out;
}

later_answer<std::optional<leases::lease>> owning_node::find(const std::string& id) {
  auto out = std::make_shared<std::optional<std::optional<leases::lease>>>();
  own.find(id, [out](std::optional<leases::lease> what) { *out = std::move(what); });
  return out;
}

void owning_node::keep(const std::string& call_id, const std::string& value) {
  own.keep(call_id, own.number(call_id).version, value);
}

ownership_fixture::ownership_fixture() = default;

ownership_fixture::~ownership_fixture() = default;

owning_node& ownership_fixture::start(const std::string& name, bool alone) {
  nodes.push_back(std::make_unique<owning_node>(host, measure, rows, name, alone));
  auto& out = *nodes.back();
  out.own.set_room(10);
  out.own.begin();
  host.run();
  return out;
}

void ownership_fixture::kill(const owning_node& which) {
  std::erase_if(nodes, [&](const auto& each) { return each.get() == &which; });
}

void ownership_fixture::live(std::chrono::milliseconds time) {
  const std::chrono::milliseconds beat(250);
  for (auto passed = beat; passed <= time; passed += beat) {
    for (const auto& each : nodes) exchange_promises(*each);
    host.advance(beat);
  }
}

std::shared_ptr<const call_pass> ownership_fixture::own(owning_node& at, const std::string& call_id) {
  const auto ruling = at.claim(call_id, "v3:" + call_id);
  host.run();
  REQUIRE(*ruling);
  REQUIRE((*ruling)->whose == claim_outcome::ours);
  return (*ruling)->pass;
}

void ownership_fixture::exchange_promises(owning_node& asker) {
  const auto asked = asker.own.question();
  if (!asked || asker.is_cut) return;
  for (const auto& each : nodes) {
    if (each.get() == &asker || each->is_cut) continue;
    if (const auto promise = each->own.promised_to(*asked)) asker.own.take_promise(*promise);
  }
}

}  // namespace tandem::test
