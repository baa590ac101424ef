#include "protocols/elevenlabs/scribe.hpp"

#include "protocols/base64.hpp"
#include "protocols/elevenlabs/scribe_server.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::scribe;

namespace {

std::string repeated(std::string_view what, int times) {
  std::string all;
  for (; times != 0; --times) all += what;
  return all;
}

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

constexpr std::string_view live_start =
    R"({"message_type":"session_started","session_id":"abc-1","config":{"sample_rate":8000,)"
    R"("audio_format":"ulaw_8000","language_code":"en","secondary_languages":[],)"
    R"("timestamps_granularity":"word","vad_commit_strategy":true,"max_tokens_to_recompute":5,)"
    R"("model_id":"scribe_v2_realtime","disable_logging":false,"keyterms":[],"entity_detection":null}})";

constexpr std::string_view stamped_text =
    R"({"message_type":"committed_transcript_with_timestamps","text":"Hi [laughs]","language_code":"en",)"
    R"("words":[{"text":"Hi","start":0.12,"end":0.4,"type":"word","speaker_id":null,"logprob":-0.1,)"
    R"("characters":["H","i"]},{"text":" ","start":0.4,"end":0.45,"type":"spacing"},{"text":"[laughs]",)"
    R"("start":0.45,"end":1,"type":"audio_event","characters":[{"text":"[","start":0}]}]})";

}  // namespace

TEST_CASE("the suggested session has the suggested query") {
  settings session;
  session.language_code = "en";
  CHECK(query(session) ==
        "model_id=scribe_v2_realtime&audio_format=ulaw_8000&language_code=en&commit_strategy=manual"
        "&include_timestamps=false");
}

TEST_CASE("a query writes flags in lower case, repeats lists and escapes values") {
  settings session;
  session.include_timestamps = true;
  session.commit = commit_strategy::vad;
  session.vad_threshold = 0.4;
  session.min_silence_duration_ms = 250;
  session.keyterms = {"Café & Bar", "x=y"};
  session.enable_logging = false;
  session.token = "s+t";
  CHECK(query(session) ==
        "model_id=scribe_v2_realtime&audio_format=ulaw_8000&commit_strategy=vad&vad_threshold=0.4"
        "&min_silence_duration_ms=250&include_timestamps=true&keyterms=Caf%C3%A9%20%26%20Bar&keyterms=x%3Dy"
        "&enable_logging=false&token=s%2Bt");
}

TEST_CASE("an audio format has its rate and size") {
  CHECK(sample_rate("ulaw_8000") == 8000);
  CHECK(sample_rate("pcm_48000") == 48000);
  CHECK_FALSE(sample_rate("alaw_8000"));
  CHECK(bytes_per_second("ulaw_8000") == 8000);
  CHECK(bytes_per_second("pcm_16000") == 32000);
  CHECK_FALSE(bytes_per_second("mp3"));
}

TEST_CASE("a chunk is one JSON object with base64 audio") {
  const std::vector<std::uint8_t> audio{0xff, 0x00, 0x7f};
  std::string out = "before ";
  append_audio_chunk(out, audio, false, 8000);
  CHECK(out == R"(before {"message_type":"input_audio_chunk","audio_base_64":"/wB/","commit":false,)"
               R"("sample_rate":8000})");
  out.clear();
  append_audio_chunk(out, {}, true, 16000, "so \"far\"");
  CHECK(out == R"({"message_type":"input_audio_chunk","audio_base_64":"","commit":true,"sample_rate":16000,)"
               R"("previous_text":"so \"far\""})");
}

TEST_CASE("a session starts with its configuration in the live spelling") {
  const received it(live_start);
  const auto& started = it.as<session_started>();
  CHECK(started.session_id == "abc-1");
  CHECK(started.model_id == "scribe_v2_realtime");
  CHECK(started.audio_format == "ulaw_8000");
  CHECK(started.sample_rate == 8000);
  CHECK(started.commit == commit_strategy::vad);
}

