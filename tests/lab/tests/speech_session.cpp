#include "tests/lab/tests/speech_client.hpp"

using namespace tandem;
using namespace tandem::lab;
using namespace tandem::lab::test_speech;
using namespace std::chrono_literals;

TEST_CASE("flushed text comes as its audio, aligned, faster than real time, and ends with its context") {
  client one;
  one.say("t1", "Good day. How are you? ");
  one.pass(110ms);
  CHECK(one.peer->sent.empty());
  one.pass(10ms);
  CHECK(one.of("t1").messages == 1);
  CHECK(one.of("t1").audio.size() == 2000);
  // 23 characters of 50 ms at four times real time.
  one.pass(300ms);
  auto all = one.of("t1");
  CHECK(all.audio == one.sound({"Good day. ", "How are you? "}));
  CHECK(all.text == "Good day. How are you? ");
  CHECK(all.normalized == " Good day. How are you? ");
  CHECK(all.times_fit);
  CHECK(all.aligned == all.messages);
  CHECK(all.flushes == 1);
  CHECK_FALSE(all.final);
  one.close("t1");
  CHECK(one.of("t1").final);
}

TEST_CASE("closing a context keeps what was flushed and loses the rest") {
  client one;
  one.say("t1", "Kept. ");
  one.say("t1", "not kept", false);
  one.close("t1");
  one.say("t1", "ignored ", true);
  one.pass(1s);
  auto all = one.of("t1");
  CHECK(all.audio == one.sound({"Kept. "}));
  CHECK(all.final);
}

TEST_CASE("with auto_mode whole sentences are spoken without a flush") {
  client one;
  one.say("t1", "One. Tw", false);
  one.pass(1s);
  CHECK(one.of("t1").audio == one.sound({"One. "}));
  one.say("t1", "o. ", false);
  one.pass(1s);
  CHECK(one.of("t1").audio == one.sound({"One. ", "Two. "}));
  CHECK(one.of("t1").flushes == 0);
}

TEST_CASE("without auto_mode the first generation waits for 120 characters") {
  client one("/v1/text-to-speech/anna/multi-stream-input?output_format=ulaw_8000");
  std::string words;
  while (words.size() < 115) words += "word ";
  one.say("t1", words, false);
  one.pass(1s);
  CHECK(one.peer->sent.empty());
  one.say("t1", "more wo", false);
  one.pass(10s);
  CHECK(one.of("t1").audio == one.sound({words + "more "}));
}

TEST_CASE("without sync_alignment a generation's alignment comes with its first message") {
  client one("/v1/text-to-speech/anna/multi-stream-input?output_format=ulaw_8000&auto_mode=true");
  one.say("t1", "This takes several messages. ");
  one.pass(2s);
  auto all = one.of("t1");
  CHECK(all.messages > 4);
  CHECK(all.aligned == 1);
  CHECK(all.text == "This takes several messages. ");
}

TEST_CASE("a sixth context ends the socket; a closed one counts until its final message") {
  client one;
  for (auto id : {"a", "b", "c", "d", "e"}) one.say(id, "Hello. ");
  SUBCASE("at once") { one.close("a"); }
  SUBCASE("but not after the final message") {
    one.close("a");
    one.pass(1s);
    one.say("f", "Hello. ");
    one.pass(1s);
    CHECK(one.of("f").audio.size() == 2800);
    CHECK(one.peer->closed_with == 0);
  }
  one.say("g", "Hello. ");
  CHECK(one.failed_with("max_active_conversations"));
  one.say("a", "Hello. ");
  one.pass(1s);
  CHECK(one.failed_with("max_active_conversations"));
}

TEST_CASE("a context without input ends the socket; an empty text keeps it alive") {
  client one;
  one.say("t1", "Hello. ");
  one.pass(29s);
  std::string out;
  tts::append_keep_alive(out, "t1");
  one.give(out);
  one.pass(29s);
  CHECK(one.peer->closed_with == 0);
  one.pass(1s);
  CHECK(one.failed_with("input_timeout_exceeded"));
}

TEST_CASE("a socket without contexts is kept alive too") {
  client one;
  one.pass(29s);
  std::string out;
  tts::append_keep_alive(out, "");
  one.give(out);
  one.pass(29s);
  CHECK(one.peer->closed_with == 0);
  one.pass(1s);
  CHECK(one.failed_with("input_timeout_exceeded"));
}

