#include "actors/cluster/call_pass.hpp"
#include "tests/actors/ingress_fixture.hpp"

#include <memory>
#include <string>
#include <variant>

using namespace tandem;
using namespace tandem::test;

TEST_CASE_FIXTURE(ingress_fixture, "a started stream tells its call and can be played to") {
  attach();
  CHECK(path->playout == nullptr);
  begin();
  REQUIRE(call->count<stream_started>() == 1);
  const auto told = call->last<stream_started>();
  CHECK(told.carrier_call_id == "v3:call");
  CHECK(told.stream_id == "stream-1");
  CHECK(told.from == "+4912345678");
  CHECK(told.to == "+4987654321");
  CHECK(told.codec == "PCMU");
  CHECK(path->playout != nullptr);
  CHECK(speech.writable == 1);
}

TEST_CASE_FIXTURE(ingress_fixture, "PCMU reaches the recogniser byte for byte") {
  begin();
  bytes every(256);
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::uint8_t>(i);
  frame(every, 1);
  CHECK(recogniser.heard == every);
}

TEST_CASE_FIXTURE(ingress_fixture, "frames of odd sizes reach the recogniser whole and in order") {
  begin();
  bytes wanted;
  std::uint8_t next = 0;
  const auto payload_of = [&](std::size_t size) {
    bytes payload(size);
    for (auto& each : payload) each = next++;
    wanted.insert(wanted.end(), payload.begin(), payload.end());
    return payload;
  };
  std::int64_t chunk = 0;
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t size : {1, 159, 161, 333}) {
      CAPTURE(size);
      frame(payload_of(size), ++chunk);
      host.advance(20ms);
      // At once, not with whatever comes next.
      CHECK(recogniser.heard == wanted);
    }
  }
  const auto first = payload_of(333);
  frame(payload_of(1), chunk + 2);
  frame(first, chunk + 1);
  CHECK(recogniser.heard == wanted);
}

TEST_CASE_FIXTURE(ingress_fixture, "on hold nobody hears the caller, and their voice counts as ended") {
  begin();
  frames(20, true);
  REQUIRE(dialogue->count<voice_started>() == 1);
  path->on_hold = true;
  const auto heard = recogniser.heard.size();
  frames(40, true);
  CHECK(recogniser.heard.size() == heard);
  CHECK(dialogue->count<voice_ended>() == 1);
  CHECK(dialogue->count<voice_started>() == 1);
  CHECK(path->voice.last() == host.now() - 20ms);
  path->on_hold = false;
  frames(2, true);
  CHECK(recogniser.heard.size() > heard);
  CHECK(dialogue->count<voice_started>() == 2);
}

TEST_CASE_FIXTURE(ingress_fixture, "PCMA reaches the recogniser as mu-law") {
  begin(telnyx::codec::pcma);
  bytes every(256);
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = static_cast<std::uint8_t>(i);
  bytes wanted(256);
  g711::alaw_to_ulaw(every, wanted);
  frame(every, 1);
  CHECK(recogniser.heard == wanted);
  CHECK(recogniser.heard != every);
}

TEST_CASE_FIXTURE(ingress_fixture, "frames out of order are put in order, the track we make is ignored") {
  begin();
  bytes wanted;
  for (const std::uint8_t each : {1, 2, 3, 4}) wanted.insert(wanted.end(), 160, each);
  frame(numbered(1), 1);
  frame(numbered(9), 1, telnyx::track::outbound);
  frame(numbered(3), 3);
  frame(numbered(2), 2);
  frame(numbered(2), 2);
  frame(numbered(4), 4);
  CHECK(recogniser.heard == wanted);
}

TEST_CASE_FIXTURE(ingress_fixture, "a gap is filled with silence, a long one up to a second") {
  begin();
  frame(numbered(1), 1);
  for (const std::uint8_t each : {4, 5, 6, 7}) frame(numbered(each), each);
  CHECK(recogniser.heard.size() == 7 * 160);
  CHECK(bytes(recogniser.heard.begin() + 160, recogniser.heard.begin() + 3 * 160) == bytes(320, 0xff));
  recogniser.heard.clear();
  for (const std::uint8_t each : {207, 208, 209, 210}) frame(numbered(each), each);
  CHECK(recogniser.heard.size() == 8000 + 4 * 160);
}

