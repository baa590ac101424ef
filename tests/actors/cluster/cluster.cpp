#include "actors/cluster/cluster.hpp"

#include "tests/actors/cluster/fake_network.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// One node of several that live in one process.
struct cluster_node {
  prometheus::Registry registry;
  metrics measure{registry};
  probe<node_actor> calls;
  cluster_actor actor;
};

struct cluster_fixture : fixture {
  ~cluster_fixture() {
    end_all();
    network.doors.clear();
  }

  /// A node whose address is its name.
  cluster_node& start(const std::string& name, std::uint64_t epoch, std::vector<std::string> discovery,
                      const std::string& secret = "s") {
    auto& made = *nodes.emplace_back(std::make_unique<cluster_node>());
    made.calls = spawn_probe<actor_kind::node, node_actor>();
    made.calls->answer_with(node_description{.calls = 3, .max_calls = 9});
    const cluster_settings how{
        .self = {.version = "1.0", .who = {name, epoch}, .terms = {{"server.secret", secret}}},
        .discovery = std::move(discovery),
        .measure_use = [] { return cluster::process_use{.memory_bytes = 5, .cpu_ms = 6}; }};
    made.actor = owned(spawn_cluster(host, how, made.calls.handle, network, made.measure));
    network.doors[name + ":1"] = made.actor;
    tell(made.actor, begin_cluster{name + ":1", {.media_url = "ws://" + name + ":2"}});
    return made;
  }

  /// It ends as a process does that is killed.
  void kill(cluster_node& which, const std::string& name) {
    network.doors.erase(name + ":1");
    end(which.actor, caf::exit_reason::kill);
    which.actor = cluster_actor{};
    host.run();
  }

  template <class Answer, class Question>
  Answer ask(const cluster_actor& whom, Question question) {
    caf::scoped_actor self(system);
    auto request = self->request(whom, 5s, std::move(question));
    host.run();
    Answer out;
    request.receive([&](const Answer& answer) { out = answer; },
                    [](const caf::error&) { FAIL("no answer"); });
    return out;
  }

  node_list list(const cluster_node& of) { return ask<node_list>(of.actor, list_nodes{}); }

  /// `name state` of each node that one knows, itself first.
  std::vector<std::string> states(const cluster_node& of) {
    std::vector<std::string> out;
    for (const auto& each : list(of).nodes)
      out.push_back(each.who.name + " " + std::string(to_string(each.state)));
    return out;
  }

