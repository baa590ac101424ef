#include "actors/supervisor.hpp"

#include "tests/actors/fixture.hpp"

#include <string>
#include <vector>

namespace tandem::test {

namespace {

/// A supervisor of two services.
struct supervisor_fixture : fixture {
  supervisor_fixture()
      : records(spawn_probe<actor_kind::records, records_actor>()),
        carrier(spawn_probe<actor_kind::carrier, carrier_actor>()),
        subject(owned(spawn_supervisor(host, measure, [this](std::string why) { told.push_back(why); }))) {
    watch(actor_kind::records, records.handle);
    watch(actor_kind::carrier, carrier.handle);
  }

  ~supervisor_fixture() {
    end(subject);
    subject = supervisor_actor{};
    records.handle = records_actor{};
    carrier.handle = carrier_actor{};
  }

  template <class Handle>
  void watch(actor_kind kind, const Handle& service) {
    tell(subject, watch_service{kind, caf::actor_cast<caf::actor>(service)});
  }

  double failures(actor_kind kind) { return measure.actor_failures(kind).Value(); }

  std::vector<std::string> told;
  probe<records_actor> records;
  probe<carrier_actor> carrier;
  supervisor_actor subject;
};

}  // namespace

TEST_CASE_FIXTURE(supervisor_fixture, "a service that ends is counted, and who ended and why is told") {
  end(records.handle, caf::exit_reason::kill);
  REQUIRE(told.size() == 1);
  CHECK(told[0].starts_with("the service records failed: "));
  CHECK(failures(actor_kind::records) == 1);
  CHECK(failures(actor_kind::carrier) == 0);
}

TEST_CASE_FIXTURE(supervisor_fixture, "of several services that end the first is told, and all are counted") {
  end(carrier.handle, caf::exit_reason::kill);
  end(records.handle);
  REQUIRE(told.size() == 1);
  CHECK(told[0].starts_with("the service carrier failed: "));
  CHECK(failures(actor_kind::carrier) == 1);
  CHECK(failures(actor_kind::records) == 1);
}

TEST_CASE_FIXTURE(supervisor_fixture,
                  "a service that had ended before it was to be watched counts as ended") {
  auto campaigns = spawn_probe<actor_kind::campaigns, campaigns_actor>();
  end(campaigns.handle);
  watch(actor_kind::campaigns, campaigns.handle);
  CHECK(told.size() == 1);
  CHECK(failures(actor_kind::campaigns) == 1);
}

TEST_CASE_FIXTURE(supervisor_fixture, "services that end behind their supervisor have not failed") {
  caf::anon_send_exit(subject, caf::exit_reason::user_shutdown);
  end(records.handle);
  end(carrier.handle);
  CHECK(told.empty());
  CHECK(failures(actor_kind::records) == 0);
}

}  // namespace tandem::test
