#include "protocols/telnyx/media.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::telnyx;

namespace {

/// Owns the frame in memory of exactly its size; the event's views point into it.
struct decoded {
  explicit decoded(std::string_view source) : text(source.begin(), source.end()), event(decode_event(text)) {}

  template <class Event>
  const Event& as() const {
    REQUIRE(event.has_value());
    REQUIRE(std::holds_alternative<Event>(*event));
    return std::get<Event>(*event);
  }
  json::fault fault() const { return event ? json::fault::none : event.error(); }

  std::vector<char> text;
  tl::expected<stream_event, json::fault> event;
};

constexpr std::string_view full_start =
    R"({"event":"start","sequence_number":"1","stream_id":"32de0dea","start":{"user_id":"3e6f","call_control_id":"v3:x",)"
    R"("call_session_id":"ff55","from":"+13122010094","to":"+13122123456","tags":["TAG1"],"client_state":"aGVsbG8=",)"
    R"("custom_parameters":{"k":"v","n":1,"m":"w"},)"
    R"("media_format":{"encoding":"PCMU","sample_rate":8000,"channels":1}}})";

constexpr std::string_view full_media =
    R"({"event":"media","sequence_number":"4","stream_id":"32de0dea","media":)"
    R"({"track":"inbound","chunk":"2","timestamp":"5","payload":"Zm9vYmFy"}})";

}  // namespace

TEST_CASE("the first frame gives its version and the stream's token") {
  CHECK(decoded(R"({"event":"connected","version":"1.0.0"})").as<connected>().version == "1.0.0");
  const decoded with(
      R"({"event":"connected","version":"1.0.0","protocol":"Call","connected":{"x-telnyx-streaming-auth-token":"t"}})");
  CHECK(with.as<connected>().auth_token == "t");
}

TEST_CASE("a start says which call it is and in what codec it comes") {
  const decoded it(full_start);
  const auto& event = it.as<start>();
  CHECK(event.sequence == 1);
  CHECK(event.stream_id == "32de0dea");
  CHECK(event.user_id == "3e6f");
  CHECK(event.call_control_id == "v3:x");
  CHECK(event.call_session_id == "ff55");
  CHECK(event.from == "+13122010094");
  CHECK(event.to == "+13122123456");
  CHECK(event.client_state == "hello");
  CHECK(event.format.encoding == codec::pcmu);
  CHECK(event.format.sample_rate == 8000);
  CHECK(event.format.channels == 1);
  REQUIRE(event.parameters.size() == 2);
  CHECK(event.parameters[0].name == "k");
  CHECK(event.parameters[1].value == "w");
}

TEST_CASE("a start with nulls and gaps is accepted with empty members") {
  const decoded it(
      R"({"event":"start","start":{"from":null,"client_state":null,"media_format":{"sample_rate":-1}}})");
  const auto& event = it.as<start>();
  CHECK(event.from.empty());
  CHECK(event.client_state.empty());
  CHECK_FALSE(event.sequence);
  CHECK(event.format.encoding == codec::unknown);
  CHECK(event.format.sample_rate == 0);
  CHECK(event.parameters.empty());
}

TEST_CASE("a client state that is not base64 is none of ours") {
  CHECK(decoded(R"({"event":"start","start":{"client_state":"hello"}})").as<start>().client_state.empty());
}

TEST_CASE("a media frame gives its codec bytes inside the text") {
  const decoded it(full_media);
  const auto& event = it.as<media>();
  CHECK(event.sequence == 4);
  CHECK(event.source == track::inbound);
  CHECK(event.chunk == 2);
  CHECK(event.timestamp == 5);
  CHECK(std::string(event.payload.begin(), event.payload.end()) == "foobar");
  const auto* text = reinterpret_cast<const std::uint8_t*>(it.text.data());
  CHECK(event.payload.data() >= text);
  CHECK(event.payload.data() + event.payload.size() <= text + it.text.size());
}

TEST_CASE("counters may be numbers, absent or nonsense") {
  const decoded numbers(
      R"({"event":"media","sequence_number":4,"media":{"chunk":2,"timestamp":5,"payload":""}})");
  CHECK(numbers.as<media>().sequence == 4);
  CHECK(numbers.as<media>().chunk == 2);
  CHECK(numbers.as<media>().timestamp == 5);
  CHECK(numbers.as<media>().payload.empty());
  CHECK(numbers.as<media>().source == track::unknown);
  const decoded nonsense(
      R"({"event":"media","sequence_number":"x","media":{"chunk":null,"timestamp":1.5,"payload":""}})");
  CHECK_FALSE(nonsense.as<media>().sequence);
  CHECK_FALSE(nonsense.as<media>().chunk);
  CHECK_FALSE(nonsense.as<media>().timestamp);
}

TEST_CASE("escaped slashes in a payload are no fault") {
  const decoded it(R"({"event":"media","media":{"payload":"\/\/79\/v38"}})");
  const auto& payload = it.as<media>().payload;
  CHECK(std::vector<std::uint8_t>(payload.begin(), payload.end()) ==
        std::vector<std::uint8_t>{0xff, 0xfe, 0xfd, 0xfe, 0xfd, 0xfc});
}

