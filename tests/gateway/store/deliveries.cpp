#include "tests/gateway/store/store_fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

delivery event(int call, std::int64_t n) {
  return {.call_id = ended_call(call).id,
          .n = n,
          .at = wall_time(std::chrono::milliseconds(1'700'000'000'000 + n)),
          .body = R"({"text":"Zoë's \"words\""})"};
}

/// Recent enough not to be deleted for its age.
delivery recent(int call, std::int64_t n) {
  auto out = event(call, n);
  out.at = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) +
           std::chrono::milliseconds(n);
  return out;
}

}  // namespace

TEST_CASE("what is to be posted comes back in order, also after a restart, until it is settled") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    const auto first = recent(1, 1);
    const auto second = recent(2, 2);
    const auto third = recent(1, 3);
    for (const auto& each : {third, first, second}) REQUIRE(running.keep(delivery_change{each}));
    for (int start = 0; start < 2; ++start) {
      CHECK(running.deliveries() == std::vector{first, second, third});
      CHECK(running.deliveries(2) == std::vector{first, second});
      running.restart();
    }
    REQUIRE(running.keep(delivery_change{first, false}));
    CHECK(running.deliveries() == std::vector{second, third});
    // What comes and goes at once.
    running.store->write(delivery_change{first});
    REQUIRE(running.keep(delivery_change{first, false}));
    CHECK(running.deliveries() == std::vector{second, third});
  });
}

TEST_CASE("what is to be posted is encrypted when words or numbers are, and lost with the key") {
  on_every_database([](const empty_database& at) {
    for (const bool words : {true, false}) {
      auto how = at.settings();
      (words ? how.words : how.numbers) = text_policy::encrypt;
      how.key = sealer::key{1, 2, 3};
      open_store running(how);
      const auto one = recent(words ? 1 : 2, 1);
      REQUIRE(running.keep(delivery_change{one}));
      CHECK(running.deliveries() == std::vector{one});
      running.close();
      database base(at.url);
      const auto rows = base.deliveries("test", 10);
      REQUIRE(rows.size() == 1);
      CHECK(rows[0].body.find("words") == std::string::npos);
      running.how.key.reset();
      (words ? running.how.words : running.how.numbers) = text_policy::plain;
      running.open();
      const auto unread = running.deliveries();
      REQUIRE(unread);
      REQUIRE(unread->size() == 1);
      CHECK(unread->front().body.empty());
      REQUIRE(running.keep(delivery_change{one, false}));
    }
  });
}

TEST_CASE("another node's events are not posted by this one") {
  if (!postgres_server::installed()) return;
  const empty_database at{.url = shared_postgres().make_database()};
  auto how = at.settings();
  how.node = "other";
  how.journal.clear();
  open_store running(how);
  REQUIRE(running.keep(delivery_change{recent(1, 1)}));
  running.close();
  running.how.node = "test";
  running.open();
  CHECK(running.deliveries()->empty());
}

TEST_CASE("events to be posted go with their caller, and with age") {
  on_every_database([](const empty_database& at) {
    open_store running(at.settings());
    REQUIRE(running.keep(ended_call(1)));
    REQUIRE(running.keep(delivery_change{recent(1, 1)}));
    const auto other = recent(2, 2);
    REQUIRE(running.keep(delivery_change{other}));
    REQUIRE(running.keep(delivery_change{event(3, 3)}));
    REQUIRE(running.keep(caller_gone{ended_call(1).from}));
    running.restart();
    CHECK(comes_true([&] { return running.deliveries() == std::vector{other}; }));
  });
}

}  // namespace tandem::test
