#include "tests/actors/ingress_fixture.hpp"
#include "tests/lab/dtmf_tones.hpp"

#include <string>

using namespace tandem;
using namespace tandem::test;

namespace {

/// A call whose caller presses keys, in the audio and as events.
struct keys_fixture : ingress_fixture {
  void event(char key, std::string_view at = {}) {
    telnyx::dtmf pressed;
    pressed.digit = key;
    pressed.occurred_at = at;
    say(pressed);
  }

  /// What the dialogue was told; the call is told the same.
  std::string told() {
    std::string keys;
    for (const auto& each : dialogue->all<dtmf_pressed>()) keys += each.digit;
    std::string other;
    for (const auto& each : call->all<dtmf_pressed>()) other += each.digit;
    CHECK(keys == other);
    return keys;
  }
};

}  // namespace

TEST_CASE_FIXTURE(keys_fixture, "a key that sounds in the audio is pressed") {
  begin();
  frames(10, false);
  key_tones('7');
  CHECK(told().empty());
  frames(15, false);
  CHECK(told() == "7");
  key_tones('#', 50);
  frames(50, false);
  CHECK(told() == "7#");
}

TEST_CASE_FIXTURE(keys_fixture, "a key in PCMA audio is pressed") {
  begin(telnyx::codec::pcma);
  for (std::size_t at = 0; at < 800; at += 160) {
    std::array<std::int16_t, 160> sound{};
    lab::dtmf_tones('5', at, sound);
    bytes payload(160);
    g711::encode_alaw(sound, payload);
    frame(payload, static_cast<std::int64_t>(at / 160 + 1));
  }
  host.advance(400ms);
  CHECK(told() == "5");
}

TEST_CASE_FIXTURE(keys_fixture, "a key with its event counts once, whichever comes first") {
  begin();
  event('1');
  CHECK(told() == "1");
  key_tones('1');
  frames(50, false);
  CHECK(told() == "1");
}

TEST_CASE_FIXTURE(keys_fixture, "an event takes the place of tones before it, or of a key that was told") {
  begin();
  key_tones('1');
  event('1');
  CHECK(told() == "1");
  frames(50, false);
  CHECK(told() == "1");
}

TEST_CASE_FIXTURE(keys_fixture,
                  "an event that is late is of the key that was told, and the last that is heard") {
  begin();
  key_tones('1');
  frames(30, false);
  CHECK(told() == "1");
  event('1');
  key_tones('2');
  frames(50, false);
  CHECK(told() == "1");
  event('2');
  CHECK(told() == "12");
}

TEST_CASE_FIXTURE(keys_fixture, "Scribe hears no more of a key than what it took to know it") {
  begin();
  key_tones('1', 10);
  frames(10, false);
  const auto quiet = std::count(recogniser.heard.begin(), recogniser.heard.end(), g711::ulaw_silence);
  CHECK(recogniser.heard.size() == std::size_t{20} * 160);
  CHECK(quiet >= std::ptrdiff_t{17} * 160);
}

TEST_CASE_FIXTURE(keys_fixture, "keys in the audio are told when no more audio comes") {
  begin();
  key_tones('1');
  host.advance(300ms);
  CHECK(told() == "1");
}

TEST_CASE_FIXTURE(keys_fixture, "the tones of keys are no voice, and end one") {
  begin();
  frames(25, false);
  for (const char key : {'1', '4', '9', '0'}) {
    key_tones(key, 15);
    frames(10, false);
  }
  CHECK(dialogue->count<voice_started>() == 0);
  frames(25, true);
  CHECK(dialogue->count<voice_started>() == 1);
  key_tones('1', 25);
  CHECK(dialogue->count<voice_ended>() == 1);
  CHECK(dialogue->count<voice_started>() == 1);
}

TEST_CASE_FIXTURE(keys_fixture, "the setting leaves keys in the audio alone, and those of events are told") {
  end(actor);
  settings.carrier.inband_dtmf = false;
  spawn();
  begin();
  key_tones('1');
  frames(50, false);
  CHECK(told().empty());
  event('2');
  CHECK(told() == "2");
}

TEST_CASE_FIXTURE(keys_fixture, "a call that ends while a key waits leaves no timer") {
  begin();
  key_tones('1');
  end(actor);
  actor = ingress_actor{};
  CHECK(host.armed_timers() == 0);
}

TEST_CASE_FIXTURE(keys_fixture, "keys whose events overtake each other are told as they were pressed") {
  begin();
  event('2', "2026-05-01T10:00:00.250000Z");
  host.advance(60ms);
  event('1', "2026-05-01T10:00:00.1Z");
  CHECK(told().empty());
  host.advance(40ms);
  CHECK(told() == "12");
  event('4', "2026-05-01T10:00:00.450001Z");
  event('3', "2026-05-01T12:00:00.450000+02:00");
  host.advance(100ms);
  CHECK(told() == "1234");
}

TEST_CASE_FIXTURE(keys_fixture, "a key whose event comes behind a later one that was told is told at once") {
  begin();
  event('2', "2026-05-01T10:00:01Z");
  host.advance(100ms);
  event('1', "2026-05-01T10:00:00Z");
  CHECK(told() == "21");
}

TEST_CASE_FIXTURE(keys_fixture, "a key whose time cannot be read is told at once") {
  begin();
  event('1', "yesterday");
  event('2', "2026-05-01T10:00:00");
  CHECK(told() == "12");
}

TEST_CASE_FIXTURE(keys_fixture, "a key with its event counts once while that waits for earlier ones") {
  begin();
  event('1', "2026-05-01T10:00:00Z");
  key_tones('1', 4);
  CHECK(told().empty());
  frames(50, false);
  CHECK(told() == "1");
}

TEST_CASE_FIXTURE(keys_fixture, "keys that wait for earlier ones are told when the stream ends") {
  begin();
  event('2', "2026-05-01T10:00:01Z");
  event('1', "2026-05-01T10:00:00Z");
  say(telnyx::stop{});
  CHECK(told() == "12");
  CHECK(call->count<stream_stopped>() == 1);
}

TEST_CASE_FIXTURE(keys_fixture, "a call that ends while an event waits for earlier ones leaves no timer") {
  begin();
  event('1', "2026-05-01T10:00:00Z");
  end(actor);
  actor = ingress_actor{};
  CHECK(host.armed_timers() == 0);
}
