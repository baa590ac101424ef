#include "protocols/elevenlabs/speech_stream_server.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::tts;

namespace {

/// A client's message and the text that it points into.
struct received {
  explicit received(std::string source) : text(std::move(source)), message(decode_client(text)) {}
  received(const received&) = delete;

  const client_message* operator->() const {
    REQUIRE(message.has_value());
    return &*message;
  }

  std::string text;
  tl::expected<client_message, json::fault> message;
};

std::string appended(auto append, auto... arguments) {
  std::string out;
  append(out, arguments...);
  return out;
}

}  // namespace

TEST_CASE("a target gives back the settings it was made from") {
  settings socket;
  socket.voice = "v/1 ü";
  socket.language_code = "de";
  socket.inactivity_timeout = 20;
  socket.sync_alignment = false;
  socket.enable_logging = false;
  socket.seed = 4294967295U;
  const auto back = parse_target("/v1/text-to-speech" + target(socket));
  REQUIRE(back.has_value());
  CHECK(*back == socket);
}

TEST_CASE("a bare target has the server's defaults") {
  const auto socket = parse_target("/abc/multi-stream-input");
  REQUIRE(socket.has_value());
  CHECK(socket->voice == "abc");
  CHECK(socket->inactivity_timeout == 20);
  CHECK_FALSE(socket->sync_alignment);
  CHECK_FALSE(socket->auto_mode);
  CHECK(socket->output_format == "mp3_44100_128");
}

TEST_CASE("a wrong path or parameter is refused") {
  for (const std::string_view wrong :
       {"/abc/stream-input", "/multi-stream-input", "//multi-stream-input", "", "/%4/multi-stream-input"}) {
    CAPTURE(wrong);
    CHECK(parse_target(wrong).error() == "No such path");
  }
  CHECK(parse_target("/a/multi-stream-input?auto_mode=True").error() == "Invalid value for auto_mode: True");
  CHECK(parse_target("/a/multi-stream-input?inactivity_timeout=181").error() ==
        "Invalid value for inactivity_timeout: 181");
  CHECK(parse_target("/a/multi-stream-input?seed=-1").error() == "Invalid value for seed: -1");
  CHECK(parse_target("/a/multi-stream-input?x=%").error() == "Invalid query string");
}

TEST_CASE("client messages arrive as they were sent") {
  const voice_settings voice{.stability = 0.25, .style = 0.0, .use_speaker_boost = false, .speed = 0.7};
  const received open(appended([&](std::string& out) { append_open_context(out, "t7", voice); }));
  CHECK(open->text == " ");
  CHECK(open->context == "t7");
  CHECK(open->voice == voice);

  const received text(appended(append_text, "t7", "Hi\n\"you\" ", true));
  CHECK(text->text == "Hi\n\"you\" ");
  CHECK(text->flush);
  CHECK_FALSE(text->voice);

  const received flush(appended(append_flush, "t7"));
  CHECK(flush->flush);
  CHECK_FALSE(flush->text);

  const received alive(appended(append_keep_alive, ""));
  CHECK(alive->text == "");
  CHECK_FALSE(alive->context);

  const received close(appended(append_close_context, "t7"));
  CHECK(close->close_context);
  CHECK(close->context == "t7");
  CHECK_FALSE(close->close_socket);
  CHECK(received(appended(append_close_socket))->close_socket);
}

TEST_CASE("a client's message cut at any byte is a fault") {
  const std::string whole = appended(append_text, "t7", "Hi \"you\" ", true);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    CHECK_FALSE(received(whole.substr(0, cut)).message.has_value());
  }
}

TEST_CASE("an output arrives as it was sent in both spellings") {
  const std::vector<std::uint8_t> audio{0, 1, 2, 255};
  const output sent{.context = "t7",
                    .audio = audio,
                    .alignment = {{"H", 0, 70}, {"i \"", 70, 90}},
                    .normalized_alignment = {{" ", 0, 5}},
                    .is_final = true};
  for (const auto names : {spelling::camel_case, spelling::snake_case}) {
    std::string text;
    append_output(text, sent, names);
    CHECK((text.find("contextId") != std::string::npos) == (names == spelling::camel_case));
    CHECK((text.find("char_start_times_ms") != std::string::npos) == (names == spelling::snake_case));
    const auto message = decode_message(text);
    REQUIRE(message.has_value());
    const auto& back = std::get<output>(*message);
    CHECK(back.context == "t7");
    CHECK(back.is_final);
    CHECK(std::vector<std::uint8_t>(back.audio.begin(), back.audio.end()) == audio);
    REQUIRE(back.alignment.size() == 2);
    CHECK(back.alignment[1].text == "i \"");
    CHECK(back.alignment[1].duration_ms == 90);
    CHECK(back.normalized_alignment.size() == 1);
  }
}

TEST_CASE("a bare final and a missing alignment look like a live server's") {
  std::string text;
  append_output(text, {.context = "c", .is_final = true}, spelling::camel_case);
  CHECK(text == R"({"isFinal":true,"contextId":"c"})");
  text.clear();
  const std::vector<std::uint8_t> audio{1, 2, 3};
  append_output(text, {.context = "c", .audio = audio}, spelling::camel_case);
  CHECK(text ==
        R"({"audio":"AQID","isFinal":null,"normalizedAlignment":null,"alignment":null,"contextId":"c"})");
}

TEST_CASE("flush_done and errors arrive as they were sent") {
  std::string text;
  append_flush_done(text, "c");
  CHECK(std::get<flush_done>(decode_message(text).value()).context == "c");
  for (const auto names : {spelling::camel_case, spelling::snake_case}) {
    text.clear();
    append_error(text, {"input_timeout_exceeded", "Have not received", 1008, "t1"}, names);
    const auto message = decode_message(text);
    REQUIRE(message.has_value());
    const auto& back = std::get<error>(*message);
    CHECK(back.code_text == "input_timeout_exceeded");
    CHECK(back.message == "Have not received");
    CHECK(back.close_code == 1008);
    CHECK(back.context == "t1");
  }
}
