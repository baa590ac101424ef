#include "tests/actors/shared_call_fixture.hpp"

#include <algorithm>
#include <utility>

namespace tandem::test {

shared_call::shared_call() : desk(spawn_probe<actor_kind::cluster, switchboard_actor>()) {
  shared.switchboard = desk.handle;
  settings.turns.silence = 600s;
  permit(true);
  desk->answer_with(claim_ruling{claim_outcome::ours, pass});
}

shared_call::~shared_call() {
  // What waits for a permission would wait beyond the test.
  permit(true);
  host.advance(50ms);
  shared.switchboard = switchboard_actor{};
  desk.handle = switchboard_actor{};
}

void shared_call::converse() {
  spawn(true);
  talk();
}

call_value shared_call::read(const std::string& value) {
  auto read = call_value::from_json(value);
  REQUIRE_MESSAGE(read, read.error());
  return std::move(*read);
}

void shared_call::adopt(std::shared_ptr<const call_value> former) {
  spawn({.id = "n-1-1",
         .carrier_call_id = "v3:a",
         .controlled = true,
         .former = std::move(former),
         .pass = pass});
}

std::size_t shared_call::events(std::string_view called) const {
  const auto told = records->all<event_added>();
  return static_cast<std::size_t>(std::count_if(
      told.begin(), told.end(), [called](const event_added& each) { return each.event.name == called; }));
}

void shared_call::check_left_quietly() {
  subject = call_actor{};
  CHECK(comes_to(actor_kind::call, 0));
  CHECK(childless());
  CHECK(node->last<call_moved>().call_id == "n-1-1");
  CHECK(node->count<leg_settled>() == 0);
  CHECK(commands("hangup") == 0);
  CHECK(ended_records() == 0);
  CHECK(events("call.ended") == 0);
  CHECK(desk->count<end_lease>() == 0);
  CHECK(active() == 0);
}

}  // namespace tandem::test
