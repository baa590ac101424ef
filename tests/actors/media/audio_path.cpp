#include "actors/media/audio_path.hpp"

#include "actors/ingress.hpp"
#include "actors/scribe.hpp"
#include "actors/speech.hpp"
#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/base64.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/actors/fixture.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

/// The three actors of a call that audio goes through, joined as in a call.
struct joined_fixture : fixture {
  void spawn(telnyx::codec codec) { spawn(codec, {codec, 8000, 1}); }

  /// A call of this codec whose caller's audio comes in another one.
  void spawn(telnyx::codec codec, const telnyx::media_format& inbound) {
    settings.carrier.codec = codec;
    scribe = owned(spawn_scribe(host, call.handle, dialogue.handle, path, settings, shared));
    speech = owned(spawn_speech(host, call.handle, dialogue.handle, path, settings, shared));
    ingress = owned(spawn_ingress(host, call.handle, dialogue.handle, path, settings, measure));
    host.run();
    scribe_peer().open();
    std::string started;
    scribe::append_message(started, tandem::scribe::session_started{"s", {}, {}, {}, {}, {}});
    scribe_peer().text(started);
    speech_peer().open();
    tell(ingress, attach_stream{std::make_shared<fake_link>(host, carrier)});
    telnyx::start event;
    event.call_control_id = "v3:call";
    event.format = inbound;
    say(event);
  }

  fake_peer& scribe_peer() { return *connector.peers.at(0); }
  fake_peer& speech_peer() { return *connector.peers.at(1); }

  template <class Event>
  void say(const Event& event) {
    std::string text;
    telnyx::carrier::append(text, event);
    carrier->text(text);
    host.run();
  }

  void frame(const bytes& payload) {
    telnyx::media event;
    event.source = telnyx::track::inbound;
    event.chunk = ++chunk;
    event.payload = payload;
    say(event);
    host.advance(20ms);
  }

  bytes at_scribe() {
    bytes all;
    for (auto text : scribe_peer().sent) {
      const auto size = text.size();
      text.push_back('\0');
      const auto message = scribe::decode_chunk({text.data(), size});
      REQUIRE(message);
      bytes audio(base64::decoded_bound(message->audio_base64.size()));
      audio.resize(base64::decode(message->audio_base64, audio).value());
      all.insert(all.end(), audio.begin(), audio.end());
    }
    return all;
  }

  bytes at_carrier() {
    bytes all;
    for (const auto& each : messages_at_carrier()) all.insert(all.end(), each.begin(), each.end());
    return all;
  }

  std::vector<bytes> messages_at_carrier() {
    std::vector<bytes> all;
    for (auto text : carrier->sent) {
      const auto size = text.size();
      text.push_back('\0');
      const auto command = telnyx::carrier::decode_command({text.data(), size});
      REQUIRE(command);
      if (const auto* media = std::get_if<telnyx::media>(&*command)) {
        all.emplace_back(media->payload.begin(), media->payload.end());
      }
    }
    return all;
  }

  void synthesise(const bytes& audio, bool final = true) {
    tts::output message;
    message.context = "1-1";
    message.audio = audio;
    message.is_final = final;
    std::string text;
    tts::append_output(text, message, tts::spelling::snake_case);
    speech_peer().text(text);
    host.run();
  }

  /// So many samples of a vowel as the synthesiser writes them.
  static bytes voice_as_pcm(std::size_t samples) {
    std::vector<std::int16_t> all(samples);
    for (std::size_t i = 0; i < samples; ++i) {
      const auto at = static_cast<double>(i) / 16000;
      all[i] = static_cast<std::int16_t>(6000 * std::sin(2 * M_PI * 140 * at) *
                                         (1 + 0.4 * std::sin(2 * M_PI * 700 * at)));
    }
    bytes pcm;
    l16::encode(all, byte_order::little, pcm);
    return pcm;
  }

  static bytes every_byte(std::size_t size) {
    bytes all(size);
    for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::uint8_t>(i);
    return all;
  }