TEST_CASE("a session starts with its configuration in the documented spelling, or with none") {
  const received documented(
      R"({"message_type":"session_started","session_id":"s","config":{"commit_strategy":"manual"}})");
  CHECK(documented.as<session_started>().commit == commit_strategy::manual);
  const received bare(R"({"message_type":"session_started","session_id":"s"})");
  CHECK_FALSE(bare.as<session_started>().commit);
  CHECK(bare.as<session_started>().session_id == "s");
}

TEST_CASE("partials and finals are partials, settled or not") {
  const received first(R"({"message_type":"partial_transcript","text":"I want \u00e9"})");
  CHECK(first.as<partial>().text == "I want é");
  CHECK_FALSE(first.as<partial>().settled);
  for (const std::string_view type : {"final_transcript", "final_transcript_with_timestamps"}) {
    const received it(R"({"text":"I want","words":[],"message_type":")" + std::string(type) + "\"}");
    CHECK(it.as<partial>().text == "I want");
    CHECK(it.as<partial>().settled);
  }
}

TEST_CASE("a committed transcript may be empty") {
  CHECK(received(R"({"message_type":"committed_transcript","text":"Yes."})").as<committed>().text == "Yes.");
  CHECK(received(R"({"message_type":"committed_transcript","text":""})").as<committed>().text.empty());
}

TEST_CASE("words come with their times and kinds, whatever their characters look like") {
  const received it(stamped_text);
  const auto& stamped = it.as<committed_with_timestamps>();
  CHECK(stamped.language_code == "en");
  REQUIRE(stamped.words.size() == 3);
  CHECK(stamped.words[0].text == "Hi");
  CHECK(stamped.words[0].start == doctest::Approx(0.12));
  CHECK(stamped.words[1].type == word_type::spacing);
  CHECK(stamped.words[2].type == word_type::audio_event);
  CHECK(stamped.words[2].end == doctest::Approx(1));
  std::string joined;
  for (const word& one : stamped.words) joined += one.text;
  CHECK(joined == stamped.text);
}

TEST_CASE("language detection sends the variant with timestamps without words") {
  const received it(
      R"({"message_type":"committed_transcript_with_timestamps","text":"Oui","language_code":"fr","words":null})");
  CHECK(it.as<committed_with_timestamps>().language_code == "fr");
  CHECK(it.as<committed_with_timestamps>().words.empty());
}

TEST_CASE("entities and warnings are understood") {
  const received found(
      R"({"message_type":"committed_transcript_entities","text":"I am Jo","entities":[{"text":"Jo",)"
      R"("entity_type":"name","start_char":5,"end_char":7},"junk"]})");
  REQUIRE(found.as<entities>().found.size() == 1);
  CHECK(found.as<entities>().found[0].type == "name");
  CHECK(found.as<entities>().found[0].start_char == 5);
  CHECK(found.as<entities>().found[0].end_char == 7);
  CHECK(received(R"({"message_type":"warning","warning":"slow"})").as<warning>().text == "slow");
}

TEST_CASE("every error type is known by its name and has its reaction") {
  const std::tuple<error_type, std::string_view, reaction> table[] = {
      {error_type::error, "error", reaction::reconnect},
      {error_type::auth_error, "auth_error", reaction::fatal},
      {error_type::quota_exceeded, "quota_exceeded", reaction::fatal},
      {error_type::commit_throttled, "commit_throttled", reaction::reconnect},
      {error_type::transcriber_error, "transcriber_error", reaction::reconnect},
      {error_type::unaccepted_terms, "unaccepted_terms", reaction::fatal},
      {error_type::rate_limited, "rate_limited", reaction::back_off},
      {error_type::input_error, "input_error", reaction::bug},
      {error_type::invalid_request, "invalid_request", reaction::fatal},
      {error_type::queue_overflow, "queue_overflow", reaction::back_off},
      {error_type::resource_exhausted, "resource_exhausted", reaction::back_off},
      {error_type::session_time_limit_exceeded, "session_time_limit_exceeded", reaction::reconnect},
      {error_type::chunk_size_exceeded, "chunk_size_exceeded", reaction::bug},
      {error_type::insufficient_audio_activity, "insufficient_audio_activity", reaction::rest},
  };
  for (const auto& [type, name, asked] : table) {
    CAPTURE(name);
    const received it(R"({"message_type":")" + std::string(name) + R"(","error":"why"})");
    CHECK(it.as<error>().type == type);
    CHECK(it.as<error>().raw_type == name);
    CHECK(it.as<error>().text == "why");
    CHECK(to_string(type) == name);
    CHECK(classify(type) == asked);
  }
  CHECK(classify(error_type::other) == reaction::reconnect);
}

