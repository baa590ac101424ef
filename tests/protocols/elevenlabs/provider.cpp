#include "protocols/elevenlabs/provider.hpp"

#include <string>
#include <variant>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// Decodes a copy, behind whose end a byte is writable.
template <class Message>
auto decoded(const auto& protocol, std::string& text) {
  const auto size = text.size();
  text.push_back('\0');
  const auto message = protocol.decode({text.data(), size});
  REQUIRE(message);
  REQUIRE(std::holds_alternative<Message>(*message));
  return std::get<Message>(*message);
}

}  // namespace

TEST_CASE("a session of ElevenLabs' recognition is asked for in the URL, with the key in a header") {
  const auto where = elevenlabs::recogniser().open({.url = "wss://a/v1/realtime",
                                                    .api_key = "key",
                                                    .model = "m",
                                                    .language = "de",
                                                    .audio_format = "pcm_16000",
                                                    .server_commits = true,
                                                    .server_silence = std::chrono::milliseconds(700)});
  CHECK(where.url == "wss://a/v1/realtime?" + scribe::query({.model_id = "m",
                                                             .audio_format = "pcm_16000",
                                                             .language_code = "de",
                                                             .commit = scribe::commit_strategy::vad,
                                                             .vad_silence_threshold_secs = 0.7}));
  REQUIRE(where.headers.size() == 1);
  CHECK(where.headers[0] == std::pair<std::string, std::string>("xi-api-key", "key"));
  CHECK(elevenlabs::recogniser()
            .open({.url = "wss://a/?x=1", .model = "m"})
            .url.starts_with("wss://a/?x=1&model_id=m"));
  CHECK(elevenlabs::recogniser().open({.url = "wss://a"}).headers.empty());
}

TEST_CASE("ElevenLabs' recognition says and hears what Scribe does") {
  const auto& protocol = elevenlabs::recogniser();
  const std::uint8_t audio[] = {1, 2, 3};
  std::string ours, scribes;
  protocol.append_audio(ours, audio, true, 8000, "hello");
  scribe::append_audio_chunk(scribes, audio, true, 8000, "hello");
  CHECK(ours == scribes);
  std::string text = R"({"message_type":"committed_transcript","text":"hello"})";
  CHECK(decoded<scribe::committed>(protocol, text).text == "hello");
}

TEST_CASE("a socket of ElevenLabs' synthesis is asked for in the URL, with the key in a header") {
  const auto where = elevenlabs::synthesiser().open({.url = "wss://a/v1/text-to-speech",
                                                     .api_key = "key",
                                                     .voice = "v",
                                                     .model = "m",
                                                     .audio_format = "alaw_8000"});
  CHECK(where.url == "wss://a/v1/text-to-speech" +
                         tts::target({.voice = "v", .model_id = "m", .output_format = "alaw_8000"}));
  REQUIRE(where.headers.size() == 1);
  CHECK(where.headers[0] == std::pair<std::string, std::string>("xi-api-key", "key"));
}

TEST_CASE("ElevenLabs' synthesis knows which errors are for good") {
  const auto& protocol = elevenlabs::synthesiser();
  for (const std::string code : {"invalid_api_key", "voice_id_does_not_exist", "quota_exceeded"}) {
    std::string text = R"({"error":")" + code + R"(","message":"because","code":1008})";
    CHECK(decoded<tts::error>(protocol, text).fatal);
  }
  for (const std::string code : {"input_timeout_exceeded", "max_active_conversations", ""}) {
    std::string text = R"({"error":")" + code + R"(","message":"because","code":1008})";
    CHECK_FALSE(decoded<tts::error>(protocol, text).fatal);
  }
}
