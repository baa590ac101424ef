#include "tests/protocols/cluster/model_cluster.hpp"

#include <cstdlib>
#include <string>

#include <doctest/doctest.h>

namespace tandem::test {

namespace {

/// A number that the environment may give.
std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* wanted = std::getenv(variable);
  return wanted == nullptr ? otherwise : std::stoull(wanted);
}

/// The first fault that this mistake leads to; empty = none is found.
std::string fault_with(flaw wrong, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= most; ++seed) {
    const auto seen = model_cluster(seed, wrong).run();
    if (!seen.fault.empty()) return seen.fault;
  }
  return {};
}

}  // namespace

TEST_CASE("whatever fails, no call has two owners, and each finds one when it is over") {
  const auto runs = number_of("TANDEM_FAILOVERS", 1000);
  const auto first = number_of("TANDEM_TEST_SEED", 1);
  model_report all;
  for (auto seed = first; seed < first + runs; ++seed) {
    const auto seen = model_cluster(seed).run();
    INFO("seed " << seed << ": repeat it with TANDEM_TEST_SEED=" << seed << " TANDEM_FAILOVERS=1");
    REQUIRE(seen.fault == "");
    all.fences += seen.fences;
    all.adoptions += seen.adoptions;
    all.handovers += seen.handovers;
    all.on_promises += seen.on_promises;
  }
  if (runs < 100) return;
  CHECK(all.fences > runs);
  CHECK(all.adoptions > runs);
  CHECK(all.handovers > runs / 10);
  CHECK(all.on_promises > runs);
}

TEST_CASE("calls go on with their owners while the store is away, and when it is back") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto seen = model_cluster(seed).run_outage();
    INFO("seed " << seed);
    CHECK(seen.fault == "");
    CHECK(seen.fences == 0);
    CHECK(seen.on_promises > 0);
  }
}

TEST_CASE("each mistake that the protocol avoids is found by the runs") {
  struct mistake {
    const char* what;
    flaw wrong;
  };
  const mistake mistakes[] = {
      {"no margin for drift", flaw::no_margin},
      {"permission from the answer on", flaw::from_answer},
      {"a fence that is forgiven", flaw::fence_forgiven},
      {"a fence in spite of a renewal", flaw::fence_unconditional},
      {"attempts that outlive a renewal", flaw::late_attempts},
      {"adoption without a fence", flaw::adoption_unfenced},
      {"promises that are not kept", flaw::empty_promises},
      {"promises while an attempt is under way", flaw::promise_in_attempt},
      {"renewals that are told before they are answered", flaw::renewals_foretold},
      {"trust in strangers", flaw::stranger_trusted},
      {"an epoch that comes back", flaw::same_epoch},
      {"a carrier's id that is not unique", flaw::claimed_twice},
      {"offers of any term", flaw::any_term},
      {"acting on what is offered", flaw::acts_on_offer},
  };
  constexpr std::uint64_t most = 4000;
  for (const auto& each : mistakes) {
    INFO(each.what);
    CHECK(fault_with(each.wrong, most) != "");
  }
}

}  // namespace tandem::test
