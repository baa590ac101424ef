#include "protocols/telnyx/carrier.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::telnyx;

namespace {

const std::vector<std::uint8_t> audio{0xff, 0x00, 0x7f, 0x80, 0x01};

/// Encodes an event as the carrier does and decodes it as the engine does.
template <class Event>
struct round_trip {
  explicit round_trip(const Event& event) {
    carrier::append(text, event);
    wire = text;
    auto decoded = decode_event(text);
    REQUIRE(decoded.has_value());
    REQUIRE(std::holds_alternative<Event>(*decoded));
    back = std::get<Event>(*decoded);
  }
  std::string text;
  std::string wire;
  Event back;
};

tl::expected<carrier::stream_command, json::fault> command(std::string& text) {
  return carrier::decode_command(text);
}

}  // namespace

TEST_CASE("the first frame goes out with and without a token") {
  CHECK(round_trip(connected{"1.0.0", ""}).wire == R"({"event":"connected","version":"1.0.0"})");
  const round_trip with(connected{"1.0.0", "token"});
  CHECK(with.back.version == "1.0.0");
  CHECK(with.back.auth_token == "token");
}

TEST_CASE("a start comes back with every member") {
  const start sent{.sequence = 1,
                   .stream_id = "s",
                   .user_id = "u",
                   .call_control_id = "v3:x",
                   .call_session_id = "session",
                   .from = "+1",
                   .to = "+2",
                   .client_state = "hello",
                   .format = {codec::l16, 16000, 1},
                   .parameters = {{"na\"me", "value"}, {"k", ""}}};
  const round_trip it(sent);
  CHECK(it.back.sequence == 1);
  CHECK(it.back.stream_id == "s");
  CHECK(it.back.user_id == "u");
  CHECK(it.back.call_control_id == "v3:x");
  CHECK(it.back.call_session_id == "session");
  CHECK(it.back.from == "+1");
  CHECK(it.back.to == "+2");
  CHECK(it.back.client_state == "hello");
  CHECK(it.back.format.encoding == codec::l16);
  CHECK(it.back.format.sample_rate == 16000);
  CHECK(it.back.format.channels == 1);
  REQUIRE(it.back.parameters.size() == 2);
  CHECK(it.back.parameters[0].name == "na\"me");
  CHECK(it.back.parameters[0].value == "value");
  CHECK(it.back.parameters[1].value.empty());
}

TEST_CASE("a media frame carries its counters as strings") {
  const round_trip it(media{4, "s", track::outbound, 2, 5, audio});
  CHECK(it.wire == R"({"event":"media","sequence_number":"4","stream_id":"s",)"
                   R"("media":{"track":"outbound","chunk":"2","timestamp":"5","payload":"/wB/gAE="}})");
  CHECK(it.back.sequence == 4);
  CHECK(it.back.source == track::outbound);
  CHECK(it.back.chunk == 2);
  CHECK(it.back.timestamp == 5);
  CHECK(std::vector<std::uint8_t>(it.back.payload.begin(), it.back.payload.end()) == audio);
}

TEST_CASE("a media frame without counters goes out without them") {
  const round_trip it(media{.source = track::inbound, .payload = audio});
  CHECK(it.wire == R"({"event":"media","media":{"track":"inbound","payload":"/wB/gAE="}})");
  CHECK_FALSE(it.back.chunk);
}

TEST_CASE("dtmf, mark, stop and error come back as they went") {
  const round_trip key(dtmf{5, "s", '*', "2025-06-05T08:54:19.698408Z"});
  CHECK(key.back.digit == '*');
  CHECK(key.back.sequence == 5);
  CHECK(key.back.occurred_at == "2025-06-05T08:54:19.698408Z");
  const round_trip name(mark{6, "s", "turn 1"});
  CHECK(name.back.name == "turn 1");
  CHECK(name.back.sequence == 6);
  const round_trip end(stop{7, "s", "u", "v3:x"});
  CHECK(end.back.call_control_id == "v3:x");
  CHECK(end.back.user_id == "u");
  const round_trip fault(stream_error{"s", 100003, "malformed_frame", "not JSON"});
  CHECK(fault.back.code == 100003);
  CHECK(fault.back.title == "malformed_frame");
  CHECK(fault.back.detail == "not JSON");
}

TEST_CASE("the carrier understands what the engine sends") {
  std::string text;
  append_media(text, audio);
  const auto played = command(text);
  REQUIRE(played.has_value());
  const auto payload = std::get<media>(*played).payload;
  CHECK(std::vector<std::uint8_t>(payload.begin(), payload.end()) == audio);

  text.clear();
  append_mark(text, "m\n1");
  const auto marked = command(text);
  REQUIRE(marked.has_value());
  CHECK(std::get<mark>(*marked).name == "m\n1");

  text.clear();
  append_clear(text);
  const auto cleared = command(text);
  REQUIRE(cleared.has_value());
  CHECK(std::holds_alternative<carrier::clear>(*cleared));
}

TEST_CASE("the carrier tells broken audio from a broken frame") {
  std::string text = R"({"event":"media","media":{"payload":"a"}})";
  CHECK(command(text).error() == json::fault::bad_base64);
  text = R"({"event":"media","media":{}})";
  CHECK(command(text).error() == json::fault::bad_field);
  text = "{";
  CHECK(command(text).error() == json::fault::syntax);
}

TEST_CASE("an event that the engine must not send is unknown to the carrier") {
  std::string text = R"({"event":"stop","stop":{}})";
  CHECK(std::holds_alternative<unknown>(*command(text)));
  text = R"({"event":"flush"})";
  const auto other = command(text);
  CHECK(std::get<unknown>(*other).event == "flush");
}
