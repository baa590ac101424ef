#include "protocols/json.hpp"
#include "tests/gateway/store/postgres_server.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// State by `name`; of a name that several have, of the last one.
using known_nodes = std::map<std::string, std::string>;

/// A node of a cluster on loopback.
struct cluster_engine {
  cluster_engine(lab::lab_loops& with, std::vector<std::string> how, const std::string& name)
      : loops(with), flags(std::move(how)), log("system-test-" + name + ".log") {
    start();
  }

  void start() {
    engine.reset();
    engine = std::make_unique<lab::engine_process>(lab::engine_program(), flags, log);
    REQUIRE(engine->wait_ready(30s));
    view =
        std::make_unique<lab::engine_view>(loops, "http://127.0.0.1:" + std::to_string(engine->admin_port()));
  }

  std::string nodes() { return view->get("/v1/nodes").value_or(""); }

  known_nodes knows() {
    auto text = nodes();
    json::document document;
    known_nodes out;
    if (document.parse({text.data(), text.size()}) != json::fault::none) return out;
    const auto* list = json::find(document.root(), "nodes");
    if (list == nullptr || !list->IsArray()) return out;
    for (const auto& each : list->GetArray())
      out[std::string(json::text_or(each, "name"))] = json::text_or(each, "state");
    return out;
  }

  std::string epoch_of(const std::string& name) {
    const auto text = nodes();
    const auto before = "{\"name\":\"" + name + "\",\"epoch\":\"";
    const auto at = text.find(before);
    return at == text.npos
               ? ""
               : text.substr(at + before.size(), text.find('"', at + before.size()) - at - before.size());
  }

  /// Where other nodes reach it.
  std::string address() const {
    const auto text = engine->output();
    constexpr std::string_view before = " address=";
    auto at = text.find("cluster listening");
    REQUIRE(at != text.npos);
    at = text.find(before, at) + before.size();
    return text.substr(at, text.find_first_of(" \n", at) - at);
  }

  double metric(std::string_view which) { return lab::metric(view->get("/metrics").value_or(""), which); }

  lab::lab_loops& loops;
  std::vector<std::string> flags;
  std::string log;
  std::unique_ptr<lab::engine_process> engine;
  std::unique_ptr<lab::engine_view> view;
};

/// Three nodes on one database, of which each has those before it in its list; the others come to it.
struct cluster_fixture {
  cluster_fixture() {
    for (const auto* name : {"one", "two", "three"}) add(name, shared_secret);
  }

  /// Ends in order whoever lives.
  void stop_all() {
    for (auto& each : nodes) CHECK(each->engine->stop(30s) == 0);
  }

  cluster_engine& add(const std::string& name, const std::string& secret) {
    const auto own = folder / std::to_string(nodes.size());
    std::filesystem::create_directory(own);
    std::string others;
    for (const auto& each : nodes) others.append(others.empty() ? "" : ",").append(each->address());
    nodes.push_back(std::make_unique<cluster_engine>(
        loops,
        std::vector<std::string>{"--server.listen=127.0.0.1:0", "--server.admin_listen=127.0.0.1:0",
                                 "--server.threads=1", "--server.secret=" + secret,
                                 "--server.drain_seconds=5", "--elevenlabs.api_key=test",
                                 "--speech.voice=rms", "--agent.kind=echo", "--store.url=" + store,
                                 "--store.pool=4", "--store.journal=" + own, "--cluster.node=" + name,
                                 "--cluster.listen=127.0.0.1:0", "--cluster.discovery=" + others},
        name));
    return *nodes.back();
  }

  /// Whether each of these knows these states and no others.
  bool all_know(const std::vector<std::size_t>& who, const known_nodes& what) {
    return std::ranges::all_of(who, [&](std::size_t n) { return nodes[n]->knows() == what; });
  }

  const std::string shared_secret = "the-secret-of-the-whole-cluster";
  temporary_folder folder;
  std::string store = shared_postgres().make_database();
  lab::lab_loops loops{1};
  std::vector<std::unique_ptr<cluster_engine>> nodes;
};

/// How many threads of this name a process has.
int count_threads(pid_t process, std::string_view name) {
  int count = 0;
  for (const auto& each : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    std::string found;
    std::ifstream(each.path() / "comm") >> found;
    count += found == name;
  }
  return count;
}

/// CAF's core has a thread of that name, its network another one.
constexpr std::string_view network_thread = "caf.multiplexer";
const known_nodes whole{{"one", "alive"}, {"two", "alive"}, {"three", "alive"}};

}  // namespace

