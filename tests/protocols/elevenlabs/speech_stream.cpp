#include "protocols/elevenlabs/speech_stream.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::tts;

namespace {

/// A decoded message and the text that it points into, in memory of exactly its size.
struct received {
  explicit received(std::string_view source)
      : text(source.begin(), source.end()), message(decode_message(text)) {}

  template <class Message>
  const Message& as() const {
    REQUIRE(message.has_value());
    REQUIRE(std::holds_alternative<Message>(*message));
    return std::get<Message>(*message);
  }

  std::vector<char> text;
  tl::expected<server_message, json::fault> message;
};

std::string appended(auto append, auto... arguments) {
  std::string out;
  append(out, arguments...);
  return out;
}

std::vector<std::uint8_t> bytes(std::span<const std::uint8_t> audio) { return {audio.begin(), audio.end()}; }

constexpr std::string_view camel =
    R"({"audio":"AQID","isFinal":null,"normalizedAlignment":{"chars":[" ","H","i"],)"
    R"("charStartTimesMs":[0,10,70],"charDurationsMs":[10,60,90]},"alignment":{"chars":["H","i"],)"
    R"("charStartTimesMs":[0,70],"charDurationsMs":[70,90]},"contextId":"t7"})";

constexpr std::string_view snake =
    R"({"context_id":"t7","is_final":false,"audio":"AQID","alignment":{"chars":["H","i"],)"
    R"("char_start_times_ms":[0,70],"char_durations_ms":[70,90]},"normalized_alignment":{"chars":[" ","H","i"],)"
    R"("char_start_times_ms":[0,10,70],"char_durations_ms":[10,60,90]}})";

constexpr std::string_view old =
    R"({"audio":"AQID","contextId":"t7","alignment":{"chars":["H","i"],"charsStartTimesMs":[0,70],)"
    R"("charsDurationsMs":[70,90]},"normalizedAlignment":{"chars":[" ","H","i"],)"
    R"("chars_start_times_ms":[0,10,70],"chars_durations_ms":[10,60,90]}})";

}  // namespace

TEST_CASE("the suggested socket has the suggested target") {
  settings socket;
  socket.voice = "21m00 x/y";
  CHECK(target(socket) ==
        "/21m00%20x%2Fy/multi-stream-input?model_id=eleven_flash_v2_5&output_format=ulaw_8000"
        "&inactivity_timeout=180&sync_alignment=true&auto_mode=true&apply_text_normalization=auto");
  socket.language_code = "en";
  socket.enable_logging = false;
  socket.seed = 7;
  CHECK(
      target(socket).ends_with("language_code=en&inactivity_timeout=180&sync_alignment=true&auto_mode=true"
                               "&apply_text_normalization=auto&enable_logging=false&seed=7"));
}

TEST_CASE("client messages have their shapes") {
  CHECK(appended([](std::string& out) { append_open_context(out, "t7"); }) ==
        R"({"text":" ","context_id":"t7"})");
  const voice_settings voice{.stability = 0.5, .use_speaker_boost = true, .speed = 1.1};
  CHECK(
      appended([&](std::string& out) { append_open_context(out, "t7", voice); }) ==
      R"({"text":" ","context_id":"t7","voice_settings":{"stability":0.5,"use_speaker_boost":true,"speed":1.1}})");
  CHECK(appended(append_text, "t7", "Say \"hi\". ", true) ==
        R"({"text":"Say \"hi\". ","context_id":"t7","flush":true})");
  CHECK(appended(append_flush, "t7") == R"({"context_id":"t7","flush":true})");
  CHECK(appended(append_keep_alive, "t7") == R"({"text":"","context_id":"t7"})");
  CHECK(appended(append_keep_alive, "") == R"({"text":""})");
  CHECK(appended(append_close_context, "t7") == R"({"context_id":"t7","close_context":true})");
  CHECK(appended(append_close_socket) == R"({"close_socket":true})");
}

TEST_CASE("all spellings of an output say the same") {
  for (const std::string_view text : {camel, snake, old}) {
    CAPTURE(text);
    const received it(text);
    const auto& message = it.as<output>();
    CHECK(message.context == "t7");
    CHECK_FALSE(message.is_final);
    CHECK(bytes(message.audio) == std::vector<std::uint8_t>{1, 2, 3});
    REQUIRE(message.alignment.size() == 2);
    CHECK(message.alignment[1].text == "i");
    CHECK(message.alignment[1].start_ms == 70);
    CHECK(message.alignment[1].duration_ms == 90);
    REQUIRE(message.normalized_alignment.size() == 3);
    CHECK(message.normalized_alignment[0].text == " ");
    CHECK(message.normalized_alignment[2].start_ms == 70);
  }
}

