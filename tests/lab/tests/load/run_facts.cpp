#include "tests/lab/load/command_text.hpp"
#include "tests/lab/load/engine_build.hpp"
#include "tests/lab/load/generator_cost.hpp"
#include "tests/lab/load/machine_facts.hpp"
#include "tests/lab/load/process_figures.hpp"
#include "tests/lab/load/shell_word.hpp"

#include <ctime>
#include <future>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

double seconds_of_this_thread() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

}  // namespace

TEST_CASE("a run may have as many files open as the system allows") {
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit fewer{100, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &fewer) == 0);
  const auto allowed = allow_open_files();
  rlimit after{};
  getrlimit(RLIMIT_NOFILE, &after);
  setrlimit(RLIMIT_NOFILE, &before);
  CHECK(allowed == before.rlim_max);
  CHECK(after.rlim_cur == before.rlim_max);
}

TEST_CASE("a command is shown as a shell takes it, without secrets and folders") {
  CHECK(shown_command({"/some/where/tandem-lab", "load", "--calls", "10,50", "--log", "a file's log"}) ==
        R"(tandem-lab load --calls 10,50 --log 'a file'\''s log')");
  for (const auto& words :
       {std::vector<std::string>{"tandem-lab", "load", "--token", "hush"},
        {"tandem-lab", "load", "--token=hush"},
        {"tandem-lab", "load", "--set", "--server.api_token=hush"},
        {"tandem-lab", "load", "--set=--server.api_token=hush"},
        {"tandem-lab", "load", "--set", "--telnyx.api_key=hush"},
        {"tandem-lab", "load", "--set", "--store.url=postgresql://me:hush@there/calls"}}) {
    CAPTURE(words.back());
    const auto shown = shown_command(words);
    CHECK(shown.find("hush") == shown.npos);
    CHECK(shown.find("***") != shown.npos);
  }
  CHECK(shown_command({"tandem-lab", "--set", "--limits.max_calls=7"}) ==
        "tandem-lab --set --limits.max_calls=7");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("$(rm)") == "'$(rm)'");
}

TEST_CASE("this program knows the words that it was started with") {
  const auto words = command_words();
  REQUIRE_FALSE(words.empty());
  CHECK(words.front().find("test_lab") != std::string::npos);
}

TEST_CASE("an engine's build is what its program says") {
  const auto read = read_version(
      "tandem          0.1.0\ncommit          abcdef-dirty\nbuild           Release, GNU 12.2.0\nCAF         "
      "    0.17.6\n");
  CHECK(read.version == "0.1.0");
  CHECK(read.commit == "abcdef-dirty");
  CHECK(read.build == "Release, GNU 12.2.0");
  CHECK(read.is_release());
  CHECK_FALSE(read_version("build           Debug, GNU 12.2.0\n").is_release());
  CHECK_FALSE(read_version("build           Release with address sanitizers, GNU 12.2.0\n").is_release());
  for (const auto* text : {"", "tandem", "tandem\n\n", "\n \n"}) CHECK(read_version(text).version.empty());
}

TEST_CASE("a program that is not there, or is another one, tells no build") {
  CHECK(build_of("/nowhere/it's not/tandem").version.empty());
  CHECK(build_of("/bin/true").version.empty());
  CHECK(build_of(getpid()).version.empty());
}

TEST_CASE("a machine tells what figures depend on") {
  const auto here = this_machine();
  CHECK_FALSE(here.cpu.empty());
  CHECK(here.cores >= 1);
  CHECK(here.memory_mib > 0);
  CHECK(here.kernel.starts_with("Linux "));
  CHECK(named_value("a\t: 1\nmodel name\t: A CPU\nmodel name\t: B\n", "model name", ':') == "A CPU");
  CHECK(named_value("PRETTY_NAME=\"A system\"\n", "PRETTY_NAME", '=') == "A system");
  CHECK(named_value("model name", "model name", ':').empty());
  CHECK(named_value("", "model name", ':').empty());
}

TEST_CASE("the CPU that a thread uses is this process's cost, and the busiest thread's") {
  constexpr double wanted = 0.2;
  // The system counts in steps of 0.01, and what runs just now a little later.
  constexpr double inexact = 0.04;
  std::promise<double> burnt;
  std::promise<void> measured;
  const cost_meter meter;
  std::thread busy([&] {
    const auto before = seconds_of_this_thread();
    auto used = 0.0;
    while (used < wanted) used = seconds_of_this_thread() - before;
    burnt.set_value(used);
    measured.get_future().wait();
  });
  const auto used = burnt.get_future().get();
  const auto cost = meter.cost(1);
  measured.set_value();
  busy.join();
  CHECK(cost.cores >= 1);
  CHECK(cost.cpu_seconds >= used - inexact);
  CHECK(cost.share == doctest::Approx(cost.cpu_seconds / cost.cores));
  CHECK(cost.busiest >= used - inexact);
  CHECK(cost.busiest <= cost.cpu_seconds + inexact);
}

}  // namespace tandem::lab
