#pragma once

#include "actors/agents/agent.hpp"
#include "actors/messages.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/conversation/turns.hpp"
#include "protocols/providers/kinds.hpp"
#include "protocols/telnyx/media.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

class call_recorder;
class circuit_breakers;
class http_client;
class link_connector;
class speech_spares;

/// A provider of speech to text.
struct recogniser_settings {
  const recogniser_protocol* protocol = recogniser_of("elevenlabs");
  std::string url = "wss://api.elevenlabs.io/v1/speech-to-text/realtime";
  std::string api_key;
  std::string model = "scribe_v2_realtime";
};

/// How the caller's audio is transcribed.
struct scribe_settings : recogniser_settings {
  /// Stands in where the first provider fails.
  std::optional<recogniser_settings> standby;
  std::string language = "en";
  /// Whether Scribe's own voice activity detection commits, in place of ours.
  bool server_commits = false;
  /// So much silence ends an utterance then; 300 ms to 3 s.
  std::chrono::milliseconds server_silence{500};
};

/// A provider of text to speech.
struct synthesiser_settings {
  const synthesiser_protocol* protocol = synthesiser_of("elevenlabs");
  std::string url = "wss://api.elevenlabs.io/v1/text-to-speech";
  std::string api_key;
  std::string voice;
  std::string model = "eleven_flash_v2_5";
};

/// How the agent's replies are spoken.
struct speech_settings : synthesiser_settings {
  /// Stands in where the first provider fails.
  std::optional<synthesiser_settings> standby;
};

/// The providers in the order in which they are wanted; they live as long as the settings.
template <class Settings>
auto providers_of(const Settings& settings) {
  using provider = typename decltype(settings.standby)::value_type;
  std::vector<const provider*> all{&settings};
  if (settings.standby) all.push_back(&*settings.standby);
  return all;
}

/// How a call's end is enforced.
struct call_limits {
  std::chrono::seconds max_call{3600};
  /// Bytes of all of a call's queues together.
  std::size_t buffer_bytes = 524288;
  /// From the call's start to its media stream, and from one lost stream to the next.
  std::chrono::seconds stream_wait{15};
  /// From one frame of an open stream to the next: the carrier sends them as long as the line is there.
  std::chrono::seconds media_wait{10};
  /// Without voice and without a reply: for a call that nobody drives any more, so it is beyond every
  /// deadline of the dialogue.
  std::chrono::seconds lifeless{60};
};

/// How calls are controlled at the carrier.
struct carrier_settings {
  std::string api_url = "https://api.telnyx.com/v2";
  std::string api_key;
  /// The Call Control application that places calls; empty = none can be placed.
  std::string connection_id;
  /// Both directions of the streams we invite.
  telnyx::codec codec = telnyx::codec::pcmu;
  /// Whether keys are heard in the audio of streams too, and not only told by their events.
  bool inband_dtmf = true;
  /// How the carrier writes L16; empty = found out for each stream.
  std::optional<byte_order> l16_order;
  /// ws:// or wss://, how the carrier reaches us, without a slash at the end.
  std::string stream_url;
};

/// Everything that one call is made from.
struct call_settings {
  scribe_settings scribe;
  speech_settings speech;
  carrier_settings carrier;
  turns_settings turns;
  agent_settings agent;
  call_limits limits;
  /// Whether the keys a caller presses may be kept, in events and in recordings.
  bool keeps_keys = true;
};

/// What calls share: everything outlives every call.
struct services {
  /// The node's name, without spaces, as it stands in call ids.
  std::string node;
  /// Which start of the node this is; part of call ids.
  std::string epoch;
  metrics* measure = nullptr;
  link_connector* links = nullptr;
  circuit_breakers* breakers = nullptr;
  /// Without, each call's first word waits for a connection of its own.
  speech_spares* spares = nullptr;
  http_client* http = nullptr;
  /// Without, calls are not recorded.
  call_recorder* recorder = nullptr;
  carrier_actor carrier;
  records_actor records;
  /// Told what happens to calls; none where nobody watches.
  events_actor events;
  /// Told of those who do not want to be called again; none where nobody is.
  campaigns_actor campaigns;
  /// Knows which node each call belongs to; none on a node that is alone.
  switchboard_actor switchboard;
  /// The token with which the carrier's stream for this call comes in, from now on and for so long.
  std::function<std::string(std::string_view call_id, std::chrono::seconds lasts)> stream_token;
};

}  // namespace tandem