TEST_CASE("a final comes alone, with null audio, or with the last audio") {
  for (const std::string_view text :
       {R"({"isFinal":true,"contextId":"c"})", R"({"audio":null,"is_final":true,"context_id":"c"})"}) {
    const received it(text);
    CHECK(it.as<output>().is_final);
    CHECK(it.as<output>().audio.empty());
    CHECK(it.as<output>().context == "c");
  }
  const received last(R"({"audio":"/w==","isFinal":true,"contextId":"c"})");
  CHECK(last.as<output>().is_final);
  CHECK(bytes(last.as<output>().audio) == std::vector<std::uint8_t>{0xff});
}

TEST_CASE("an alignment may be null, empty, of several characters an entry, or of uneven arrays") {
  CHECK(received(R"({"audio":"AQ==","alignment":null})").as<output>().alignment.empty());
  CHECK(received(R"({"audio":"AQ==","alignment":{}})").as<output>().alignment.empty());
  CHECK(received(R"({"audio":"AQ==","alignment":[]})").as<output>().alignment.empty());
  const received uneven(
      R"({"audio":"AQ==","alignment":{"chars":["don't ","b",3],"charStartTimesMs":[0,-5,1e12],)"
      R"("charDurationsMs":[70.9,"x",1,4]}})");
  const auto& items = uneven.as<output>().alignment;
  REQUIRE(items.size() == 3);
  CHECK(items[0].text == "don't ");
  CHECK(items[0].duration_ms == 70);
  CHECK(items[1].start_ms == 0);
  CHECK(items[1].duration_ms == 0);
  CHECK(items[2].text.empty());
  CHECK(items[2].start_ms == 0xffffffff);
}

TEST_CASE("audio that is not base64 is a fault") {
  CHECK(received(R"({"audio":"AQI","contextId":"c"})").message.error() == json::fault::bad_base64);
  CHECK(received(R"({"audio":"A?==","contextId":"c"})").message.error() == json::fault::bad_base64);
}

TEST_CASE("audio of more than a megabyte is one message") {
  std::string text = R"({"audio":")";
  text.append(2 << 20, 'A').append(R"(","contextId":"c"})");
  CHECK(received(text).as<output>().audio.size() == (2 << 20) / 4 * 3);
}

TEST_CASE("flush_done names its context in both spellings") {
  CHECK(received(R"({"type":"flush_done","context_id":"a"})").as<flush_done>().context == "a");
  CHECK(received(R"({"type":"flush_done","contextId":"b"})").as<flush_done>().context == "b");
}

TEST_CASE("an error has its code, its message and perhaps a context") {
  const received it(
      R"({"message":"Maximum simultaneous contexts","error":"max_active_conversations","code":1008,"contextId":"t9"})");
  CHECK(it.as<error>().code_text == "max_active_conversations");
  CHECK(it.as<error>().message == "Maximum simultaneous contexts");
  CHECK(it.as<error>().close_code == 1008);
  CHECK(it.as<error>().context == "t9");
  CHECK(received(R"({"error":"x"})").as<error>().context.empty());
  CHECK(received(R"({"message":"went wrong","code":1011})").as<error>().message == "went wrong");
}

TEST_CASE("what is not known is unknown, and what is not an object is a fault") {
  CHECK_NOTHROW(received(R"({"type":"ping"})").as<unknown>());
  CHECK_NOTHROW(received(R"({"audio":null,"isFinal":null,"contextId":"c"})").as<unknown>());
  CHECK(received("7").message.error() == json::fault::not_an_object);
  CHECK(received("{").message.error() == json::fault::syntax);
}

TEST_CASE("a message cut at any byte is a fault, never a shorter message") {
  for (const std::string_view whole :
       {camel, snake, std::string_view(R"({"contextId":"c","isFinal":true})"),
        std::string_view(R"({"message":"m","error":"max_active_conversations","code":1008,"contextId":"t"})"),
        std::string_view(R"({"type":"flush_done","contextId":"c"})")}) {
    CHECK(received(whole).message.has_value());
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      CHECK_FALSE(received(whole.substr(0, cut)).message.has_value());
      if (cut != 0) CHECK_FALSE(received(whole.substr(cut)).message.has_value());
    }
  }
}
