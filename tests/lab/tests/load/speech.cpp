#include "protocols/elevenlabs/speech_stream.hpp"
#include "tests/lab/load/load_model.hpp"
#include "tests/lab/load/providers.hpp"
#include "tests/lab/tests/socket_client.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

/// Load's synthesiser with one client, and a call that texts may name.
struct spoken_texts {
  spoken_texts() { calls.open({.number = 7}, book); }

  /// What the synthesiser makes of a text, as one context; the call's stream takes it.
  stream_counts speak(const std::string& context, std::string_view text) {
    client.send(R"({"context_id":")" + context + R"(","text":")" + std::string(text) + "\"}");
    client.send(R"({"context_id":")" + context + R"(","close_context":true})");
    stream_check check(book, 7);
    for (;;) {
      auto next = client.next();
      REQUIRE(next);
      const auto message = tts::decode_message(*next);
      REQUIRE(message);
      const auto& output = std::get<tts::output>(*message);
      CHECK(output.context == context);
      check.take(output.audio, {});
      if (!output.is_final) continue;
      check.finish();
      return check.counts();
    }
  }

  lab_loops loops;
  call_book calls;
  const sound_book book{std::vector<std::uint8_t>(1600, 0x20)};
  load_providers providers{loops.all(), {.host = "127.0.0.1"}, book, calls, common_texts()};
  socket_client client{loops, "ws://127.0.0.1:" + std::to_string(providers.port()) +
                                  "/v1/text-to-speech/load/multi-stream-input"};
};

}  // namespace

TEST_CASE("a text that names a call is spoken in its frames, one that all calls share in silence") {
  spoken_texts load;
  const auto own = load.speak("t1", "c7n0 c7n0 c7n0 c7n0 c7n0 ");
  CHECK(own.frames == 200);
  CHECK(own.filling + own.wrong + own.foreign == 0);
  const auto common = load.speak("t2", std::string(model_apology) + " ");
  CHECK(common.frames + common.wrong + common.foreign == 0);
  CHECK(common.filling == 40 * frame_bytes);
  const auto seen = load.providers.take_figures();
  CHECK(seen.common == 1);
  CHECK(seen.strangers == 0);
}

TEST_CASE("a text that names no call and is none of the shared ones is a stranger's") {
  spoken_texts load;
  CHECK(load.speak("t1", "Good night. ").filling == 0);
  CHECK(load.providers.take_figures().strangers == 1);
}

}  // namespace tandem::lab
