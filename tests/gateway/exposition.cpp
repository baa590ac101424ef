#include "gateway/exposition.hpp"

#include "actors/messages.hpp"
#include "actors/runtime/metrics.hpp"

#include <cstdio>
#include <ctime>
#include <map>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

using namespace tandem;

namespace {

/// Sample line (name with labels) to its value.
std::map<std::string, double> samples(const std::string& text) {
  std::map<std::string, double> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const auto space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    REQUIRE(found.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
  }
  return found;
}

struct fixture {
  prometheus::Registry registry;
  metrics measure{registry};
  std::map<std::string, double> exposed() { return samples(expose(measure, registry)); }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "the exposition shows what was counted, with its labels") {
  measure.connection_failures(peer::scribe, connection_failure::tls).Increment(2);
  measure.media_delay_seconds->Observe(0.015);
  const auto shown = exposed();
  CHECK(shown.at(R"(tandem_connection_failures_total{peer="scribe",reason="tls"})") == 2);
  CHECK(shown.at(R"(tandem_connection_failures_total{peer="scribe",reason="idle"})") == 0);
  CHECK(shown.at("tandem_calls_active") == 0);
  CHECK(shown.at(R"(tandem_media_delay_seconds_bucket{le="0.01"})") == 0);
  CHECK(shown.at(R"(tandem_media_delay_seconds_bucket{le="0.02"})") == 1);
  CHECK(shown.at("tandem_media_delay_seconds_count") == 1);
}

TEST_CASE_FIXTURE(fixture, "every family says what it is") {
  measure.calls_total("incoming", "caller_hung_up").Increment();
  std::istringstream lines(expose(measure, registry));
  std::map<std::string, int> said;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# ")) continue;
    std::istringstream words(line);
    std::string hash, what, name, rest;
    words >> hash >> what >> name >> rest;
    CHECK_FALSE(rest.empty());
    ++said[name];
  }
  CHECK(said.size() == 44);
  for (const auto& [name, times] : said) {
    CAPTURE(name);
    CHECK(times == 2);
  }
}

TEST_CASE_FIXTURE(fixture, "the exposition counts the actors that live now") {
  const counted_actor one(actor_kind::records);
  CHECK(exposed().at(R"(tandem_actors{kind="records"})") == 1);
}

TEST_CASE_FIXTURE(fixture, "open files are counted one by one") {
  const double before = exposed().at("process_open_fds");
  CHECK(before >= 3);
  std::vector<int> opened;
  for (int i = 0; i < 5; ++i) opened.push_back(dup(0));
  CHECK(exposed().at("process_open_fds") == before + 5);
  for (const int fd : opened) close(fd);
  CHECK(exposed().at("process_open_fds") == before);
}

TEST_CASE_FIXTURE(fixture, "memory in use is what the process touched") {
  const double before = exposed().at("process_resident_memory_bytes");
  CHECK(before > 1e6);
  const std::vector<char> touched(64 * 1024 * 1024, 'x');
  CHECK(exposed().at("process_resident_memory_bytes") > before + 48e6);
  CHECK(touched.back() == 'x');
}

TEST_CASE_FIXTURE(fixture, "CPU time is the process' own") {
  const double before = exposed().at("process_cpu_seconds_total");
  const std::clock_t start = std::clock();
  while (std::clock() - start < CLOCKS_PER_SEC / 20) {
  }
  const double after = exposed().at("process_cpu_seconds_total");
  CHECK(after >= before + 0.049);
  CHECK(after <= before + 5);
}

TEST_CASE("one node tells what each that reports has said of itself") {
  cluster::node_view voice{.who = {"voice-1", 1}, .state = cluster::node_state::alive};
  voice.last = {.calls = 12,
                .max_calls = 100,
                .store_behind = true,
                .uses = {.memory_bytes = 4096, .cpu_ms = 1500},
                .adopted = 3,
                .given_away = 4};
  cluster::node_view other{.who = {"voice-2", 1}, .state = cluster::node_state::draining};
  other.last = {.calls = 5, .outlook = "draining", .draining = true};
  cluster::node_view gone{.who = {"voice-3", 1}, .state = cluster::node_state::gone};
  gone.last.calls = 7;
  const auto shown = samples(expose(node_list{.nodes = {voice, other, gone}}));
  const auto of = [&](const std::string& what, const std::string& node) {
    return shown.at("tandem_cluster_node_" + what + "{node=\"" + node + "\"}");
  };
  CHECK(shown.size() == 16);
  CHECK(of("calls", "voice-1") == 12);
  CHECK(of("calls", "voice-2") == 5);
  CHECK(of("calls_limit", "voice-1") == 100);
  CHECK(of("takes_calls", "voice-1") == 1);
  CHECK(of("takes_calls", "voice-2") == 0);
  CHECK(of("store_behind", "voice-1") == 1);
  CHECK(of("calls_adopted_total", "voice-1") == 3);
  CHECK(of("calls_given_away_total", "voice-1") == 4);
  CHECK(of("memory_bytes", "voice-1") == 4096);
  CHECK(of("cpu_seconds_total", "voice-1") == 1.5);
}

TEST_CASE("a process can say what it uses") {
  const auto before = use_of_process();
  CHECK(before.memory_bytes > 1'000'000);
  const std::clock_t start = std::clock();
  while (std::clock() - start < CLOCKS_PER_SEC / 20) {
  }
  CHECK(use_of_process().cpu_ms >= before.cpu_ms + 49);
}
