#include "actors/media/audio_path.hpp"

#include "actors/ingress.hpp"
#include "actors/scribe.hpp"
#include "actors/speech.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/base64.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/actors/fixture.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using bytes = std::vector<std::uint8_t>;

/// The three actors of a call that audio goes through, joined as in a call.
struct joined_fixture : fixture {
  void spawn(telnyx::codec codec) {
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
    event.format = {codec, 8000, 1};
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
    for (auto text : carrier->sent) {
      const auto size = text.size();
      text.push_back('\0');
      const auto command = telnyx::carrier::decode_command({text.data(), size});
      REQUIRE(command);
      if (const auto* media = std::get_if<telnyx::media>(&*command)) {
        all.insert(all.end(), media->payload.begin(), media->payload.end());
      }
    }
    return all;
  }

  void synthesise(const bytes& audio) {
    tts::output message;
    message.context = "1-1";
    message.audio = audio;
    message.is_final = true;
    std::string text;
    tts::append_output(text, message, tts::spelling::snake_case);
    speech_peer().text(text);
    host.run();
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