  std::shared_ptr<audio_path> path = std::make_shared<audio_path>();
  std::shared_ptr<fake_peer> carrier = std::make_shared<fake_peer>();
  probe<call_actor> call = spawn_probe<actor_kind::call, call_actor>();
  probe<dialogue_actor> dialogue = spawn_probe<actor_kind::dialogue, dialogue_actor>();
  scribe_actor scribe;
  speech_actor speech;
  ingress_actor ingress;
  std::int64_t chunk = 0;
};

}  // namespace

TEST_CASE_FIXTURE(joined_fixture, "a PCMU call passes both ways byte for byte") {
  spawn(telnyx::codec::pcmu);
  const auto spoken = every_byte(1600);
  for (auto at = spoken.begin(); at != spoken.end(); at += 160) frame(bytes(at, at + 160));
  CHECK(at_scribe() == spoken);
  tell(speech, speak{1, "Good morning.", true});
  CHECK(speech_peer().request.url.find("output_format=ulaw_8000") != std::string::npos);
  synthesise(every_byte(3200));
  host.advance(1s);
  CHECK(at_carrier() == every_byte(3200));
}

TEST_CASE_FIXTURE(joined_fixture, "a PCMA call is mu-law to Scribe and A-law from the synthesiser") {
  spawn(telnyx::codec::pcma);
  const auto spoken = every_byte(1600);
  for (auto at = spoken.begin(); at != spoken.end(); at += 160) frame(bytes(at, at + 160));
  bytes wanted(1600);
  g711::alaw_to_ulaw(spoken, wanted);
  CHECK(at_scribe() == wanted);
  tell(speech, speak{1, "Good morning.", true});
  CHECK(speech_peer().request.url.find("output_format=alaw_8000") != std::string::npos);
  bytes audio = every_byte(3210);
  synthesise(audio);
  host.advance(1s);
  // The last frame is filled up with A-law silence.
  audio.resize(3360, g711::alaw_silence);
  CHECK(at_carrier() == audio);
}

TEST_CASE_FIXTURE(joined_fixture, "an L16 call is PCM to Scribe and from the synthesiser, sample by sample") {
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 16000, 1});
  CHECK(scribe_peer().request.url.find("audio_format=pcm_16000") != std::string::npos);
  CHECK(speech_peer().request.url.find("output_format=pcm_16000") != std::string::npos);
  const auto spoken = voice_as_pcm(3200);
  for (auto at = spoken.begin(); at != spoken.end(); at += 640) frame(bytes(at, at + 640));
  CHECK(at_scribe() == spoken);
  tell(speech, speak{1, "Good morning.", true});
  auto audio = every_byte(12810);
  synthesise(audio);
  host.advance(1s);
  // The last frame is filled up with silence.
  audio.resize(13440, 0);
  CHECK(at_carrier() == audio);
}

TEST_CASE_FIXTURE(joined_fixture,
                  "a sample that two messages of the synthesiser share is put together again") {
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 16000, 1});
  tell(speech, speak{1, "Good morning.", true});
  const auto audio = every_byte(6400);
  synthesise(bytes(audio.begin(), audio.begin() + 3201), false);
  synthesise(bytes(audio.begin() + 3201, audio.end()));
  host.advance(1s);
  CHECK(at_carrier() == audio);
}

TEST_CASE_FIXTURE(joined_fixture, "G.722 and Opus leave as they should: any length, and a frame a message") {
  for (const auto codec : {telnyx::codec::g722, telnyx::codec::opus}) {
    connector.peers.clear();
    carrier = std::make_shared<fake_peer>();
    spawn(codec);
    tell(speech, speak{1, "Good morning.", true});
    synthesise(voice_as_pcm(6400));
    host.advance(1s);
    const auto sent = messages_at_carrier();
    l16_order order;
    const auto decoder = make_decoder({codec, 0, 1}, 16000, order);
    std::size_t samples = 0;
    for (const auto& each : sent) {
      std::vector<std::int16_t> heard;
      REQUIRE(decoder->decode(each, heard));
      samples += heard.size();
      if (codec == telnyx::codec::opus) CHECK(heard.size() == 320);
    }
    CHECK(samples == 6400);
    CHECK(sent.size() == (codec == telnyx::codec::opus ? 20 : 4));
    // What a call's Scribe hears of this codec is PCM as well.
    for (const auto& each : sent) frame(each);
    host.advance(200ms);
    CHECK(at_scribe().size() >= 2 * 6400 - 3200);
    end(ingress);
    end(speech);
    end(scribe);
  }
}