TEST_CASE("nodes of a cluster see each other, and who dies, freezes and comes back" *
          doctest::skip(!postgres_server::installed())) {
  cluster_fixture it;
  auto& one = *it.nodes[0];
  auto& three = *it.nodes[2];
  REQUIRE(becomes([&] { return it.all_know({0, 1, 2}, whole); }));
  CHECK(becomes([&] { return one.metric("tandem_cluster_nodes{state=\"alive\"}") == 3; }));
  CHECK(count_threads(one.engine->pid(), network_thread) == 2);

  SUBCASE("a killed node is gone, and its next start takes its place") {
    const auto before = one.epoch_of("three");
    CHECK_FALSE(before.empty());
    three.engine->signal(SIGKILL);
    CHECK(three.engine->wait_end(30s) == -1);
    const known_nodes without{{"one", "alive"}, {"two", "alive"}, {"three", "gone"}};
    CHECK(becomes([&] { return it.all_know({0, 1}, without); }));
    CHECK(becomes([&] { return one.metric("tandem_cluster_nodes{state=\"gone\"}") == 1; }));
    three.start();
    CHECK(becomes([&] { return it.all_know({0, 1, 2}, whole); }));
    CHECK(one.epoch_of("three") > before);
    CHECK(becomes([&] { return one.metric("tandem_cluster_nodes{state=\"gone\"}") == 0; }));
  }
  SUBCASE("a frozen node is not alive, until it goes on") {
    const auto before = one.epoch_of("three");
    three.engine->signal(SIGSTOP);
    CHECK(becomes([&] {
      const auto state = one.knows()["three"];
      return state == "silent" || state == "gone";
    }));
    CHECK(becomes([&] { return one.knows()["three"] == "gone"; }));
    three.engine->signal(SIGCONT);
    CHECK(becomes([&] { return it.all_know({0, 1, 2}, whole); }));
    CHECK(one.epoch_of("three") == before);
  }
  SUBCASE("nodes end in order beside a frozen one") {
    three.engine->signal(SIGSTOP);
    CHECK(it.nodes[1]->engine->stop(30s) == 0);
    CHECK(becomes([&] { return one.knows()["three"] == "gone"; }));
    CHECK(one.engine->stop(30s) == 0);
    three.engine->signal(SIGCONT);
    CHECK(becomes([&] { return three.knows()["one"] == "gone"; }));
    CHECK(three.engine->stop(30s) == 0);
    it.nodes.clear();
  }
  SUBCASE("a node that ends in order says goodbye") {
    CHECK(three.engine->stop(30s) == 0);
    CHECK(becomes([&] { return it.all_know({0, 1}, {{"one", "alive"}, {"two", "alive"}}); }));
    CHECK(becomes([&] { return one.engine->said("it said goodbye"); }));
    it.nodes.pop_back();
  }
  it.stop_all();
}

TEST_CASE("a node with another secret, or with a name or an address that is taken, stays outside" *
          doctest::skip(!postgres_server::installed())) {
  cluster_fixture it;
  auto& one = *it.nodes[0];
  REQUIRE(becomes([&] { return it.all_know({0, 1, 2}, whole); }));

  SUBCASE("another secret") {
    auto& stranger = it.add("four", "the-secret-of-another-cluster");
    CHECK(becomes([&] { return one.knows()["four"] == "refused"; }));
    CHECK(becomes([&] { return stranger.knows()["one"] == "refused"; }));
    CHECK(becomes([&] { return one.engine->said("differs: server.secret"); }));
    CHECK(becomes([&] { return stranger.engine->said("differs: server.secret"); }));
    CHECK(stranger.metric("tandem_cluster_nodes{state=\"alive\"}") == 1);
  }
  SUBCASE("an address that is taken") {
    auto flags = one.flags;
    flags.push_back("--cluster.node=five");
    flags.push_back("--cluster.listen=" + one.address());
    lab::engine_process fifth(lab::engine_program(), flags, "system-test-five.log");
    CHECK_FALSE(fifth.wait_ready(30s));
    CHECK(fifth.wait_end(30s) == 1);
    CHECK(fifth.said("cannot listen on " + one.address()));
  }
  SUBCASE("a name that is taken") {
    auto& second = it.add("three", it.shared_secret);
    CHECK(becomes([&] { return second.knows()["one"] == "refused"; }));
    CHECK(becomes([&] { return second.engine->said("another node has this node's name and was first"); }));
    CHECK(becomes([&] { return it.nodes[2]->knows()["one"] == "alive"; }));
  }
  it.stop_all();
}

TEST_CASE("an engine without a cluster shows itself, and neither listens nor waits for nodes") {
  running_engine running({});
  const auto shown = running.view->get("/v1/nodes").value_or("");
  CHECK(shown.find(R"({"nodes":[{"name":"test","epoch":")") == 0);
  CHECK(shown.find(R"("state":"alive")") != std::string::npos);
  CHECK(shown.find(R"("split":false)") != std::string::npos);
  CHECK(count_threads(running.engine->pid(), network_thread) == 1);
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