TEST_CASE("the voice's settings cannot change within a context") {
  client one;
  std::string out;
  tts::append_open_context(out, "t1", {.speed = 1.1});
  one.give(out);
  one.give(out);
  CHECK(one.peer->closed_with == 0);
  one.give(R"({"text":"x ","context_id":"t1","voice_settings":{"speed":0.9}})");
  CHECK(one.failed_with("invalid_voice_settings"));
}

TEST_CASE("closing the socket finishes what was flushed first") {
  client one;
  one.say("t1", "Goodbye. ");
  std::string out;
  tts::append_close_socket(out);
  one.give(out);
  CHECK(one.peer->closed_with == 0);
  one.pass(1s);
  CHECK(one.of("t1").audio == one.sound({"Goodbye. "}));
  CHECK(one.of("t1").final);
  CHECK(one.peer->closed_with == 1000);
}

TEST_CASE("a full link holds the audio back, and nothing is lost") {
  client one;
  one.peer->writable = false;
  one.say("t1", "A sentence that takes a while. ");
  one.close("t1");
  one.pass(5s);
  CHECK(one.of("t1").messages == 1);
  one.peer->writable = true;
  one.peer->events->on_writable();
  one.pass(5s);
  CHECK(one.of("t1").audio == one.sound({"A sentence that takes a while. "}));
  CHECK(one.of("t1").final);
}

TEST_CASE("a context closed before its first audio can be made silent") {
  client one(plain_target, {.silent_close = true});
  one.say("t1", "Nobody hears this. ");
  one.close("t1");
  one.pass(1s);
  CHECK(one.of("t1").audio.empty());
  CHECK(one.of("t1").final);
  one.say("t2", "But this. ");
  one.pass(200ms);
  one.close("t2");
  one.pass(1s);
  CHECK(one.of("t2").audio == one.sound({"But this. "}));
}

TEST_CASE("messages can be spelt in snake_case") {
  client one(plain_target, {.spelling = tts::spelling::snake_case});
  one.say("t1", "Hi. ");
  one.close("t1");
  one.pass(1s);
  CHECK(one.peer->sent.front().find("char_start_times_ms") != std::string::npos);
  CHECK(one.of("t1").text == "Hi. ");
}

TEST_CASE("PCM is spoken at both of its rates") {
  for (auto [name, factor] :
       {std::pair{"pcm_8000", 2}, std::pair{"pcm_16000", 4}, std::pair{"alaw_8000", 1}}) {
    client one(std::string("/v1/text-to-speech/anna/multi-stream-input?auto_mode=true&output_format=") +
               name);
    one.say("t1", "Hi. ");
    one.pass(1s);
    CHECK(one.of("t1").audio.size() == static_cast<std::size_t>(4 * 50 * 8 * factor));
  }
}

TEST_CASE("text without words says nothing, and its flush is still done") {
  client one;
  one.say("t1", " ");
  one.pass(1s);
  CHECK(one.of("t1").audio.empty());
  CHECK(one.of("t1").flushes == 1);
}

TEST_CASE("too much text ends the socket") {
  client one(plain_target, {.text_bound = 20});
  one.say("t1", "this is more than twenty", false);
  CHECK(one.failed_with("text_too_long"));
}

TEST_CASE("what is no request is refused") {
  SUBCASE("a format that the lab cannot speak") {
    client one("/v1/text-to-speech/anna/multi-stream-input");
    CHECK(one.failed_with("invalid_output_format"));
  }
  SUBCASE("no JSON") {
    client one;
    one.give("[");
    CHECK(one.failed_with("invalid_request"));
  }
  SUBCASE("another key") {
    client one(plain_target, {.api_key = "other"});
    CHECK(one.failed_with("invalid_api_key"));
  }
}

TEST_CASE("a session that ends while a worker speaks for it gets nothing") {
  client one;
  one.peer->text(R"({"text":"Hello there. ","context_id":"t1","flush":true})");
  one.session.reset();
  one.settle();
  one.pass(1s);
  CHECK(one.peer->sent.empty());
}