TEST_CASE_FIXTURE(ingress_fixture, "frames are counted by what became of them") {
  begin();
  frames(10, false);
  frame(numbered(1), 5);
  for (const std::uint8_t each : {13, 14, 15, 16}) frame(numbered(each), each);
  CHECK(measure.inbound_frames(frame_outcome::ok).Value() == 0);
  say(telnyx::stop{});
  CHECK(measure.inbound_frames(frame_outcome::ok).Value() == 14);
  CHECK(measure.inbound_frames(frame_outcome::late).Value() == 1);
  CHECK(measure.inbound_frames(frame_outcome::lost).Value() == 2);
}

TEST_CASE_FIXTURE(ingress_fixture, "the dialogue hears when voice begins and ends") {
  begin();
  frames(50, false);
  CHECK(dialogue->size() == 0);
  frames(25, true);
  REQUIRE(dialogue->count<voice_started>() == 1);
  CHECK(dialogue->last<voice_started>().lasted_ms > 0);
  CHECK(dialogue->count<voice_ended>() == 0);
  frames(30, false);
  REQUIRE(dialogue->count<voice_ended>() == 1);
  CHECK(dialogue->last<voice_ended>().ago_ms >= 100);
  CHECK(dialogue->count<voice_started>() == 1);
}

TEST_CASE_FIXTURE(ingress_fixture, "voice ends when the caller's audio stops coming, and goes on with it") {
  begin();
  frames(25, false);
  frames(25, true);
  CHECK(dialogue->count<voice_ended>() == 0);
  host.advance(400ms);
  REQUIRE(dialogue->count<voice_ended>() == 1);
  CHECK(dialogue->last<voice_ended>().ago_ms >= 300);
  frames(2, true);
  CHECK(dialogue->count<voice_started>() == 2);
}

TEST_CASE_FIXTURE(ingress_fixture, "keys go to the call and to the dialogue") {
  begin();
  telnyx::dtmf event;
  event.digit = '7';
  say(event);
  CHECK(call->last<dtmf_pressed>().digit == "7");
  CHECK(dialogue->last<dtmf_pressed>().digit == "7");
}

TEST_CASE_FIXTURE(ingress_fixture, "audio, marks and clear go out as the carrier wants them") {
  begin();
  const auto audio = numbered(42);
  CHECK(path->playout->play(audio));
  path->playout->mark("1.160");
  path->playout->clear();
  const auto all = sent();
  REQUIRE(all.size() == 3);
  const auto& media = std::get<telnyx::media>(all[0]);
  CHECK(bytes(media.payload.begin(), media.payload.end()) == audio);
  CHECK(std::get<telnyx::mark>(all[1]).name == "1.160");
  CHECK(std::holds_alternative<telnyx::carrier::clear>(all[2]));
  peer->writable = false;
  CHECK_FALSE(path->playout->play(audio));
  peer->events->on_writable();
  CHECK(speech.writable == 2);
}

TEST_CASE_FIXTURE(ingress_fixture, "a mark that comes back is told") {
  begin();
  telnyx::mark event;
  event.name = "1.160";
  say(event);
  CHECK(speech.marks == std::vector<std::string>{"1.160"});
}

TEST_CASE_FIXTURE(ingress_fixture, "nothing goes out without a valid pass, whoever sends it") {
  auto permitted = std::make_shared<leases::permission>();
  permitted->set(host.now() + 1s);
  const auto pass = std::make_shared<call_pass>(permitted);
  path->pass.set(pass);
  begin();
  path->playout->play(numbered(1));
  REQUIRE(sent().size() == 1);
  SUBCASE("it is closed") { pass->close(); }
  SUBCASE("the node may not act any more") { host.advance(1s); }
  CHECK(path->playout->play(numbered(2)));
  path->playout->mark("1.320");
  path->playout->clear();
  CHECK(sent().size() == 1);
  CHECK(measure.outbound_frames(frame_outcome::dropped).Value() == 1);
  pass->open();
  permitted->set(host.now() + 1s);
  path->playout->clear();
  CHECK(sent().size() == 2);
}

TEST_CASE_FIXTURE(ingress_fixture, "a codec that is not spoken closes the stream with clear words") {
  begin(telnyx::codec::amr_wb, 16000);
  CHECK(peer->closed_with == 1003);
  CHECK(call->count<stream_started>() == 0);
  REQUIRE(call->count<stream_stopped>() == 1);
  CHECK(call->last<stream_stopped>().why.find("AMR-WB at 16000 Hz") != std::string::npos);
  CHECK(call->last<stream_stopped>().why.find("supported are PCMU") != std::string::npos);
  begin(telnyx::codec::pcmu, 16000);
  CHECK(peer->closed_with == 1003);
  CHECK(path->playout == nullptr);
}

