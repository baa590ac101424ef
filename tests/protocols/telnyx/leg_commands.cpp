#include "protocols/telnyx/leg_commands.hpp"

#include <doctest/doctest.h>

using namespace tandem::telnyx;

TEST_CASE("a transfer says where to and leaves the rest to Telnyx' defaults") {
  CHECK(transfer_body({.to = "+4930111", .command_id = "id"}) == R"({"to":"+4930111","command_id":"id"})");
  CHECK(transfer_body({.to = "sip:desk@example.com",
                       .from = "+4930222",
                       .timeout_seconds = 20,
                       .time_limit_seconds = 600,
                       .target_leg_client_state = "hello",
                       .command_id = "id"}) ==
        R"({"to":"sip:desk@example.com","from":"+4930222","timeout_secs":20,"time_limit_secs":600,)"
        R"("target_leg_client_state":"aGVsbG8=","command_id":"id"})");
}

TEST_CASE("a bridge names the other leg") {
  CHECK(bridge_body("v3:other", "id") == R"({"call_control_id":"v3:other","command_id":"id"})");
}

TEST_CASE("keys are digits, letters to D, star, hash and pauses") {
  CHECK(are_dtmf_digits("0123456789ABCD*#wW"));
  for (const auto wrong : {"", "E", "a", "1 2", "1-2", "+1"}) CHECK_FALSE(are_dtmf_digits(wrong));
}

TEST_CASE("a key's length stays within what Telnyx allows") {
  CHECK(send_dtmf_body("1w2#", 0, "id") == R"({"digits":"1w2#","command_id":"id"})");
  CHECK(send_dtmf_body("1", 20, "id") == R"({"digits":"1","duration_millis":100,"command_id":"id"})");
  CHECK(send_dtmf_body("1", 9000, "id") == R"({"digits":"1","duration_millis":500,"command_id":"id"})");
}

TEST_CASE("a stream is stopped by its id, or all of them") {
  CHECK(streaming_stop_body("s", "id") == R"({"stream_id":"s","command_id":"id"})");
  CHECK(streaming_stop_body("", "id") == R"({"command_id":"id"})");
}

TEST_CASE("Telnyx' own voice says a text as it stands") {
  CHECK(speak_body({.text = "\"Good\" bye & thanks", .language = "en-US", .command_id = "id"}) ==
        R"({"payload":"\"Good\" bye & thanks","payload_type":"text","voice":"female","language":"en-US",)"
        R"("command_id":"id"})");
}

TEST_CASE("Telnyx' own voice speaks the callers' language, if it can") {
  CHECK(spoken_language("de") == "de-DE");
  CHECK(spoken_language("deu") == "de-DE");
  CHECK(spoken_language("cmn") == "cmn-CN");
  for (const auto* code : {"en", "eng", "", "xx"}) CHECK(spoken_language(code) == "en-US");
}

TEST_CASE("a sound's type follows the name in its URL") {
  CHECK(playback_start_body("https://x/a.wav?k=v.mp3", "id") ==
        R"({"audio_url":"https://x/a.wav?k=v.mp3","audio_type":"wav","command_id":"id"})");
  CHECK(playback_start_body("https://x/a?f=.wav", "id") ==
        R"({"audio_url":"https://x/a?f=.wav","audio_type":"mp3","command_id":"id"})");
  CHECK(playback_start_body("https://x/a.mp3", "id", playing::until_stopped) ==
        R"({"audio_url":"https://x/a.mp3","audio_type":"mp3","loop":"infinity","command_id":"id"})");
  CHECK(playback_stop_body("id") == R"({"stop":"all","command_id":"id"})");
}

TEST_CASE("a recording at the carrier has a channel for each side and a bound") {
  CHECK(record_start_body(0, "id") == R"({"channels":"dual","format":"wav","command_id":"id"})");
  CHECK(record_start_body(90000, "id") ==
        R"({"channels":"dual","format":"wav","max_length":14400,"command_id":"id"})");
  CHECK(record_stop_body("id") == R"({"command_id":"id"})");
}

TEST_CASE("a leg's client state is replaced whole") {
  CHECK(client_state_update_body("hello") == R"({"client_state":"aGVsbG8="})");
  CHECK(client_state_update_body("") == R"({"client_state":""})");
}
