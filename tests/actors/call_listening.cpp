#include "actors/media/line_listeners.hpp"
#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

namespace {

struct listened_call : call_fixture {
  listen_ruling ask() {
    listen_ruling out;
    caf::scoped_actor self(system);
    auto request = self->request(subject, 5s, may_listen{});
    host.run();
    request.receive([&](const listen_ruling& ruling) { out = ruling; },
                    [](const caf::error& error) { FAIL(caf::to_string(error)); });
    return out;
  }

  std::shared_ptr<fake_peer> listen() {
    auto listener = std::make_shared<fake_peer>();
    tell(subject, attach_listener{std::make_shared<fake_link>(host, listener), "session"});
    return listener;
  }
};

}  // namespace

TEST_CASE_FIXTURE(listened_call, "somebody may listen in as long as there is something to hear") {
  spawn(true);
  auto ruling = ask();
  CHECK_FALSE(ruling.accepted);
  CHECK(ruling.state == call_state::ringing);
  CHECK(ruling.why == "nobody is on the line yet");
  auto stream = attach();
  start(*stream);
  ruling = ask();
  CHECK(ruling.accepted);
  CHECK(ruling.rate == 8000);
  CHECK(ruling.state == call_state::connected);
  for (std::uint32_t n = 0; n < most_listeners; ++n) listen();
  ruling = ask();
  CHECK_FALSE(ruling.accepted);
  CHECK(ruling.is_full);
}

TEST_CASE_FIXTURE(listened_call, "that somebody listens in stands among the call's events") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  const auto listener = listen();
  CHECK(listener->connected());
  const auto event = records->last<event_added>().event;
  CHECK(event.name == "call.listened");
  CHECK(event.data == R"({"by":"session"})");
}

TEST_CASE_FIXTURE(listened_call, "when a call ends its listeners are told why") {
  spawn(true);
  auto stream = attach();
  start(*stream);
  const auto listener = listen();
  webhook(telnyx::webhook_type::call_hangup);
  CHECK(listener->closed_with == 1000);
  CHECK(listener->closed_because == end_reason::caller_hung_up);
  CHECK(listener->dropped);
  const auto late = listen();
  CHECK(late->dropped);
}

}  // namespace tandem::test