  fake_network network{host};
  std::vector<std::unique_ptr<cluster_node>> nodes;
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(cluster_fixture, "a node alone knows itself") {
  auto& a = start("a", 1, {});
  host.advance(1s);
  const auto known = list(a);
  REQUIRE(known.nodes.size() == 1);
  const auto& self = known.nodes.front();
  CHECK(self.who == cluster::member{"a", 1});
  CHECK(self.address == "a:1");
  CHECK(self.last.calls == 3);
  CHECK(self.last.max_calls == 9);
  CHECK(self.last.outlook.empty());
  CHECK_FALSE(known.split);
  CHECK(a.measure.cluster_nodes(cluster::node_state::alive).Value() == 1);
}

TEST_CASE_FIXTURE(cluster_fixture, "nodes find each other though only one names the other") {
  auto& a = start("a", 1, {});
  auto& b = start("b", 1, {"a:1"});
  host.advance(2s);
  CHECK(states(a) == lines{"a alive", "b alive"});
  CHECK(states(b) == lines{"b alive", "a alive"});
  const auto seen = list(b).nodes.back();
  CHECK(seen.address == "a:1");
  CHECK(seen.version == "1.0");
  CHECK(seen.last.calls == 3);
  CHECK(seen.last.sees == std::vector{cluster::member{"b", 1}});
  CHECK(seen.last_report_ms >= 0);
  CHECK(seen.last_report_ms <= 250);
  CHECK(network.dials == std::map<std::string, int>{{"a:1", 1}});
  CHECK(a.measure.cluster_nodes(cluster::node_state::alive).Value() == 2);
}

TEST_CASE_FIXTURE(cluster_fixture, "a node that finds itself in the list does not look there again") {
  auto& a = start("a", 1, {"a:1"});
  host.advance(1min);
  CHECK(states(a) == lines{"a alive"});
  CHECK(network.dials["a:1"] == 1);
}

TEST_CASE_FIXTURE(cluster_fixture, "a node that was away is looked for until it is there") {
  auto& a = start("a", 1, {"b:1"});
  host.advance(30s);
  const auto tries = network.dials["b:1"];
  CHECK(tries >= 7);
  CHECK(tries <= 14);
  start("b", 1, {});
  host.advance(6s);
  CHECK(states(a) == lines{"a alive", "b alive"});
}

TEST_CASE_FIXTURE(cluster_fixture, "every address of a name is a node's") {
  network.names["voice"] = {"a", "b"};
  auto& a = start("a", 1, {"dns:voice:1"});
  start("b", 1, {"dns:voice:1"});
  host.advance(2s);
  CHECK(states(a) == lines{"a alive", "b alive"});
  network.names["voice"] = {"a", "b", "c"};
  start("c", 1, {});
  host.advance(8s);
  CHECK(states(a) == lines{"a alive", "b alive", "c alive"});
  CHECK(network.lookups >= 4);
}

TEST_CASE_FIXTURE(cluster_fixture,
                  "a killed node is gone after the timeout, and its next start takes its place") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {});
  host.advance(2s);
  kill(b, "b");
  CHECK(states(a) == lines{"a alive", "b alive"});
  host.advance(1250ms);
  CHECK(states(a) == lines{"a alive", "b gone"});
  CHECK(a.measure.cluster_nodes(cluster::node_state::gone).Value() == 1);
  start("b", 2, {});
  host.advance(5s);
  CHECK(states(a) == lines{"a alive", "b alive"});
  CHECK(list(a).nodes.back().who.epoch == 2);
}

TEST_CASE_FIXTURE(cluster_fixture, "who leaves says goodbye, and is not asked to stay") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {"a:1"});
  host.advance(2s);
  ask<cluster_left>(b.actor, leave_cluster{});
  CHECK(states(a) == lines{"a alive"});
  host.advance(3s);
  CHECK(states(a) == lines{"a alive"});
  ask<cluster_left>(b.actor, leave_cluster{});
}

TEST_CASE_FIXTURE(cluster_fixture, "nodes with different secrets refuse each other, and both say so") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {}, "other");
  host.advance(2s);
  CHECK(states(a) == lines{"a alive", "b refused"});
  CHECK(states(b) == lines{"b alive", "a refused"});
  CHECK(list(a).nodes.back().why.find("server.secret") != std::string::npos);
  CHECK(list(b).nodes.back().why.find("server.secret") != std::string::npos);
  CHECK(network.dials["b:1"] <= 3);
}

TEST_CASE_FIXTURE(cluster_fixture, "the second of two nodes with one name is refused") {
  auto& a = start("a", 1, {});
  auto& first = start("b", 1, {"a:1"});
  host.advance(2s);
  auto& second = start("b", 2, {"a:1"});
  host.advance(3s);
  CHECK(states(a) == lines{"a alive", "b alive", "b refused"});
  CHECK(states(first) == lines{"b alive", "a alive"});
  CHECK(states(second) == lines{"b alive", "a refused"});
}

TEST_CASE_FIXTURE(cluster_fixture, "a node that is full or drains says so") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {});
  b.calls->answer_with(node_description{.calls = 9, .max_calls = 9, .outlook = refusal::calls});
  host.advance(2s);
  CHECK(list(a).nodes.back().last.outlook == "calls");
  b.calls->answer_with(node_description{.calls = 1, .max_calls = 9, .outlook = refusal::draining});
  host.advance(1s);
  CHECK(states(a) == lines{"a alive", "b draining"});
}

