#include "tests/actors/call_fixture.hpp"

namespace tandem::test {

namespace {

/// A call that nobody can bring another stream.
struct softphone_call : call_fixture {
  softphone_call() {
    subject = owned(spawn_call(
        host, {.id = "n-1-1", .carrier_call_id = "n-1-1", .from = "softphone", .has_sole_stream = true},
        shared_settings(), shared, node.handle));
    host.run();
    stream = attach();
  }

  std::shared_ptr<fake_peer> stream;
};

}  // namespace

TEST_CASE_FIXTURE(softphone_call, "a softphone's stream names its own call, and asks nobody whose it is") {
  start(*stream, "n-1-1");
  CHECK(last_record().state == call_state::connected);
  CHECK(last_record().from == "softphone");
  CHECK(node->count<identify_call>() == 0);
  stream->text(R"({"event":"stop","stream_id":"s"})");
  host.run();
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(carrier->size() == 0);
  CHECK(childless());
}

TEST_CASE_FIXTURE(softphone_call, "a softphone's stream that names another call ends its own") {
  start(*stream, "v3:a");
  CHECK(stream->closed_with == 1008);
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(measure.connection_failures(peer::telnyx, connection_failure::unauthorised).Value() == 1);
  CHECK(node->count<identify_call>() == 0);
  CHECK(active() == 0);
}

TEST_CASE_FIXTURE(softphone_call, "a softphone's call ends as its stream breaks off") {
  start(*stream, "n-1-1");
  stream->close(1001, "the page is left");
  host.run();
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(childless());
}

TEST_CASE_FIXTURE(softphone_call, "no other stream gets into a softphone's call") {
  start(*stream, "n-1-1");
  const auto other = std::make_shared<fake_peer>();
  tell(subject, attach_stream{std::make_shared<fake_link>(host, other),
                              stream_started{.carrier_call_id = "n-1-1", .stream_id = "t", .codec = "PCMU"}});
  CHECK(other->dropped);
  CHECK(stream->connected());
  CHECK(stream->closed_with == 0);
  CHECK(last_record().state == call_state::connected);
}

}  // namespace tandem::test
