#include "tests/actors/ingress_fixture.hpp"

#include "tests/lab/dtmf_tones.hpp"

#include <array>
#include <cmath>

namespace tandem::test {

ingress_fixture::ingress_fixture() {
  path->recogniser = &recogniser;
  path->speech = &speech;
  spawn();
}

ingress_fixture::~ingress_fixture() = default;

void ingress_fixture::spawn() {
  actor = owned(spawn_ingress(host, call.handle, dialogue.handle, path, settings, measure));
  host.run();
}

void ingress_fixture::attach() {
  peer = std::make_shared<fake_peer>();
  tell(actor, attach_stream{std::make_shared<fake_link>(host, peer)});
  peer->open();
}

void ingress_fixture::begin(telnyx::codec codec, std::uint32_t rate) {
  attach();
  telnyx::start event;
  event.stream_id = "stream-1";
  event.call_control_id = "v3:call";
  event.from = "+4912345678";
  event.to = "+4987654321";
  event.format = {codec, rate, 1};
  say(event);
}

void ingress_fixture::frame(const bytes& payload, std::int64_t chunk, telnyx::track track) {
  telnyx::media event;
  event.source = track;
  event.chunk = chunk;
  event.payload = payload;
  say(event);
}

void ingress_fixture::key_tones(char key, unsigned count) {
  for (std::size_t at = 0; at < count * std::size_t{160}; at += 160) {
    std::array<std::int16_t, 160> sound{};
    lab::dtmf_tones(key, at, sound);
    bytes payload(160);
    g711::encode_ulaw(sound, payload);
    frame(payload, ++chunk_);
    host.advance(20ms);
  }
}

void ingress_fixture::frames(unsigned count, bool voice) {
  for (; count != 0; --count) {
    bytes payload(160, g711::ulaw_silence);
    for (std::size_t i = 0; voice && i < payload.size(); ++i) {
      const auto at = static_cast<double>(sample_++) / 8000;
      // Swelling and fading a little, as no tone does.
      const auto loudness = 6000 * (1 + 0.3 * std::sin(2 * M_PI * 5 * at));
      payload[i] = g711::to_ulaw(static_cast<std::int16_t>(loudness * std::sin(2 * M_PI * 140 * at) *
                                                           (1 + 0.4 * std::sin(2 * M_PI * 700 * at))));
    }
    frame(payload, ++chunk_);
    host.advance(20ms);
  }
}

std::vector<telnyx::carrier::stream_command> ingress_fixture::sent() {
  kept_ = peer->sent;
  std::vector<telnyx::carrier::stream_command> all;
  for (auto& text : kept_) {
    const auto size = text.size();
    text.push_back('\0');
    const auto command = telnyx::carrier::decode_command({text.data(), size});
    REQUIRE(command);
    all.push_back(*command);
  }
  return all;
}

}  // namespace tandem::test
