#include "tests/actors/cluster/switchboard_fixture.hpp"

#include <utility>

namespace tandem::test {

switchboard_fixture::switchboard_fixture(std::initializer_list<std::string> names) { begin(names); }

switchboard_fixture::~switchboard_fixture() {
  end_all();
  nodes.clear();
}

void switchboard_fixture::begin(std::initializer_list<std::string> names) {
  for (const auto& name : names) start(name);
  for (const auto& one : nodes) {
    for (const auto& other : nodes) {
      if (one != other) join(*one, *other);
    }
  }
  beats(8);
}

board& switchboard_fixture::start(const std::string& name, bool is_store_away) {
  auto& made = *nodes.emplace_back(std::make_unique<board>(table, name));
  made.store.is_away = is_store_away;
  const admission_limits limits{.max_calls = 10, .calls_per_second = 1000, .max_connections = 1000};
  made.door = std::make_shared<admission>(limits, 1, 100ms, made.measure);
  made.calls = spawn_probe<actor_kind::node, node_actor>();
  made.calls->answer_with(adoption_ruling{.taken = true});
  made.events = spawn_probe<actor_kind::events, events_actor>();
  const switchboard_settings how{.rules = {}, .self = {.name = name}, .who = made.who, .member = made.member};
  made.actor = owned(spawn_switchboard(host, how, made.store, made.door, made.events.handle, made.measure));
  tell(made.actor, begin_switchboard{made.calls.handle});
  return made;
}

void switchboard_fixture::join(board& at, const board& who) {
  tell(at.actor, node_joined{who.who, {who.actor, who.events.handle, "ws://" + who.who.name}});
}

void switchboard_fixture::kill(board& which) {
  end(which.actor, caf::exit_reason::kill);
  which.actor = switchboard_actor{};
}

void switchboard_fixture::miss(const board& which) {
  for (const auto& each : nodes) {
    if (each->actor && each.get() != &which) tell(each->actor, node_left{which.who, "it is gone"});
  }
}

void switchboard_fixture::beats(int count) {
  for (int n = 0; n < count; ++n) {
    for (const auto& of : nodes) {
      if (of->actor && !of->is_cut) report(*of);
    }
    host.advance(250ms);
  }
}

void switchboard_fixture::report(const board& of) {
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

void switchboard_fixture::load(board& which, int calls) {
  for (int n = 0; n < calls; ++n) {
    auto place = which.door->admit(host.now());
    REQUIRE(place.has_value());
    which.places.push_back(std::move(*place));
  }
}

std::shared_ptr<const call_pass> switchboard_fixture::ring(const board& at, const std::string& id,
                                                           const std::string& leg) {
  const auto ruling = ask<claim_ruling>(at, claim_call{id, leg});
  CHECK(ruling.whose == claim_outcome::ours);
  REQUIRE(ruling.pass);
  return ruling.pass;
}

std::string switchboard_fixture::copy_at(const board& at, const std::string& id) {
  const auto found = ask<found_copies>(at, find_copies{{id}}).copies;
  return found.empty() ? "" : found.front().value;
}

template <class Answer, class Question>
Answer switchboard_fixture::ask(const board& whom, Question question, std::chrono::milliseconds wait) {
  caf::scoped_actor self(system);
  auto request = self->request(whom.actor, 5s, std::move(question));
  host.advance(wait);
  Answer out;
  request.receive([&](const Answer& answer) { out = answer; }, [](const caf::error&) { FAIL("no answer"); });
  return out;
}

template claim_ruling switchboard_fixture::ask(const board&, claim_call, std::chrono::milliseconds);
template call_owner switchboard_fixture::ask(const board&, find_anywhere, std::chrono::milliseconds);
template found_copies switchboard_fixture::ask(const board&, find_copies, std::chrono::milliseconds);
template node_door switchboard_fixture::ask(const board&, find_door, std::chrono::milliseconds);
template calls_left switchboard_fixture::ask(const board&, leave_calls, std::chrono::milliseconds);
template move_ruling switchboard_fixture::ask(const board&, move_call, std::chrono::milliseconds);
template offer_ruling switchboard_fixture::ask(const board&, offer_call, std::chrono::milliseconds);
template place_ruling switchboard_fixture::ask(const board&, route_order, std::chrono::milliseconds);
template webhook_ruling switchboard_fixture::ask(const board&, route_webhook, std::chrono::milliseconds);

}  // namespace tandem::test