TEST_CASE("both spellings of quota and terms errors are accepted") {
  CHECK(received(R"({"message_type":"quota_exceeded_error","error":"x"})").as<error>().type ==
        error_type::quota_exceeded);
  CHECK(received(R"({"message_type":"unaccepted_terms_error","error":"x"})").as<error>().type ==
        error_type::unaccepted_terms);
}

TEST_CASE("an error's name costs no stack, however often it says that it is one") {
  const auto name = repeated("_error", 170'000);
  CHECK(received(R"({"message_type":")" + name + R"(","error":"x"})").as<error>().type == error_type::other);
}

TEST_CASE("any message with a text error is an error, and an error type is one without it") {
  const received brand_new(R"({"message_type":"moon_phase","error":"full"})");
  CHECK(brand_new.as<error>().type == error_type::other);
  CHECK(brand_new.as<error>().raw_type == "moon_phase");
  CHECK(received(R"({"error":"bare"})").as<error>().text == "bare");
  CHECK(received(R"({"message_type":"partial_transcript","text":"a","error":"b"})").as<error>().text == "b");
  CHECK(received(R"({"message_type":"auth_error","message":"no key"})").as<error>().text == "no key");
  CHECK(received(R"({"message_type":"partial_transcript","text":"a","error":null})").as<partial>().text ==
        "a");
}

TEST_CASE("what is not known is unknown, and what is not an object is a fault") {
  CHECK(received(R"({"message_type":"ping","n":1})").as<unknown>().message_type == "ping");
  CHECK(received("{}").as<unknown>().message_type.empty());
  CHECK(received("[]").message.error() == json::fault::not_an_object);
  CHECK(received("").message.error() == json::fault::syntax);
  CHECK(received(std::string(1 << 20, '[')).message.error() == json::fault::too_deep);
}

TEST_CASE("a message cut at any byte is a fault, never a shorter message") {
  for (const std::string_view whole :
       {live_start, stamped_text, std::string_view(R"({"message_type":"partial_transcript","text":"a"})"),
        std::string_view(R"({"message_type":"final_transcript","text":"a b"})"),
        std::string_view(R"({"message_type":"committed_transcript","text":"a b c"})"),
        std::string_view(R"({"message_type":"committed_transcript_entities","text":"a","entities":[]})"),
        std::string_view(R"({"message_type":"warning","warning":"slow"})"),
        std::string_view(R"({"message_type":"commit_throttled","error":"too soon"})")}) {
    CHECK(received(whole).message.has_value());
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      CHECK_FALSE(received(whole.substr(0, cut)).message.has_value());
      if (cut != 0) CHECK_FALSE(received(whole.substr(cut)).message.has_value());
    }
  }
}

TEST_CASE("the previous text is the last whole words, short enough, of a transcript") {
  CHECK(previous_text_of("") == "");
  CHECK(previous_text_of("yes please") == "yes please");
  CHECK(previous_text_of("it would be lovely to have a table for two at seven on Friday") ==
        "to have a table for two at seven on Friday");
  // One that ends a word and begins with the next.
  CHECK(previous_text_of("a " + std::string(48, 'b')) == std::string(48, 'b'));
  CHECK(previous_text_of("a " + std::string(47, 'b')) == std::string(47, 'b'));
  // Characters, not bytes; and never a part of one.
  CHECK(previous_text_of(repeated("é", 60)) == repeated("é", 48));
  CHECK(previous_text_of(repeated("テ", 60)) == repeated("テ", 48));
  // Whatever bytes these are.
  CHECK(previous_text_of(std::string(100, '\x80')) == "");
  CHECK(previous_text_of(std::string(100, ' ')).size() <= 48);
}