TEST_CASE_FIXTURE(cluster_fixture, "watchers are told who is there, comes and goes") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {});
  host.advance(2s);
  auto watcher = spawn_probe<actor_kind::node, cluster_watcher>();
  tell(a.actor, watch_cluster{watcher.handle});
  CHECK(watcher->last<node_joined>().who == cluster::member{"b", 1});
  kill(b, "b");
  host.advance(2s);
  CHECK(watcher->last<node_left>().who == cluster::member{"b", 1});
  CHECK(watcher->last<node_left>().why == "it is gone");
  start("b", 2, {});
  host.advance(5s);
  CHECK(watcher->last<node_joined>().who == cluster::member{"b", 2});
  CHECK(watcher->count<node_left>() == 1);
}

TEST_CASE_FIXTURE(cluster_fixture, "watchers are told where a node can be had, whoever greeted first") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {});
  auto of_a = spawn_probe<actor_kind::node, cluster_watcher>();
  auto of_b = spawn_probe<actor_kind::node, cluster_watcher>();
  tell(a.actor, watch_cluster{of_a.handle});
  tell(b.actor, watch_cluster{of_b.handle});
  host.advance(2s);
  CHECK(of_a->last<node_joined>().contact.media_url == "ws://b:2");
  CHECK(of_b->last<node_joined>().contact.media_url == "ws://a:2");
  auto late = spawn_probe<actor_kind::node, cluster_watcher>();
  tell(b.actor, watch_cluster{late.handle});
  CHECK(late->last<node_joined>().contact.media_url == "ws://a:2");
}

TEST_CASE_FIXTURE(cluster_fixture, "a node that greets again is somewhere else, and watchers are told") {
  auto& a = start("a", 1, {});
  auto watcher = spawn_probe<actor_kind::node, cluster_watcher>();
  auto front = spawn_probe<actor_kind::node, cluster_front>();
  tell(a.actor, watch_cluster{watcher.handle});
  const auto greet = [&](const std::string& url) {
    return ask<greeting_ruling>(a.actor, greet_node{{.who = {"b", 1}}, front.handle, {.media_url = url}});
  };
  CHECK(greet("ws://b:2").ruling.why == cluster::fault::terms);
  CHECK(greet("ws://b:2").contact.media_url.empty());
  const auto as_b = [&](const std::string& url) {
    const auto greeting =
        greet_node{{.who = {"b", 1}, .terms = {{"server.secret", "s"}}}, front.handle, {.media_url = url}};
    return ask<greeting_ruling>(a.actor, greeting);
  };
  CHECK(as_b("ws://b:2").contact.media_url == "ws://a:2");
  host.advance(500ms);
  CHECK(watcher->last<node_joined>().contact.media_url == "ws://b:2");
  as_b("ws://b:3");
  CHECK(watcher->last<node_joined>().contact.media_url == "ws://b:3");
}

TEST_CASE_FIXTURE(cluster_fixture, "a node that is greeted before it takes part is asked again") {
  auto& a = start("a", 1, {"b:1"});
  probe<node_actor> calls = spawn_probe<actor_kind::node, node_actor>();
  const cluster_settings how{.self = {.version = "1.0", .who = {"b", 1}, .terms = {{"server.secret", "s"}}}};
  auto b = owned(spawn_cluster(host, how, calls.handle, network, measure));
  network.doors["b:1"] = b;
  host.advance(2s);
  CHECK(states(a) == lines{"a alive"});
  tell(b, begin_cluster{"b:1"});
  host.advance(5s);
  CHECK(states(a) == lines{"a alive", "b alive"});
}