TEST_CASE_FIXTURE(joined_fixture,
                  "a wideband call whose caller comes in narrowband is resampled up to Scribe") {
  spawn(telnyx::codec::g722, {telnyx::codec::pcmu, 8000, 1});
  for (auto i = 0; i < 25; ++i) frame(bytes(160, 0x20));
  const auto heard = at_scribe();
  // Four bytes for each that came, but for a little that the resampler still holds.
  CHECK(heard.size() >= 4 * 25 * 160 - 3200);
  CHECK(heard.size() <= 4 * 25 * 160);
  tell(speech, speak{1, "Good morning.", true});
  synthesise(voice_as_pcm(1600));
  host.advance(1s);
  CHECK(at_carrier().size() == 800);
}

TEST_CASE_FIXTURE(joined_fixture, "a narrowband call whose caller comes in wideband is mu-law to Scribe") {
  spawn(telnyx::codec::pcmu, {telnyx::codec::l16, 16000, 1});
  CHECK(scribe_peer().request.url.find("audio_format=ulaw_8000") != std::string::npos);
  for (auto i = 0; i < 25; ++i) frame(bytes(640, 0));
  const auto heard = at_scribe();
  CHECK(heard.size() >= 25 * 160 - 800);
  CHECK(heard == bytes(heard.size(), g711::ulaw_silence));
  tell(speech, speak{1, "Good morning.", true});
  synthesise(every_byte(3200));
  host.advance(1s);
  CHECK(at_carrier() == every_byte(3200));
}

TEST_CASE_FIXTURE(joined_fixture, "seconds are seconds in a wideband call: of usage, and of what may wait") {
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 16000, 1});
  for (auto i = 0; i < 500; ++i) frame(bytes(640, 0x11));
  REQUIRE(call->count<usage_grew>() == 1);
  CHECK(call->last<usage_grew>().by.stt_seconds == doctest::Approx(10));
  tell(speech, speak{1, "Good morning.", true});
  synthesise(every_byte(32 * 4300), false);
  CHECK_FALSE(speech_peer().paused);
  // 400 ms have left, and four seconds may wait.
  synthesise(every_byte(32 * 200), false);
  CHECK(speech_peer().paused);
}

TEST_CASE_FIXTURE(joined_fixture, "L16 that the carrier says has 8 kHz has it in both directions") {
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 8000, 1});
  for (auto i = 0; i < 25; ++i) frame(bytes(320, 0));
  CHECK(at_scribe().size() >= 25 * 640 - 3200);
  tell(speech, speak{1, "Good morning.", true});
  synthesise(voice_as_pcm(3200));
  host.advance(1s);
  CHECK(at_carrier().size() <= 3200);
  CHECK(at_carrier().size() >= 3200 - 160);
}

TEST_CASE_FIXTURE(joined_fixture,
                  "the byte order of L16 is found in what comes, and what is sent follows it") {
  SUBCASE("unless it is known") { settings.carrier.l16_order = byte_order::big; }
  SUBCASE("by listening") {}
  const bool known = settings.carrier.l16_order.has_value();
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 16000, 1});
  const auto said = voice_as_pcm(1600);
  bytes wire = said;
  for (std::size_t i = 0; i + 1 < wire.size(); i += 2) std::swap(wire[i], wire[i + 1]);
  if (!known) {
    for (auto at = wire.begin(); at != wire.end(); at += 640) frame(bytes(at, at + 640));
    CHECK(at_scribe() == said);
  }
  tell(speech, speak{1, "Good morning.", true});
  synthesise(said);
  host.advance(1s);
  CHECK(at_carrier() == wire);
}

