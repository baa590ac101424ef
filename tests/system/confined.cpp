#include "tests/project_folder.hpp"
#include "tests/system/staying_caller.hpp"

#include <cstdlib>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace tandem::test {

namespace {

/// The value of a line `name:\tvalue` in the process' status.
std::string status_of(pid_t process, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  }
  return {};
}

}  // namespace

TEST_CASE("a call is carried by a user without rights on a read-only file system" *
          doctest::skip(::geteuid() != 0)) {
  const auto wrapper = (project_folder() / "tests/system/confined").string();
  // Containers often let nobody unshare.
  if (const int status = std::system((wrapper + " true").c_str()); WEXITSTATUS(status) == 77) {
    MESSAGE("skipped: the file system cannot be made read-only here");
    return;
  }
  running_engine running({.wrapper = wrapper});
  const auto process = running.engine->pid();
  CHECK(status_of(process, "Uid").starts_with("65534"));
  CHECK(status_of(process, "CapEff") == "0000000000000000");
  CHECK(status_of(process, "CapBnd") == "0000000000000000");
  CHECK(status_of(process, "NoNewPrivs") == "1");
  known_caller caller(telnyx::codec::pcmu);
  auto over = running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(caller.heard.empty());
  CHECK(running.left().empty());
  CHECK(running.engine->stop(std::chrono::seconds(30)) == 0);
}

}  // namespace tandem::test
