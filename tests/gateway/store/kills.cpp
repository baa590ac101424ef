#include "tests/gateway/store/store_fixture.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tandem::test {

namespace {

/// How many processes are killed; tests/nightly wants more.
int kills() {
  const char* wanted = std::getenv("TANDEM_KILLS");
  return wanted != nullptr ? std::atoi(wanted) : 30;
}

/// What a process that is to be killed does: writes calls with turns for ever, and says of each that it was
/// kept.
[[noreturn]] void write_until_killed(const store_settings& how, int first, int say) {
  open_store running(how);
  for (int number = first;; ++number) {
    for (std::uint32_t n = 1; n <= 3; ++n) {
      running.store->write(turn_change{ended_call(number).id, spoken_turn(n, std::string(200, 'w'))});
    }
    running.store->write(ended_call(number), [number, say](bool kept) {
      if (kept && write(say, &number, sizeof number) != sizeof number) _exit(1);
    });
    if (number % 20 == 0) running.keep(ended_call(number));
  }
}

/// The numbers of the calls that a process said were kept, before it was killed at some moment.
std::set<int> killed_writer(const store_settings& how, int first, std::mt19937& random) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    close(ends[0]);
    write_until_killed(how, first, ends[1]);
  }
  close(ends[1]);
  std::set<int> kept;
  // At any moment: while it opens the store, migrates, replays, commits.
  const auto acknowledged = std::uniform_int_distribution<std::size_t>(0, 60)(random);
  std::thread late([child, pause = std::uniform_int_distribution<int>(0, 300)(random)] {
    std::this_thread::sleep_for(std::chrono::milliseconds(pause));
    kill(child, SIGKILL);
  });
  for (int number = 0; read(ends[0], &number, sizeof number) == sizeof number;) {
    kept.insert(number);
    if (kept.size() == acknowledged) kill(child, SIGKILL);
  }
  late.join();
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFSIGNALED(status));
  return kept;
}

}  // namespace

TEST_CASE("what was acknowledged survives kill -9 at any moment, in the store or in its journal") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  on_every_database([&](const empty_database& at) {
    auto how = at.settings();
    auto nowhere = how;
    nowhere.url = "sqlite:" + (at.folder / "nowhere/calls.db");
    std::set<int> kept;
    int first = 1;
    for (int i = 0; i < kills(); ++i) {
      // Without the store at times, so that the next one starts with a journal.
      const auto some = killed_writer(random() % 3 == 0 ? nowhere : how, first, random);
      kept.insert(some.begin(), some.end());
      first += 100000;
    }
    open_store running(how);
    REQUIRE(comes_true([&] { return running.list().has_value(); }));
    REQUIRE(comes_true([&] { return std::filesystem::file_size(how.journal) == 0; }));
    CHECK(running.measure.store_records_lost_total->Value() == 0);
    CHECK(!kept.empty());
    for (const int number : kept) {
      const auto found = running.find(ended_call(number).id);
      REQUIRE(found);
      REQUIRE(found->size() == 1);
      CHECK(json_of(found->front().call) == json_of(ended_call(number)));
      REQUIRE(found->front().turns.size() == 3);
      CHECK(json_of(found->front().turns[2]) == json_of(spoken_turn(3, std::string(200, 'w'))));
    }
  });
}

}  // namespace tandem::test