TEST_CASE_FIXTURE(joined_fixture, "a packet that is no Opus is silence of its length, and counts as lost") {
  spawn(telnyx::codec::opus);
  l16_order order;
  const auto encoder = make_encoder(telnyx::codec::opus, 16000, 16000, order);
  bytes packet;
  encoder->encode(std::vector<std::int16_t>(320), packet);
  for (auto i = 0; i < 10; ++i) frame(i == 4 || i == 7 ? bytes{0x4b, 0} : packet);
  CHECK(at_scribe().size() == 6400);
  end(ingress);
  CHECK(measure.inbound_frames(frame_outcome::ok).Value() == 8);
  CHECK(measure.inbound_frames(frame_outcome::lost).Value() == 2);
}

TEST_CASE_FIXTURE(joined_fixture, "frames of a wideband call that are lost are silence of their length") {
  spawn(telnyx::codec::l16, {telnyx::codec::l16, 16000, 1});
  frame(bytes(640, 0x11));
  chunk += 2;
  for (auto i = 0; i < 7; ++i) frame(bytes(640, 0x11));
  bytes wanted(6400, 0x11);
  std::fill(wanted.begin() + 640, wanted.begin() + 1920, 0);
  CHECK(at_scribe() == wanted);
}

TEST_CASE_FIXTURE(joined_fixture, "a turn is over when its mark has gone to the carrier and back") {
  spawn(telnyx::codec::pcmu);
  tell(speech, speak{1, "Good morning.", true});
  synthesise(every_byte(3200));
  host.advance(500ms);
  CHECK(dialogue->count<speech_finished>() == 0);
  telnyx::mark mark;
  mark.name = "1.3200";
  say(mark);
  CHECK(dialogue->count<speech_finished>() == 1);
}

TEST_CASE_FIXTURE(joined_fixture, "each actor can end first, and the others go on") {
  spawn(telnyx::codec::pcmu);
  tell(speech, speak{1, "Good morning.", true});
  SUBCASE("scribe") {
    end(scribe);
    frame(every_byte(160));
    synthesise(every_byte(3200));
    host.advance(1s);
    CHECK(at_carrier() == every_byte(3200));
  }
  SUBCASE("speech") {
    end(speech);
    telnyx::mark mark;
    mark.name = "1.3200";
    say(mark);
    for (auto i = 0; i < 5; ++i) frame(bytes(160, 1));
    CHECK(at_scribe() == bytes(800, 1));
  }
  SUBCASE("ingress") {
    end(ingress);
    synthesise(every_byte(3200));
    host.advance(1s);
    CHECK(carrier->dropped);
    CHECK(live(actor_kind::speech) == 1);
    CHECK(live(actor_kind::scribe) == 1);
  }
}

TEST_CASE_FIXTURE(joined_fixture, "a call's audio actors leave no object, timer, link or byte") {
  spawn(telnyx::codec::pcmu);
  tell(speech, speak{1, "Good morning.", true});
  synthesise(every_byte(8000));
  for (auto i = 0; i < 12; ++i) frame(every_byte(160));
  tell(scribe, commit_transcript{});
  CHECK(measure.upstream_buffer_bytes->Value() > 0);
  CHECK(measure.playout_buffer_bytes->Value() > 0);
  end(ingress);
  end(speech);
  end(scribe);
  ingress = ingress_actor{};
  speech = speech_actor{};
  scribe = scribe_actor{};
  CHECK(live(actor_kind::ingress) == 0);
  CHECK(live(actor_kind::speech) == 0);
  CHECK(live(actor_kind::scribe) == 0);
  CHECK(host.armed_timers() == 0);
  CHECK(carrier->dropped);
  CHECK(scribe_peer().dropped);
  CHECK(speech_peer().dropped);
  CHECK(measure.upstream_buffer_bytes->Value() == 0);
  CHECK(measure.playout_buffer_bytes->Value() == 0);
}
