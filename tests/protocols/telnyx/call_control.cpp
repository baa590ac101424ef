#include "protocols/telnyx/call_control.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem::telnyx;

namespace {

command_meaning meaning(std::string_view action, unsigned status, std::string code = "") {
  return meaning_of(action, {.status = status, .code = std::move(code), .title = {}, .detail = {}});
}

}  // namespace

TEST_CASE("an answer carries the stream as the contract names it") {
  CHECK(answer_body({.stream_url = "wss://voice.example.com/telnyx/media/t",
                     .codec = codec::pcma,
                     .client_state = "hello",
                     .command_id = "id-1"}) ==
        R"({"stream_url":"wss://voice.example.com/telnyx/media/t","stream_track":"inbound_track",)"
        R"("stream_codec":"PCMA","stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"PCMA",)"
        R"("stream_bidirectional_target_legs":"self","send_silence_when_idle":true,)"
        R"("client_state":"aGVsbG8=","command_id":"id-1"})");
}

TEST_CASE("an answer without a stream has no stream's members") {
  CHECK(answer_body({.command_id = "id-2"}) == R"({"send_silence_when_idle":true,"command_id":"id-2"})");
}

TEST_CASE("a stream that is started later says its rate, its token and its parameters") {
  const parameter parameters[] = {{"k", "v"}, {"l", "\"w\""}};
  CHECK(
      streaming_start_body({.stream_url = "wss://x",
                            .codec = codec::l16,
                            .auth_token = "token",
                            .parameters = parameters,
                            .client_state = "s",
                            .command_id = "id-3"}) ==
      R"({"stream_url":"wss://x","stream_track":"inbound_track","stream_codec":"L16",)"
      R"("stream_bidirectional_mode":"rtp","stream_bidirectional_codec":"L16",)"
      R"("stream_bidirectional_target_legs":"self","stream_bidirectional_sampling_rate":16000,)"
      R"("stream_auth_token":"token","custom_parameters":[{"name":"k","value":"v"},{"name":"l","value":"\"w\""}],)"
      R"("client_state":"cw==","command_id":"id-3"})");
}

TEST_CASE("only streams at 8 kHz start with the answer") {
  for (const auto each : {codec::pcmu, codec::pcma, codec::g722}) CHECK(streams_with_answer(each));
  for (const auto each : {codec::opus, codec::l16, codec::amr_wb}) CHECK_FALSE(streams_with_answer(each));
}

TEST_CASE("reject and hangup say their cause and carry their id") {
  CHECK(reject_body("USER_BUSY", "id") == R"({"cause":"USER_BUSY","command_id":"id"})");
  CHECK(hangup_body("id") == R"({"command_id":"id"})");
  CHECK(hangup_body("") == "{}");
}

TEST_CASE("a call's id is percent-encoded in the path") {
  CHECK(command_path("v3:a-b_c.~", "answer") == "/calls/v3%3Aa-b_c.~/actions/answer");
  CHECK(command_path("../x?y#z w", "hangup") == "/calls/..%2Fx%3Fy%23z%20w/actions/hangup");
}

TEST_CASE("an error is read from the first of the list") {
  const auto answer =
      read_answer(422, R"({"errors":[{"code":"90018","title":"Call has already ended","detail":"d",)"
                       R"("source":{"pointer":"/"}},{"code":"1"}]})");
  CHECK(answer.status == 422);
  CHECK(answer.code == call_has_ended);
  CHECK(answer.title == "Call has already ended");
  CHECK(answer.detail == "d");
  CHECK(read_answer(422, R"({"errors":[{"code":90034}]})").code == call_not_answered);
}

TEST_CASE("an answer that is no JSON still has its status") {
  for (const auto body :
       {"", "<html>", "{", "[]", R"({"errors":{}})", R"({"errors":[]})", R"({"errors":["x"]})"}) {
    const auto answer = read_answer(502, body);
    CHECK(answer.status == 502);
    CHECK(answer.code.empty());
    CHECK(answer.detail.empty());
  }
}

TEST_CASE("an accepted command is done whatever its body says") {
  CHECK(meaning_of("answer", read_answer(200, R"({"data":{"result":"ok"}})")) == command_meaning::done);
  CHECK(meaning_of("answer", read_answer(200, "")) == command_meaning::done);
}

TEST_CASE("an ended call is success for hangup and reject and terminal for all else") {
  CHECK(meaning("hangup", 422, "90018") == command_meaning::done);
  CHECK(meaning("reject", 422, "90018") == command_meaning::done);
  CHECK(meaning("hangup", 404, "10005") == command_meaning::done);
  for (const auto action : {"answer", "streaming_start", "transfer", "send_dtmf"}) {
    CHECK(meaning(action, 422, "90018") == command_meaning::terminal);
    CHECK(meaning(action, 404, "10005") == command_meaning::terminal);
  }
}

TEST_CASE("a call that is not answered yet makes the command wait") {
  CHECK(meaning("streaming_start", 422, "90034") == command_meaning::not_yet);
}

TEST_CASE("what may not have been seen is sent again") {
  for (const unsigned status : {0U, 408U, 429U, 500U, 502U, 503U, 504U}) {
    CHECK(meaning("answer", status) == command_meaning::retry);
    CHECK(meaning("hangup", status) == command_meaning::retry);
  }
  CHECK(meaning("answer", 429, "10011") == command_meaning::retry);
}

TEST_CASE("what was refused is not sent again") {
  for (const auto& [status, code] : {std::pair{400U, "10015"},
                                     {401U, "10009"},
                                     {403U, "10010"},
                                     {422U, "90015"},
                                     {422U, "90017"},
                                     {422U, "90102"},
                                     {422U, ""},
                                     {301U, ""}}) {
    CHECK(meaning("answer", status, code) == command_meaning::terminal);
    CHECK(meaning("hangup", status, code) == command_meaning::terminal);
  }
}

TEST_CASE("a leg is gone when it has ended or is not known") {
  for (const auto* code : {"90018", "10005"}) CHECK(says_leg_is_gone(code));
  for (const auto* code : {"", "90034", "90015", "10009"}) CHECK_FALSE(says_leg_is_gone(code));
}

TEST_CASE("a call that is not placed says whether the order, the lines or the account stand in its way") {
  for (const auto* code : {"", "90041", "90042", "90043", "10011", "10007"})
    CHECK(obstacle_of(code) == dial_obstacle::lines);
  for (const auto* code : {"10009", "10010", "10038", "10039"})
    CHECK(obstacle_of(code) == dial_obstacle::account);
  for (const auto* code : {"10015", "10016", "90017", "something new"})
    CHECK(obstacle_of(code) == dial_obstacle::order);
}

TEST_CASE("an answer cut at any byte has its status and nothing more") {
  const std::string whole = R"({"errors":[{"code":"90018","title":"Call has already ended","detail":"d"}]})";
  REQUIRE(read_answer(422, whole).code == call_has_ended);
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto answer = read_answer(422, whole.substr(0, cut));
    CHECK(answer.status == 422);
    CHECK(answer.code.empty());
  }
}
