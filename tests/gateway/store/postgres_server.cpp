#include "tests/gateway/store/postgres_server.hpp"

#include "gateway/store/database.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

// Known before any test is registered, when other constants may not be made yet.
constexpr std::string_view programs = "/usr/lib/postgresql/15/bin/";

std::string program(std::string_view name) { return std::string(programs).append(name); }
constexpr unsigned nobody = 65534;

pid_t spawn(std::vector<std::string> words) {
  if (geteuid() == 0) {
    // With the test, should it be killed, the server goes too.
    words.insert(words.begin(), {"/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                                 "--pdeathsig=QUIT"});
  }
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
  posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t child = -1;
  const int fault = posix_spawn(&child, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  REQUIRE(fault == 0);
  return child;
}

}  // namespace

bool postgres_server::installed() { return std::filesystem::exists(program("postgres")); }

postgres_server::postgres_server() {
  if (geteuid() == 0) REQUIRE(chown(folder_.path().c_str(), nobody, nobody) == 0);
  const auto made = spawn({program("initdb"), "--pgdata=" + (folder_ / "data"), "--username=tandem",
                           "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"});
  int status = 0;
  REQUIRE(waitpid(made, &status, 0) == made);
  REQUIRE(status == 0);
  start();
}

postgres_server::~postgres_server() { stop(); }

void postgres_server::start() {
  server_ = spawn({program("postgres"), "-D", folder_ / "data", "-k", folder_.path(), "-c",
                   "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=40"});
  const auto until = std::chrono::steady_clock::now() + 60s;
  while (true) {
    try {
      database probe(url("postgres"));
      return;
    } catch (const database_failure& failure) {
      if (std::chrono::steady_clock::now() > until) FAIL(failure.what());
      std::this_thread::sleep_for(20ms);
    }
  }
}

void postgres_server::stop() {
  if (server_ < 0) return;
  kill(server_, SIGQUIT);
  waitpid(server_, nullptr, 0);
  server_ = -1;
}

void postgres_server::freeze(bool still) const {
  // The processes of its connections are its children.
  const std::string children =
      "/proc/" + std::to_string(server_) + "/task/" + std::to_string(server_) + "/children";
  kill(server_, still ? SIGSTOP : SIGCONT);
  std::ifstream list(children);
  for (pid_t child = 0; list >> child;) kill(child, still ? SIGSTOP : SIGCONT);
}

std::string postgres_server::url(const std::string& name) const {
  return "postgresql:///" + name + "?user=tandem&host=" + folder_.path();
}

std::string postgres_server::make_database() {
  const auto name = "test" + std::to_string(++databases_);
  const auto made = spawn({program("createdb"), "--host=" + folder_.path(), "--username=tandem", name});
  int status = 0;
  REQUIRE(waitpid(made, &status, 0) == made);
  REQUIRE(status == 0);
  return url(name);
}

postgres_server& shared_postgres() {
  static postgres_server server;
  return server;
}

}  // namespace tandem::test
