#include "protocols/elevenlabs/scribe_server.hpp"

#include "protocols/base64.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::scribe;

namespace {

std::string refusal(std::string_view query) {
  const auto session = parse_query(query);
  REQUIRE_FALSE(session.has_value());
  return session.error();
}

template <class Message>
Message sent_and_received(const Message& message, std::string& text) {
  text.clear();
  append_message(text, message);
  const auto back = decode_message(text);
  REQUIRE(back.has_value());
  REQUIRE(std::holds_alternative<Message>(*back));
  return std::get<Message>(*back);
}

}  // namespace

TEST_CASE("a query gives back the settings it was made from") {
  settings session;
  session.language_code = "de";
  session.secondary_languages = {"en", "fr"};
  session.commit = commit_strategy::vad;
  session.vad_silence_threshold_secs = 0.7;
  session.vad_threshold = 0.35;
  session.min_speech_duration_ms = 120;
  session.min_silence_duration_ms = 300;
  session.include_language_detection = true;
  session.keyterms = {"Zürich Süd & Co", "a+b"};
  session.no_verbatim = true;
  session.entity_detection = {"pii", "pci"};
  session.filter_background_audio = true;
  session.enable_logging = false;
  session.keepalive_interval_ms = 1000;
  session.token = "t/1";
  const auto back = parse_query(query(session));
  REQUIRE(back.has_value());
  CHECK(*back == session);
  CHECK(parse_query("?" + query(session)) == back);
}

TEST_CASE("an empty query has the server's defaults") {
  const auto session = parse_query("");
  REQUIRE(session.has_value());
  CHECK(session->audio_format == "pcm_16000");
  CHECK(session->commit == commit_strategy::manual);
  CHECK(parse_query("later_parameter=1").has_value());
}

TEST_CASE("a bad parameter is refused by name") {
  CHECK(refusal("audio_format=alaw_8000") == "Invalid value for audio_format: alaw_8000");
  CHECK(refusal("include_timestamps=True") == "Invalid value for include_timestamps: True");
  CHECK(refusal("commit_strategy=auto") == "Invalid value for commit_strategy: auto");
  CHECK(refusal("vad_threshold=nan") == "Invalid value for vad_threshold: nan");
  CHECK(refusal("vad_silence_threshold_secs=3.5") == "Invalid value for vad_silence_threshold_secs: 3.5");
  CHECK(refusal("keepalive_interval_ms=499") == "Invalid value for keepalive_interval_ms: 499");
  CHECK(refusal("keepalive_interval_ms=1000x") == "Invalid value for keepalive_interval_ms: 1000x");
  CHECK(refusal("model_id=%") == "Invalid query string");
  CHECK(refusal("include_timestamps=true&filter_background_audio=true").starts_with("filter_background"));
}

TEST_CASE("key terms have a longest and a most") {
  const std::string twenty_letters = "%C3%BCaaaaaaaaaaaaaaaaaaa";
  CHECK(parse_query("keyterms=" + twenty_letters).has_value());
  CHECK_FALSE(parse_query("keyterms=" + twenty_letters + "a").has_value());
  std::string many = "keyterms=a";
  for (int i = 1; i < 50; ++i) many += "&keyterms=a";
  CHECK(parse_query(many).has_value());
  CHECK_FALSE(parse_query(many + "&keyterms=a").has_value());
}

TEST_CASE("a client's chunk arrives as it was sent") {
  const std::vector<std::uint8_t> audio{1, 2, 3, 4};
  std::string text;
  append_audio_chunk(text, audio, true, 8000, "before");
  const auto chunk = decode_chunk(text);
  REQUIRE(chunk.has_value());
  std::vector<std::uint8_t> back(base64::decoded_bound(chunk->audio_base64.size()));
  back.resize(base64::decode(chunk->audio_base64, back).value());
  CHECK(back == audio);
  CHECK(chunk->commit);
  CHECK(chunk->sample_rate == 8000);
  CHECK(chunk->previous_text == "before");
}

