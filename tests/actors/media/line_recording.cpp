#include "actors/media/line_recording.hpp"

#include "tests/actors/fake_recorder.hpp"
#include "tests/actors/ingress_fixture.hpp"

#include <algorithm>

using namespace tandem;
using namespace tandem::test;

namespace {

/// An ingress whose call is recorded.
struct recorded_fixture : ingress_fixture {
  fake_recorder recorder;

  void record(telnyx::codec codec = telnyx::codec::pcmu, bool mute_keys = false) {
    settings.carrier.codec = codec;
    actor =
        owned(spawn_ingress(host, call.handle, dialogue.handle, path, settings, measure,
                            std::make_shared<line_recording>(&recorder, "c-1", codec, mute_keys, measure)));
    host.run();
  }

  void end() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    host.run();
  }

  const fake_recorder::sides& heard() { return recorder.calls.at("c-1"); }
};

}  // namespace

TEST_CASE_FIXTURE(recorded_fixture, "a call's recording holds what was heard, and ends with its ingress") {
  record();
  begin();
  for (std::uint8_t n = 1; n <= 100; ++n) {
    host.advance(20ms);
    frame(numbered(n), n);
    if (n == 20) path->playout->play(bytes(800, 0x42));
    if (n == 50) path->playout->play(bytes(3200, 0x43));
    if (n == 60) path->playout->clear();
  }
  CHECK(recorder.finished.empty());
  end();
  CHECK(recorder.finished.contains("c-1"));
  REQUIRE(heard().caller.size() == 16000);
  for (std::size_t n = 0; n < 100; ++n) CHECK(heard().caller[n * 160 + 80] == n + 1);
  const auto agent_at = [&](std::size_t ms) { return heard().agent.at(ms * 8 + 4); };
  CHECK(agent_at(399) == 0xff);
  CHECK(agent_at(400) == 0x42);
  CHECK(agent_at(499) == 0x42);
  CHECK(agent_at(500) == 0xff);
  CHECK(agent_at(1000) == 0x43);
  CHECK(agent_at(1199) == 0x43);
  CHECK(agent_at(1200) == 0xff);
  CHECK(measure.recording_buffer_bytes->Value() == 0);
}

TEST_CASE_FIXTURE(recorded_fixture, "a recording is in one law, whatever the line has") {
  record(telnyx::codec::pcma);
  begin(telnyx::codec::pcma);
  host.advance(20ms);
  frame(bytes(160, 0x55), 1);
  path->playout->play(bytes(160, 0x2a));
  host.advance(20ms);
  frame(bytes(160, 0x55), 2);
  end();
  const bytes alaw{0x55, 0x2a};
  bytes ulaw(2);
  g711::alaw_to_ulaw(alaw, ulaw);
  CHECK(heard().caller.at(10) == ulaw[0]);
  CHECK(heard().agent.at(200) == ulaw[1]);
}

TEST_CASE_FIXTURE(recorded_fixture, "a wideband call is recorded at its own rate, a byte a sample") {
  record(telnyx::codec::l16);
  begin(telnyx::codec::l16, 16000);
  host.advance(20ms);
  frame(bytes(640, 0x11), 1);
  path->playout->play(bytes(640, 0x22));
  host.advance(20ms);
  frame(bytes(640, 0x11), 2);
  end();
  CHECK(heard().rate == 16000);
  CHECK(heard().caller.size() == 640);
  CHECK(heard().caller.at(10) == g711::to_ulaw(0x1111));
  CHECK(heard().agent.at(319) == 0xff);
  CHECK(heard().agent.at(320) == g711::to_ulaw(0x2222));
}

TEST_CASE_FIXTURE(recorded_fixture, "the tones of keys are not recorded when keys are not kept") {
  for (const bool mute : {false, true}) {
    CAPTURE(mute);
    recorder = {};
    record(telnyx::codec::pcmu, mute);
    begin();
    for (std::uint8_t n = 1; n <= 100; ++n) {
      host.advance(20ms);
      frame(bytes(160, 0x31), n);
      if (n == 50) say(telnyx::dtmf{.digit = '7'});
    }
    end();
    CHECK(heard().caller.at(8 * 990) == (mute ? 0xff : 0x31));
    CHECK(heard().caller.at(8 * 300) == 0x31);
    CHECK(heard().caller.at(8 * 1500) == 0x31);
  }
}

TEST_CASE_FIXTURE(recorded_fixture,
                  "tones that no event tells of are not recorded either, however long they last") {
  record(telnyx::codec::pcmu, true);
  begin();
  frames(50, false);
  key_tones('5', 100);
  frames(50, false);
  end();
  const auto& caller = heard().caller;
  CHECK(caller.size() >= 8 * 3900);
  CHECK(std::all_of(caller.begin(), caller.end(), [](std::uint8_t byte) { return byte == 0xff; }));
}

TEST_CASE_FIXTURE(recorded_fixture, "a stream that goes to another call leaves no recording behind") {
  record();
  begin();
  for (std::uint8_t n = 1; n <= 3; ++n) frame(numbered(n), n);
  tell(actor, hand_over_stream{call.handle});
  end();
  CHECK(recorder.forgotten.contains("c-1"));
  CHECK(recorder.calls.empty());
  CHECK(recorder.finished.empty());
}

TEST_CASE_FIXTURE(recorded_fixture, "a call without a stream has no recording") {
  record();
  end();
  CHECK(recorder.calls.empty());
  CHECK(recorder.finished.empty());
}
