#include "tests/system/staying_caller.hpp"

#include <csignal>
#include <fstream>
#include <spawn.h>
#include <string>
#include <sys/wait.h>

namespace tandem::test {

using namespace std::chrono_literals;

namespace {

/// The first child of a process' main thread; 0 when there is none.
pid_t child_of(pid_t process) {
  const auto id = std::to_string(process);
  std::ifstream children("/proc/" + id + "/task/" + id + "/children");
  pid_t child = 0;
  children >> child;
  return child;
}

/// Whether it still runs; nobody may have waited for one that has ended.
bool runs(pid_t process) {
  std::ifstream about("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(about, text);
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text.substr(name_end, 4).find('Z') == std::string::npos;
}

}  // namespace

TEST_CASE("an engine that the lab started does not outlive a lab that is killed") {
  auto lab = lab::engine_program() + "-lab";
  std::vector<std::string> words{lab, "load",      "--profile", "listen", "--calls",
                                 "1", "--seconds", "60",        "--log",  "killed-lab-engine.log"};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t running = 0;
  REQUIRE(posix_spawn(&running, lab.c_str(), nullptr, nullptr, arguments.data(), environ) == 0);
  pid_t engine = 0;
  const bool started = becomes([&] { return (engine = child_of(running)) != 0; });
  kill(running, SIGKILL);
  waitpid(running, nullptr, 0);
  REQUIRE(started);
  CHECK(becomes([&] { return !runs(engine); }));
}

TEST_CASE("an engine that cannot be started says why") {
  CHECK_THROWS_WITH(lab::engine_process("/nowhere/tandem", {}, "no-engine.log"),
                    "cannot start /nowhere/tandem: No such file or directory");
}

TEST_CASE("an engine whose port is taken says so and exits with 1") {
  running_engine first({});
  const auto taken = "127.0.0.1:" + std::to_string(first.engine->admin_port());
  const auto ends = [](const std::vector<std::string>& flags) {
    lab::engine_process second(lab::engine_program(), flags, "second-engine.log");
    CHECK_FALSE(second.wait_ready(30s));
    CHECK(second.wait_end(30s) == 1);
    return second.output();
  };
  temporary_folder folder;
  const std::vector<std::string> flags{"--server.admin_listen=127.0.0.1:0",
                                       "--server.public_url=http://127.0.0.1:1",
                                       "--telnyx.api_key=test",
                                       "--elevenlabs.api_key=test",
                                       "--speech.voice=rms",
                                       "--agent.kind=echo",
                                       "--store.url=sqlite:" + (folder / "tandem.db")};
  for (const auto* side : {"--server.listen=", "--server.admin_listen="}) {
    auto both = flags;
    both.push_back(std::string("--server.listen=127.0.0.1:0"));
    both.push_back(side + taken);
    const auto said = ends(both);
    CHECK(said.find("engine failed") != std::string::npos);
    CHECK_MESSAGE(said.find(taken) != std::string::npos, said);
  }
  // The one that was there notices nothing.
  CHECK(first.view->get("/healthz"));
}

TEST_CASE("an engine is ready whatever its log looks like") {
  running_engine running({.flags = {"--log.format=json"}});
  CHECK(running.engine->carrier_port() == running.port());
  CHECK(running.view->get("/healthz"));
  CHECK(running.engine->stop(std::chrono::seconds(30)) == 0);
}

}  // namespace tandem::test
