#include "actors/media/line_listeners.hpp"

#include "actors/media/line_recording.hpp"
#include "tests/actors/fake_recorder.hpp"
#include "tests/actors/ingress_fixture.hpp"

#include <algorithm>

using namespace tandem;
using namespace tandem::test;

namespace {

/// What a listener was told, side by side, and where it begins.
struct heard_line {
  std::uint64_t begin = 0;
  bytes caller;
  bytes agent;
  unsigned gaps = 0;
};

heard_line heard_by(const fake_peer& listener) {
  heard_line out;
  for (const auto& message : listener.sent_binary) {
    std::uint64_t position = 0;
    for (std::size_t i = 0; i < 8; ++i) position = position << 8 | static_cast<std::uint8_t>(message.at(i));
    if (out.caller.empty()) out.begin = position;
    out.gaps += position != out.begin + out.caller.size();
    for (std::size_t i = 8; i + 1 < message.size(); i += 2) {
      out.caller.push_back(static_cast<std::uint8_t>(message[i]));
      out.agent.push_back(static_cast<std::uint8_t>(message[i + 1]));
    }
  }
  return out;
}

/// An ingress, recorded or not, to which others listen in.
struct listened_fixture : ingress_fixture {
  fake_recorder recorder;

  ~listened_fixture() { end(); }

  void record() {
    actor = owned(spawn_ingress(host, call.handle, dialogue.handle, path, settings, measure,
                                std::make_shared<line_recording>(&recorder, "c-1", settings.carrier.codec,
                                                                 !settings.keeps_keys, measure)));
    host.run();
  }

  std::shared_ptr<fake_peer> listen() {
    auto listener = std::make_shared<fake_peer>();
    tell(actor, attach_listener{std::make_shared<fake_link>(host, listener), "token"});
    listener->open();
    return listener;
  }

  /// Frames in real time, each of them numbered.
  void speak(int count) {
    for (; count != 0; --count) {
      host.advance(20ms);
      ++spoken;
      frame(numbered(static_cast<std::uint8_t>(spoken)), spoken);
    }
  }

  void end() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    host.run();
  }

  double missed() const { return measure.listener_dropped_seconds_total->Value(); }

  int spoken = 0;
};

}  // namespace

TEST_CASE_FIXTURE(listened_fixture,
                  "a listener gets both sides from the moment of joining, and nothing before") {
  begin();
  speak(20);
  CHECK(measure.recording_buffer_bytes->Value() == 0);
  const auto listener = listen();
  CHECK(path->listeners == 1);
  REQUIRE(listener->sent.size() == 1);
  CHECK(listener->sent.front() ==
        R"({"event":"start","codec":"PCMU","rate":8000,"channels":["caller","agent"]})");
  speak(10);
  path->playout->play(bytes(800, 0x42));
  speak(10);
  CHECK(listener->sent_binary.size() == 4);
  const auto heard = heard_by(*listener);
  CHECK(heard.begin == 0);
  CHECK(heard.gaps == 0);
  REQUIRE(heard.caller.size() == 3200);
  for (std::size_t n = 0; n < 20; ++n) CHECK(heard.caller[n * 160 + 80] == n + 21);
  CHECK(heard.agent[1599] == 0xff);
  CHECK(heard.agent[1600] == 0x42);
  CHECK(heard.agent[2399] == 0x42);
  CHECK(heard.agent[2400] == 0xff);
}

TEST_CASE_FIXTURE(listened_fixture,
                  "a listener has what the recording has, at its positions, to the call's end") {
  record();
  begin();
  speak(33);
  path->playout->play(bytes(3200, 0x42));
  speak(7);
  const auto listener = listen();
  speak(5);
  path->playout->clear();
  speak(130);
  path->playout->play(bytes(8000, 0x43));
  speak(8);
  tell(actor, call_ending{"caller_hung_up"});
  end();
  CHECK(listener->closed_with == 1000);
  CHECK(listener->closed_because == "caller_hung_up");
  CHECK(path->listeners == 0);
  const auto heard = heard_by(*listener);
  const auto& kept = recorder.calls.at("c-1");
  CHECK(heard.begin == 40 * 160);
  CHECK(heard.gaps == 0);
  REQUIRE(heard.begin + heard.caller.size() == kept.caller.size());
  const auto from = static_cast<std::ptrdiff_t>(heard.begin);
  CHECK(std::equal(heard.caller.begin(), heard.caller.end(), kept.caller.begin() + from));
  CHECK(std::equal(heard.agent.begin(), heard.agent.end(), kept.agent.begin() + from));
}