TEST_CASE_FIXTURE(ingress_fixture, "the newest stream wins, and the end of the old one does not end it") {
  begin();
  const auto old = peer;
  begin();
  CHECK(old->closed_with == 1000);
  CHECK(speech.lost == 1);
  CHECK(speech.writable == 2);
  std::string late;
  telnyx::media frame_of_old;
  frame_of_old.source = telnyx::track::inbound;
  const auto payload = numbered(1);
  frame_of_old.payload = payload;
  telnyx::carrier::append(late, frame_of_old);
  old->text(late);
  CHECK(recogniser.heard.empty());
  old->close(1000, "replaced");
  host.run();
  CHECK(old->dropped);
  CHECK(call->count<stream_stopped>() == 0);
  CHECK(call->count<stream_started>() == 2);
  REQUIRE(path->playout != nullptr);
  path->playout->play(payload);
  CHECK(peer->sent.size() == 1);
  CHECK(old->sent.empty());
}

TEST_CASE_FIXTURE(ingress_fixture, "a stream that does not start within 5 s is closed") {
  attach();
  host.advance(4900ms);
  CHECK(peer->closed_with == 0);
  host.advance(200ms);
  CHECK(peer->closed_with == 1008);
  CHECK(call->count<stream_stopped>() == 1);
  host.advance(10s);
  CHECK(call->count<stream_stopped>() == 1);
}

TEST_CASE_FIXTURE(ingress_fixture, "a stop is orderly, a broken connection is not; both end the playout") {
  begin();
  say(telnyx::stop{});
  REQUIRE(call->count<stream_stopped>() == 1);
  CHECK(call->last<stream_stopped>().orderly);
  CHECK(path->playout == nullptr);
  CHECK(speech.lost == 1);
  peer->close(1005, "");
  CHECK(call->count<stream_stopped>() == 1);
  begin();
  peer->close(0, "reset");
  host.run();
  REQUIRE(call->count<stream_stopped>() == 2);
  CHECK_FALSE(call->last<stream_stopped>().orderly);
  CHECK(call->last<stream_stopped>().why == "reset");
  CHECK(path->playout == nullptr);
}

TEST_CASE_FIXTURE(ingress_fixture, "media before the start and behind the stop are nothing") {
  attach();
  frame(numbered(1), 1);
  begin();
  say(telnyx::stop{});
  frame(numbered(1), 2);
  CHECK(recogniser.heard.empty());
}

TEST_CASE_FIXTURE(ingress_fixture, "what is no message of the carrier's changes nothing") {
  begin();
  for (const std::string text :
       {"", "{", "[]", "{\"event\":7}", "{\"event\":\"news\"}", "{\"event\":\"media\"}",
        "{\"event\":\"media\",\"media\":{\"payload\":\"?\"}}"}) {
    peer->text(text);
  }
  peer->text(std::string(100'000, '['));
  telnyx::stream_error complaint;
  complaint.code = 100003;
  say(complaint);
  frame(numbered(1), 1);
  CHECK(recogniser.heard == numbered(1));
}

TEST_CASE_FIXTURE(ingress_fixture, "a call without recogniser and speech still has its stream") {
  path->recogniser = nullptr;
  path->speech = nullptr;
  begin();
  frames(30, true);
  telnyx::mark event;
  event.name = "1.160";
  say(event);
  peer->events->on_writable();
  CHECK(dialogue->count<voice_started>() == 1);
  say(telnyx::stop{});
  CHECK(call->count<stream_stopped>() == 1);
}

TEST_CASE_FIXTURE(ingress_fixture, "an ended actor leaves no timer, link or place in the path") {
  begin();
  frames(25, true);
  CHECK(live(actor_kind::ingress) == 1);
  end(actor);
  actor = ingress_actor{};
  CHECK(live(actor_kind::ingress) == 0);
  CHECK(host.armed_timers() == 0);
  CHECK(peer->dropped);
  CHECK(path->playout == nullptr);
  CHECK(measure.inbound_frames(frame_outcome::ok).Value() == 25);
}

TEST_CASE_FIXTURE(ingress_fixture, "what is thrown while a message is read ends this actor alone") {
  begin();
  recogniser.broken = true;
  frame(numbered(1), 1);
  actor = ingress_actor{};
  CHECK(live(actor_kind::ingress) == 0);
  CHECK(peer->dropped);
  CHECK(path->playout == nullptr);
  CHECK(live(actor_kind::dialogue) == 1);
}
