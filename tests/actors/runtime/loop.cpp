#include "actors/runtime/pinned.hpp"
#include "tests/actors/fixture.hpp"

#include <stdexcept>
#include <thread>

namespace tandem::test {

namespace {

struct count_state {
  int commits = 0;
};

using counter = pinned_actor<actor_kind::scribe, scribe_actor, count_state>;

scribe_actor::behavior_type counting(counter* self, int* commits) {
  return {[=](commit_transcript) { *commits = ++self->state.commits; }};
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "an actor runs on its loop whoever sends") {
  int commits = 0;
  auto actor = owned(spawn_on<scribe_actor>(host, counting, &commits));
  std::thread elsewhere([&] {
    for (int i = 0; i < 100; ++i) caf::anon_send(actor, commit_transcript{});
  });
  elsewhere.join();
  CHECK(commits == 0);
  host.run();
  CHECK(commits == 100);
}

TEST_CASE_FIXTURE(fixture, "what a socket's handler throws ends the actor and nothing else") {
  int commits = 0;
  counter* inside = nullptr;
  auto run = [&inside](counter* self, int* seen) -> scribe_actor::behavior_type {
    inside = self;
    return {[seen](commit_transcript) { ++*seen; }};
  };
  auto fragile = spawn_on<scribe_actor>(host, run, &commits);
  auto other = owned(spawn_on<scribe_actor>(host, counting, &commits));
  host.run();
  inside->guard([] { throw std::runtime_error("broken"); });
  host.run();
  tell(fragile, commit_transcript{});
  CHECK(commits == 0);
  tell(other, commit_transcript{});
  CHECK(commits == 1);
  fragile = scribe_actor{};
  other = scribe_actor{};
}

TEST_CASE_FIXTURE(fixture, "an actor spawned without a loop is refused") {
  int commits = 0;
  CHECK_THROWS(system.spawn(counting, &commits));
}

TEST_CASE_FIXTURE(fixture, "a timer that is dropped does not fire") {
  int fired = 0;
  {
    auto dropped = host.at(host.now() + std::chrono::seconds(1), [&] { ++fired; });
    auto kept = host.at(host.now() + std::chrono::seconds(1), [&] { ++fired; });
    dropped.cancel();
    host.advance(std::chrono::seconds(2));
    CHECK(fired == 1);
  }
  CHECK(host.armed_timers() == 0);
}

TEST_CASE_FIXTURE(fixture, "ended actors leave no object behind") {
  int commits = 0;
  for (int i = 0; i < 1000; ++i) {
    auto actor = spawn_on<scribe_actor>(host, counting, &commits);
    tell(actor, commit_transcript{});
    end(actor);
  }
  CHECK(live(actor_kind::scribe) == 0);
}

}  // namespace tandem::test
