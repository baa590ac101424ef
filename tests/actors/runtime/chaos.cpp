#ifdef TANDEM_CHAOS

#include "actors/runtime/chaos.hpp"

#include "actors/runtime/pinned.hpp"
#include "tests/actors/fixture.hpp"

namespace tandem::test {

namespace {

struct no_state {};

using frail = pinned_actor<actor_kind::scribe, scribe_actor, no_state>;

scribe_actor::behavior_type run(frail*, int* commits) {
  return {[=](commit_transcript) { ++*commits; }};
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "chaos has one live actor of a kind fail, and nobody when there is none") {
  CHECK_FALSE(chaos::fail_one(actor_kind::scribe, 7));
  int commits = 0;
  auto first = spawn_on<scribe_actor>(host, run, &commits);
  auto second = spawn_on<scribe_actor>(host, run, &commits);
  host.run();
  CHECK(chaos::fail_one(actor_kind::scribe, 7));
  host.run();
  tell(first, commit_transcript{});
  tell(second, commit_transcript{});
  CHECK(commits == 1);
  end(first);
  end(second);
  first = scribe_actor{};
  second = scribe_actor{};
  CHECK_FALSE(chaos::fail_one(actor_kind::scribe, 7));
}

TEST_CASE("chaos knows actors by the labels of the metrics") {
  CHECK(chaos::kind_of("dialogue") == actor_kind::dialogue);
  CHECK_FALSE(chaos::kind_of("anybody"));
}

}  // namespace tandem::test

#endif