TEST_CASE("a chunk without commit, rate or context is still a chunk") {
  std::string text = R"({"message_type":"input_audio_chunk","audio_base_64":""})";
  const auto chunk = decode_chunk(text);
  REQUIRE(chunk.has_value());
  CHECK_FALSE(chunk->commit);
  CHECK_FALSE(chunk->sample_rate);
  CHECK_FALSE(chunk->previous_text);
}

TEST_CASE("what is no chunk is refused in words") {
  for (std::string text : {R"({"message_type":"commit"})", R"({"audio_base_64":""})", "[1]", "",
                           R"({"message_type":"input_audio_chunk"})"}) {
    CAPTURE(text);
    const auto chunk = decode_chunk(text);
    REQUIRE_FALSE(chunk.has_value());
    CHECK_FALSE(chunk.error().empty());
  }
}

TEST_CASE("a chunk cut at any byte is refused") {
  std::string whole;
  append_audio_chunk(whole, std::vector<std::uint8_t>{1, 2, 3, 4, 5}, false, 8000, "a \"b\"");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    std::vector<char> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    CHECK_FALSE(decode_chunk(part).has_value());
  }
}

TEST_CASE("a session starts in both spellings of its configuration") {
  settings session;
  session.language_code = "en";
  session.commit = commit_strategy::vad;
  session.keyterms = {"one", "two"};
  for (const auto spelling : {config_spelling::documented, config_spelling::live}) {
    std::string text;
    append_session_started(text, "id-1", session, spelling);
    CHECK((text.find("vad_commit_strategy") != std::string::npos) == (spelling == config_spelling::live));
    CHECK((text.find("disable_logging") != std::string::npos) == (spelling == config_spelling::live));
    const auto message = decode_message(text);
    REQUIRE(message.has_value());
    const auto& started = std::get<session_started>(*message);
    CHECK(started.session_id == "id-1");
    CHECK(started.sample_rate == 8000);
    CHECK(started.commit == commit_strategy::vad);
    CHECK(started.language_code == "en");
  }
}

TEST_CASE("every server message arrives as it was sent") {
  std::string text;
  const auto started =
      sent_and_received(session_started{"s\"1", "m", "ulaw_8000", "en", 8000, commit_strategy::manual}, text);
  CHECK(started.session_id == "s\"1");
  CHECK(started.model_id == "m");
  CHECK(started.commit == commit_strategy::manual);
  CHECK(sent_and_received(partial{"a\n", false}, text).text == "a\n");
  CHECK(sent_and_received(partial{"b", true}, text).settled);
  CHECK(sent_and_received(committed{"é"}, text).text == "é");
  CHECK(sent_and_received(warning{"w"}, text).text == "w");
  CHECK(sent_and_received(unknown{"new"}, text).message_type == "new");
  CHECK(sent_and_received(error{error_type::rate_limited, "", "slow"}, text).type ==
        error_type::rate_limited);
  CHECK(sent_and_received(error{error_type::other, "odd", "?"}, text).raw_type == "odd");

  const auto found = sent_and_received(entities{"I am Jo", {{"Jo", "name", 5, 7}, {"x", "y", -1, 0}}}, text);
  REQUIRE(found.found.size() == 2);
  CHECK(found.found[0].type == "name");
  CHECK(found.found[1].start_char == -1);
}

TEST_CASE("words arrive as they were sent, and none as null") {
  std::string text;
  const auto stamped =
      sent_and_received(committed_with_timestamps{"Hi (cough)",
                                                  "en",
                                                  {{"Hi", 0.1, 0.25, word_type::word},
                                                   {" ", 0.25, 0.3, word_type::spacing},
                                                   {"(cough)", 0.3, 1e9, word_type::audio_event}}},
                        text);
  REQUIRE(stamped.words.size() == 3);
  CHECK(stamped.words[0].end == 0.25);
  CHECK(stamped.words[1].type == word_type::spacing);
  CHECK(stamped.words[2].end == 1e9);
  CHECK(stamped.words[2].type == word_type::audio_event);
  CHECK(sent_and_received(committed_with_timestamps{"Hi", "", {}}, text).words.empty());
  text.clear();
  append_message(text, committed_with_timestamps{"Hi", "", {}});
  CHECK(text == R"({"message_type":"committed_transcript_with_timestamps","text":"Hi",)"
                R"("language_code":null,"words":null})");
}