TEST_CASE_FIXTURE(listened_fixture, "the tones of keys that are not kept are not heard by listeners either") {
  settings.keeps_keys = false;
  spawn();
  begin();
  const auto listener = listen();
  frames(50, true);
  say(telnyx::dtmf{.digit = '7'});
  frames(50, true);
  key_tones('5', 20);
  frames(50, false);
  end();
  const auto heard = heard_by(*listener);
  CHECK(heard.gaps == 0);
  REQUIRE(heard.caller.size() > 8 * 3000);
  const auto is_silent = [&](std::size_t from_ms, std::size_t to_ms) {
    return std::all_of(heard.caller.begin() + static_cast<std::ptrdiff_t>(8 * from_ms),
                       heard.caller.begin() + static_cast<std::ptrdiff_t>(8 * to_ms),
                       [](std::uint8_t byte) { return byte == 0xff; });
  };
  CHECK_FALSE(is_silent(300, 400));
  CHECK(is_silent(401, 1299));
  CHECK_FALSE(is_silent(1310, 1400));
  CHECK(is_silent(2000, 2400));
}

TEST_CASE_FIXTURE(listened_fixture, "a wideband call is heard at its own rate") {
  settings.carrier.codec = telnyx::codec::l16;
  spawn();
  begin(telnyx::codec::l16, 16000);
  const auto listener = listen();
  for (int n = 1; n <= 10; ++n) {
    host.advance(20ms);
    frame(bytes(640, 0x11), n);
  }
  CHECK(listener->sent.at(0).find(R"("rate":16000)") != std::string::npos);
  REQUIRE_FALSE(listener->sent_binary.empty());
  CHECK(listener->sent_binary.front().size() == 8 + 2 * 1600);
  CHECK(heard_by(*listener).caller.at(100) == g711::to_ulaw(0x1111));
}

TEST_CASE_FIXTURE(listened_fixture,
                  "who reads slowly misses the oldest, which is counted, and nobody waits") {
  begin();
  const auto quick = listen();
  const auto slow = listen();
  slow->writable = false;
  // The first message that does not fit is taken all the same.
  speak(5);
  CHECK(slow->sent_binary.size() == 1);
  speak(245);
  CHECK(slow->sent_binary.size() == 1);
  CHECK(quick->sent_binary.size() == 50);
  CHECK(heard_by(*quick).gaps == 0);
  CHECK(missed() == doctest::Approx(2.9));
  CHECK(measure.listener_buffer_bytes->Value() == 20 * 1608);
  slow->writable = true;
  slow->events->on_writable();
  CHECK(slow->sent_binary.size() == 21);
  CHECK(slow->sent_binary.back() == quick->sent_binary.back());
  CHECK(heard_by(*slow).gaps == 20);
  CHECK(measure.listener_buffer_bytes->Value() == 0);
  speak(5);
  CHECK(slow->sent_binary.size() == 22);
  CHECK(missed() == doctest::Approx(2.9));
}

TEST_CASE_FIXTURE(listened_fixture, "so many may listen, and when the last one goes nothing of it is left") {
  begin();
  std::vector<std::shared_ptr<fake_peer>> all;
  for (std::uint32_t n = 0; n < most_listeners; ++n) all.push_back(listen());
  CHECK(path->listeners == most_listeners);
  const auto refused = listen();
  CHECK(refused->closed_with == 1013);
  CHECK(path->listeners == most_listeners);
  speak(50);
  CHECK(measure.recording_buffer_bytes->Value() > 0);
  for (const auto& each : all) {
    CHECK(each->sent_binary.size() == 10);
    each->close(1001, "going away");
    CHECK(each->dropped);
  }
  CHECK(path->listeners == 0);
  speak(1);
  CHECK(measure.recording_buffer_bytes->Value() == 0);
  CHECK(measure.listener_buffer_bytes->Value() == 0);
  const auto again = listen();
  speak(5);
  CHECK(heard_by(*again).caller.size() == 800);
}

TEST_CASE_FIXTURE(listened_fixture,
                  "a listener waits for the stream, and hears no hole out when one comes back") {
  const auto listener = listen();
  begin();
  speak(10);
  CHECK(listener->sent_binary.size() == 2);
  say(telnyx::stop{});
  host.advance(1min);
  begin();
  speak(10);
  CHECK(listener->sent_binary.size() < 36);
  CHECK(heard_by(*listener).caller.back() == 20);
  CHECK(missed() == 0);
}

TEST_CASE_FIXTURE(listened_fixture, "a listener's link may live on another loop") {
  test_loop far(system);
  const auto listener = std::make_shared<fake_peer>();
  tell(actor, attach_listener{std::make_shared<fake_link>(far, listener), "session"});
  listener->is_open = true;
  begin();
  speak(10);
  CHECK(listener->sent_binary.empty());
  far.run();
  CHECK(listener->sent_binary.size() == 2);
  end();
  far.run();
  CHECK(listener->closed_with == 1000);
  CHECK(listener->dropped);
}

TEST_CASE_FIXTURE(listened_fixture, "a stream that goes to another call takes no listener along") {
  begin();
  const auto listener = listen();
  speak(5);
  tell(actor, hand_over_stream{call.handle});
  CHECK(listener->closed_with == 1000);
  CHECK(listener->closed_because == end_reason::joined);
}