TEST_CASE("dtmf, mark, stop and error give what they carry") {
  const decoded key(
      R"({"event":"dtmf","stream_id":"s","occurred_at":"2025-06-05T08:54:19.698408Z","sequence_number":"5","dtmf":{"digit":"#"}})");
  CHECK(key.as<dtmf>().digit == '#');
  CHECK(key.as<dtmf>().occurred_at == "2025-06-05T08:54:19.698408Z");
  CHECK(key.as<dtmf>().sequence == 5);
  CHECK(decoded(R"({"event":"dtmf","dtmf":{"digit":"c"}})").as<dtmf>().digit == 'C');

  const decoded name(R"({"event":"mark","stream_id":"s","sequence_number":"5","mark":{"name":"m1"}})");
  CHECK(name.as<mark>().name == "m1");
  CHECK(name.as<mark>().stream_id == "s");

  const decoded end(
      R"({"event":"stop","sequence_number":"9","stop":{"user_id":"u","call_control_id":"v3:x"}})");
  CHECK(end.as<stop>().call_control_id == "v3:x");
  CHECK(end.as<stop>().sequence == 9);
  CHECK(decoded(R"({"event":"stop"})").as<stop>().call_control_id.empty());

  const decoded fault(R"({"event":"error","payload":{"code":100004,"title":"invalid_media","detail":"d"}})");
  CHECK(fault.as<stream_error>().code == 100004);
  CHECK(fault.as<stream_error>().title == "invalid_media");
  CHECK(decoded(R"({"event":"error","payload":{"code":"100005"}})").as<stream_error>().code == 100005);
  CHECK(decoded(R"({"event":"error"})").as<stream_error>().code == 0);
}

TEST_CASE("an event of another name is reported by it") {
  CHECK(decoded(R"({"event":"transcription","x":[1]})").as<unknown>().event == "transcription");
  CHECK(decoded(R"({"event":"clear"})").as<unknown>().event == "clear");
  CHECK(decoded(R"({"event":""})").as<unknown>().event.empty());
}

TEST_CASE("a frame that lacks what its kind requires is a fault") {
  for (const auto source :
       {R"({})", R"({"event":1})", R"({"event":null})", R"({"event":"media"})",
        R"({"event":"media","media":[]})", R"({"event":"media","media":{}})",
        R"({"event":"media","media":{"payload":5}})", R"({"event":"start"})",
        R"({"event":"start","start":"now"})", R"({"event":"mark","mark":{}})",
        R"({"event":"dtmf","dtmf":{}})", R"({"event":"dtmf","dtmf":{"digit":"12"}})",
        R"({"event":"dtmf","dtmf":{"digit":""}})", R"({"event":"dtmf","dtmf":{"digit":"x"}})"}) {
    CAPTURE(source);
    CHECK(decoded(source).fault() == json::fault::bad_field);
  }
  CHECK(decoded(R"({"event":"media","media":{"payload":"Zm9v!"}})").fault() == json::fault::bad_base64);
  CHECK(decoded("[]").fault() == json::fault::not_an_object);
  CHECK(decoded(std::string(1024 * 1024, '[')).fault() == json::fault::too_deep);
}

TEST_CASE("a frame cut at any byte is a fault") {
  for (const std::string_view whole :
       {full_start, full_media, std::string_view(R"({"event":"connected","version":"1.0.0"})"),
        std::string_view(R"({"event":"stop","sequence_number":"5","stop":{"call_control_id":"v3:a"}})"),
        std::string_view(R"({"event":"mark","sequence_number":"4","mark":{"name":"m1"}})"),
        std::string_view(R"({"event":"dtmf","sequence_number":"5","dtmf":{"digit":"1"}})"),
        std::string_view(R"({"event":"error","payload":{"code":100003,"title":"malformed_frame"}})")}) {
    CHECK(decoded(whole).fault() == json::fault::none);
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      CHECK(decoded(whole.substr(0, cut)).fault() == json::fault::syntax);
    }
  }
}

TEST_CASE("a frame with any byte changed is decoded or refused, never more") {
  for (const auto whole : {full_start, full_media}) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const char byte : {'\0', '"', '\\', '{', '}', ',', '\xff', '0'}) {
        std::string source(whole);
        source[at] = byte;
        const decoded it(source);
        if (it.event && std::holds_alternative<media>(*it.event)) {
          CHECK(it.as<media>().payload.size() <= 6);
        } else if (!it.event) {
          CHECK(it.fault() != json::fault::none);
        }
      }
    }
  }
}

TEST_CASE("what we send is byte for byte what the carrier's manual shows") {
  std::string out;
  append_media(out, std::vector<std::uint8_t>{'f', 'o', 'o', 'b'});
  CHECK(out == R"({"event":"media","media":{"payload":"Zm9vYg=="}})");
  out.clear();
  append_mark(out, "m\"1");
  CHECK(out == R"({"event":"mark","mark":{"name":"m\"1"}})");
  out.clear();
  append_clear(out);
  CHECK(out == R"({"event":"clear"})");
}

TEST_CASE("codec names go both ways in any case") {
  for (const auto each : {codec::pcmu, codec::pcma, codec::g722, codec::opus, codec::amr_wb, codec::l16}) {
    CHECK(codec_of(to_string(each)) == each);
  }
  CHECK(codec_of("pcmu") == codec::pcmu);
  CHECK(codec_of("amr-wb") == codec::amr_wb);
  for (const auto name : {"", "PCM", "PCMUX", "unknown"}) CHECK(codec_of(name) == codec::unknown);
  CHECK(to_string(codec::unknown) == "unknown");
}