TEST_CASE_FIXTURE(cluster_fixture, "watchers hear every report, this node's own as well") {
  auto& a = start("a", 1, {"b:1"});
  auto& b = start("b", 1, {});
  auto watcher = spawn_probe<actor_kind::node, cluster_watcher>();
  tell(a.actor, watch_cluster{watcher.handle});
  host.advance(2s);
  b.calls->answer_with(node_description{.calls = 7, .max_calls = 9});
  watcher->clear();
  host.advance(1s);
  std::map<std::string, std::uint32_t> calls;
  std::map<std::string, int> reports;
  for (const auto& each : watcher->all<node_reported>()) {
    calls[each.said.who.name] = each.said.calls;
    ++reports[each.said.who.name];
  }
  CHECK(calls == std::map<std::string, std::uint32_t>{{"a", 3}, {"b", 7}});
  CHECK(reports == std::map<std::string, int>{{"a", 4}, {"b", 4}});
}

TEST_CASE_FIXTURE(cluster_fixture, "strangers report for nobody and say nobody's goodbye") {
  auto& a = start("a", 1, {"b:1"});
  start("b", 1, {});
  host.advance(2s);
  tell(a.actor, node_report{{.who = {"b", 1}, .sequence = 999'999, .calls = 77}},
       node_report{{.who = {"x", 1}, .sequence = 1}});
  ask<goodbye_heard>(a.actor, say_goodbye{{"b", 1}});
  CHECK(states(a) == lines{"a alive", "b alive"});
  CHECK(list(a).nodes.back().last.calls == 3);
  ask<greeting_ruling>(a.actor, greet_node{{.who = {"x", 1}}, {}});
  CHECK(states(a) == lines{"a alive", "b alive"});
}

TEST_CASE_FIXTURE(cluster_fixture, "a node tells the others what it uses, adopted and gave away") {
  auto& a = start("a", 1, {});
  auto& b = start("b", 1, {"a:1"});
  b.measure.calls_moved(move_reason::node_lost, move_outcome::resumed).Increment(3);
  b.measure.calls_moved(move_reason::node_lost, move_outcome::begun_anew).Increment();
  b.measure.calls_moved(move_reason::node_lost, move_outcome::ended).Increment();
  b.measure.calls_moved(move_reason::drain, move_outcome::moved).Increment(2);
  host.advance(2s);
  const auto seen = list(a).nodes.back().last;
  CHECK(seen.adopted == 4);
  CHECK(seen.given_away == 2);
  CHECK(seen.uses == cluster::process_use{.memory_bytes = 5, .cpu_ms = 6});
}

TEST_CASE_FIXTURE(cluster_fixture, "what nodes say survives the wire") {
  const greeting_ruling said{
      {.protocol = 7, .version = "2", .who = {"b", 9}, .address = "b:1", .terms = {{"x", "y"}}},
      {cluster::fault::terms, "x"},
      {.media_url = "wss://b:2"}};
  const node_report report{{.who = {"b", 9},
                            .sequence = 5,
                            .calls = 1,
                            .max_calls = 2,
                            .outlook = "calls",
                            .draining = true,
                            .store_behind = true,
                            .uses = {.memory_bytes = 6, .cpu_ms = 7},
                            .adopted = 8,
                            .given_away = 9,
                            .sees = {{"a", 3}, {"c", 4}}}};
  std::vector<char> bytes;
  caf::binary_serializer out(system, bytes);
  const say_goodbye last{{"b", 9}};
  CHECK_FALSE(out(goodbye_heard{}, said, report, last));
  greeting_ruling heard;
  node_report read;
  caf::binary_deserializer in(system, bytes);
  goodbye_heard nothing;
  say_goodbye end;
  CHECK_FALSE(in(nothing, heard, read, end));
  CHECK(end.who == last.who);
  CHECK(caf::deep_to_string(heard) == caf::deep_to_string(said));
  CHECK(heard.contact.media_url == "wss://b:2");
  CHECK(caf::deep_to_string(read) == caf::deep_to_string(report));
  CHECK(read.said.sees == report.said.sees);
  CHECK(read.said.uses == report.said.uses);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    std::vector<char> part(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(cut));
    caf::binary_deserializer less(system, part);
    CHECK(less(nothing, heard, read, end));
  }
}

}  // namespace tandem::test
