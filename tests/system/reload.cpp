#include "tests/gateway/temporary_file.hpp"
#include "tests/system/staying_caller.hpp"

#include <csignal>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// An engine that takes its limits from a file.
struct configured_engine {
  explicit configured_engine(const std::string& content)
      : file(content), running({.configuration = file.path()}) {}

  void reload(const std::string& content) {
    std::ofstream(file.path()) << content;
    running.engine->signal(SIGHUP);
  }

  temporary_file file;
  running_engine running;
};

std::string limit(int calls) { return "[limits]\nmax_calls = " + std::to_string(calls) + "\n"; }

}  // namespace

TEST_CASE("SIGHUP lets more calls in and disturbs none") {
  configured_engine node(limit(1));
  auto& running = node.running;
  staying_caller first;
  auto first_over = running.place(first);
  REQUIRE(becomes([&] { return connected(running); }));
  node.reload(limit(2));
  REQUIRE(becomes([&] { return running.engine->said("configuration reloaded changed=limits.max_calls"); }));
  staying_caller second;
  auto second_over = running.place(second);
  CHECK(becomes([&] { return active(running) == 2; }));
  first.leaving = second.leaving = true;
  REQUIRE(first_over.wait_for(patience) == std::future_status::ready);
  REQUIRE(second_over.wait_for(patience) == std::future_status::ready);
  CHECK(first_over.get().ended_by == "caller");
  CHECK(running.left().empty());
  CHECK(running.engine->stop(30s) == 0);
}

TEST_CASE("SIGHUP refuses a bad file and goes on with the old one") {
  configured_engine node(limit(1));
  auto& running = node.running;
  node.reload("[limits]\nmax_calls = 2\nmax_cals = 3\n");
  REQUIRE(becomes([&] { return running.engine->said("configuration refused, the former stays faults=1"); }));
  CHECK(running.engine->said("limits.max_cals"));
  staying_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return connected(running); }));
  staying_caller refused;
  auto refusal = running.place(refused);
  REQUIRE(refusal.wait_for(patience) == std::future_status::ready);
  CHECK(refusal.get().detail.find("503") != std::string::npos);
  node.reload(limit(1) + "[store]\npool = 7\n[log]\nformat = 'json'\n");
  REQUIRE(becomes(
      [&] { return running.engine->said(R"("message":"configuration reloaded","changed":"log.format")"); }));
  CHECK(running.engine->said(R"("message":"configuration changes that need a restart","keys":"store.pool")"));
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
