#include "tests/actors/call_fixture.hpp"

#include <stdexcept>

namespace tandem::test {

namespace {

constexpr auto media = R"({"event":"media","media":{"track":"inbound","payload":"/////w=="}})";

/// A call on the line: announced, answered, its stream begun.
struct live_call : call_fixture {
  void begin(bool controlled = true) {
    spawn(controlled);
    stream = attach();
    start(*stream);
    REQUIRE(last_record().state == call_state::connected);
  }

  /// The providers are there.
  void open_providers() {
    for (const auto& each : connector.peers) each->open();
    connector.peers.front()->text(R"({"message_type":"session_started","session_id":"s","config":{}})");
    host.run();
  }

  void close(fake_peer& peer) {
    if (peer.events != nullptr) peer.close(1000, "");
    host.run();
  }

  /// The carrier goes on sending for so long.
  void talk(std::chrono::seconds time) {
    for (auto left = time; left.count() > 0 && stream->connected(); --left) {
      stream->text(media);
      host.advance(1s);
    }
  }

  std::shared_ptr<fake_peer> stream;
};

/// A connection to the carrier that breaks in the hands of who sends on it.
struct broken_link final : link {
  explicit broken_link(loop& host) : home_(host) {}
  void start(link_events& events) override { to = &events; }
  bool send(std::string_view) override { throw std::runtime_error("broken link"); }
  bool send_binary(std::string_view bytes) override { return send(bytes); }
  std::size_t queued_bytes() const override { return 0; }
  void pause_reading(bool) override {}
  void close(std::uint16_t, std::string_view) override { throw std::runtime_error("broken link"); }
  void leave(std::uint16_t code, std::string_view reason) override { close(code, reason); }
  loop& home() override { return home_; }
  loop& home_;
  link_events* to = nullptr;
};

}  // namespace

TEST_CASE_FIXTURE(live_call, "an open stream without a frame ends its call: the line is half open") {
  begin();
  open_providers();
  talk(settings.limits.media_wait + 5s);
  REQUIRE(last_record().state == call_state::connected);
  host.advance(settings.limits.media_wait - 2s);
  CHECK(last_record().state == call_state::connected);
  host.advance(2s);
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(commands("hangup") == 1);
  CHECK(stream->dropped);
}

TEST_CASE_FIXTURE(live_call, "a stream that begins and never sends a frame ends its call") {
  begin();
  host.advance(settings.limits.media_wait + 1s);
  CHECK(last_record().end_reason == end_reason::no_media);
}

TEST_CASE_FIXTURE(live_call, "a caller who says nothing for too long is let go") {
  begin();
  open_providers();
  talk(settings.turns.silence.count() / 1000 * 1s + 5s);
  CHECK(last_record().end_reason == end_reason::caller_silent);
}

TEST_CASE_FIXTURE(live_call, "a call that its dialogue does not drive any more is ended by its supervisor") {
  settings.turns.silence = 24h;
  begin();
  open_providers();
  talk(settings.limits.lifeless - 2s);
  CHECK(last_record().state == call_state::connected);
  talk(5s);
  CHECK(last_record().end_reason == end_reason::caller_silent);
  CHECK(commands("hangup") == 1);
  CHECK(childless());
}

TEST_CASE_FIXTURE(live_call, "a call nobody drives ends at its time limit even while its line is busy") {
  settings.turns.silence = 24h;
  settings.limits.lifeless = 24h;
  settings.limits.max_call = 300s;
  begin();
  open_providers();
  talk(299s);
  CHECK(last_record().state == call_state::connected);
  talk(2s);
  CHECK(last_record().end_reason == end_reason::max_duration);
}

TEST_CASE_FIXTURE(live_call,
                  "stop, close and hang-up webhook end a call once, with one reason and one record") {
  begin();
  stream->text(R"({"event":"stop","stream_id":"s"})");
  webhook(telnyx::webhook_type::call_hangup);
  close(*stream);
  webhook(telnyx::webhook_type::call_hangup);
  tell(subject, end_call{std::string(end_reason::shutdown)});
  host.run();
  CHECK(ended_records() == 1);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(measure.calls_total("incoming", end_reason::caller_hung_up).Value() == 1);
  CHECK(active() == 0);
  CHECK(commands("hangup") == 0);
}

TEST_CASE_FIXTURE(live_call, "every order of stop, close and hang-up ends a call once") {
  for (auto order : {"shc", "sch", "hsc", "hcs", "csh", "chs"}) {
    CAPTURE(order);
    records->clear();
    begin(false);
    for (auto what : std::string_view(order)) {
      if (what == 'h') webhook(telnyx::webhook_type::call_hangup);
      if (what == 's' && stream->events != nullptr) stream->text(R"({"event":"stop","stream_id":"s"})");
      if (what == 'c') close(*stream);
    }
    host.run();
    CHECK(ended_records() == 1);
    CHECK(last_record().end_reason == end_reason::caller_hung_up);
    subject = call_actor{};
    CHECK(active() == 0);
  }
}

TEST_CASE_FIXTURE(live_call,
                  "an ended call stays ended: late frames, a late start, a late answer change nothing") {
  begin();
  webhook(telnyx::webhook_type::call_hangup);
  auto records_then = records->size();
  auto commands_then = carrier->size();
  CHECK_FALSE(stream->connected());
  auto late = attach();
  CHECK(late->dropped);
  webhook(telnyx::webhook_type::call_answered);
  tell(subject, stream_started{.carrier_call_id = "v3:a", .codec = "PCMU"});
  host.advance(60s);
  CHECK(records->size() == records_then);
  CHECK(carrier->size() == commands_then);
  CHECK(connector.peers.size() == 2);
  CHECK(last_record().state == call_state::ended);
}

TEST_CASE_FIXTURE(live_call, "frames behind the stop go nowhere") {
  settings.limits.stream_wait = 30s;
  begin();
  stream->text(R"({"event":"stop","stream_id":"s"})");
  const auto frames = measure.inbound_frames(frame_outcome::ok).Value();
  if (stream->events != nullptr) stream->text(media);
  host.run();
  CHECK(measure.inbound_frames(frame_outcome::ok).Value() == frames);
  // The carrier's leg is up still: another stream may come.
  CHECK(last_record().state == call_state::connected);
  webhook(telnyx::webhook_type::call_hangup);
  CHECK(ended_records() == 1);
}

TEST_CASE_FIXTURE(live_call, "a hang-up before the start ends the call, and the start finds nobody") {
  spawn(true);
  stream = attach();
  webhook(telnyx::webhook_type::call_hangup);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(stream->dropped);
  CHECK(childless());
  host.advance(60s);
  CHECK(ended_records() == 1);
}

TEST_CASE_FIXTURE(live_call, "a hang-up while a provider connects ends the connect with the call") {
  begin();
  REQUIRE(connector.peers.size() == 2);
  // Neither has opened yet.
  webhook(telnyx::webhook_type::call_hangup);
  for (const auto& each : connector.peers) CHECK(each->dropped);
  host.advance(60s);
  CHECK(connector.peers.size() == 2);
}

TEST_CASE_FIXTURE(live_call, "another stream and another start connect to no provider a second time") {
  begin();
  auto again = attach();
  start(*again);
  start(*again);
  start(*attach());
  CHECK(connector.peers.size() == 2);
  for (const auto& each : connector.peers) CHECK_FALSE(each->dropped);
}

TEST_CASE_FIXTURE(live_call, "a codec that cannot be taken ends the call at once and says so") {
  spawn(true);
  stream = attach();
  stream->text(R"({"event":"start","stream_id":"s","start":{"call_control_id":"v3:a",)"
               R"("media_format":{"encoding":"AMR-WB","sample_rate":16000,"channels":1}}})");
  host.run();
  CHECK(last_record().end_reason == end_reason::unsupported_codec);
  CHECK(stream->closed_with == 1003);
  CHECK(commands("hangup") == 1);
}

TEST_CASE_FIXTURE(live_call, "a stream on the fixed token that never says whose it is ends its call") {
  spawn(false);
  stream = attach();
  host.advance(6s);
  CHECK(last_record().end_reason == end_reason::no_media);
  CHECK(childless());
}

TEST_CASE_FIXTURE(live_call, "a child that throws ends its own call in order") {
  spawn(true);
  auto broken = std::make_shared<broken_link>(host);
  tell(subject, attach_stream{broken});
  std::string stop = R"({"event":"stop","stream_id":"s"})";
  broken->to->on_text(stop);
  host.run();
  CHECK(last_record().end_reason == end_reason::internal_error);
  CHECK(measure.actor_failures(actor_kind::ingress).Value() == 1);
  CHECK(commands("hangup") == 1);
  CHECK(childless());
  CHECK(active() == 0);
}

TEST_CASE_FIXTURE(live_call, "a supervisor that is killed leaves no child, no gauge and no open record") {
  begin();
  end(subject, caf::exit_reason::kill);
  subject = call_actor{};
  host.run();
  CHECK(childless());
  CHECK(stream->dropped);
  for (const auto& each : connector.peers) CHECK(each->dropped);
  CHECK(ended_records() == 1);
  CHECK(last_record().end_reason == end_reason::internal_error);
  CHECK(active() == 0);
  CHECK(host.armed_timers() == 0);
}

TEST_CASE_FIXTURE(live_call, "a carrier that does not confirm the hang-up does not keep the call for ever") {
  begin();
  carrier->answer_with(command_outcome{false, "10010", "no"});
  tell(subject, end_call{std::string(end_reason::agent_hung_up)});
  CHECK(ended_records() == 1);
  CHECK(live(actor_kind::ingress) == 0);
}

TEST_CASE_FIXTURE(live_call, "a stream of a call that was there before goes to that call") {
  auto owner = spawn_probe<actor_kind::call, call_actor>();
  node->answer_with(call_owner{"test-node", "n-1-0", owner.handle});
  spawn(false);
  stream = attach();
  start(*stream);
  REQUIRE(owner->count<attach_stream>() == 1);
  auto given = owner->last<attach_stream>();
  CHECK(given.started->carrier_call_id == "v3:a");
  CHECK(stream->paused);
  CHECK_FALSE(stream->dropped);
  CHECK(last_record().end_reason == end_reason::joined);
  CHECK(childless());
  owner->clear();
  node->answer_with(call_owner{});
}

TEST_CASE_FIXTURE(live_call, "a stream that another call gives goes on without a second start") {
  begin();
  auto next = std::make_shared<fake_peer>();
  tell(subject, attach_stream{std::make_shared<fake_link>(host, next),
                              stream_started{.carrier_call_id = "v3:a", .stream_id = "t", .codec = "PCMU"}});
  CHECK(stream->closed_with == 1000);
  close(*stream);
  const auto before = live(actor_kind::dialogue);
  next->text(media);
  next->text(media);
  host.advance(1s);
  CHECK(last_record().state == call_state::connected);
  CHECK(before == 1);
  CHECK(connector.peers.size() == 2);
  stream = next;
  talk(settings.limits.media_wait + 2s);
  CHECK(last_record().state == call_state::connected);
}

TEST_CASE_FIXTURE(live_call, "a stream that names a call which is over ends") {
  node->answer_with(call_owner{});
  spawn(false);
  stream = attach();
  start(*stream);
  CHECK(last_record().end_reason == end_reason::caller_hung_up);
  CHECK(stream->dropped);
}

}  // namespace tandem::test
