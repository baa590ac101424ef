#include "protocols/telnyx/plain_media.hpp"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::telnyx;

namespace {

constexpr std::string_view usual = R"({"event":"media","sequence_number":"4","stream_id":"32de0dea","media":)"
                                   R"({"track":"inbound","chunk":"2","timestamp":"5","payload":"Zm9vYmFy"}})";

/// What a text is read as, in memory of exactly its size.
struct reading {
  explicit reading(std::string_view source)
      : text(source.begin(), source.end()), frame(read_plain_media(text)) {}

  std::vector<char> text;
  std::optional<tl::expected<media, json::fault>> frame;
};

/// The same frame with a member in front that keeps it from being plain, which `decode_event` ignores.
std::string made_odd(std::string_view source) {
  const auto brace = source.find('{') + 1;
  const auto rest = source.substr(brace);
  const bool is_empty = rest.find_first_not_of(" \t\r\n") == rest.find('}');
  return std::string(source.substr(0, brace)) + R"("\u0078":null)" + (is_empty ? "" : ",") +
         std::string(rest);
}

/// Whether the general reader says the same of it.
bool agrees(std::string_view source) {
  const reading plain(source);
  if (!plain.frame) return std::equal(source.begin(), source.end(), plain.text.begin(), plain.text.end());
  auto odd = made_odd(source);
  REQUIRE_FALSE(reading(odd).frame);
  const auto general = decode_event(odd);
  if (!*plain.frame) return !general && general.error() == plain.frame->error();
  if (!general || !std::holds_alternative<media>(*general)) return false;
  const auto& one = **plain.frame;
  const auto& other = std::get<media>(*general);
  return one.sequence == other.sequence && one.stream_id == other.stream_id && one.source == other.source &&
         one.chunk == other.chunk && one.timestamp == other.timestamp &&
         std::equal(one.payload.begin(), one.payload.end(), other.payload.begin(), other.payload.end());
}

}  // namespace

TEST_CASE("the frame that carriers send is plain") {
  const reading it(usual);
  REQUIRE(it.frame);
  REQUIRE(*it.frame);
  const auto& frame = **it.frame;
  CHECK(frame.sequence == 4);
  CHECK(frame.stream_id == "32de0dea");
  CHECK(frame.source == track::inbound);
  CHECK(frame.chunk == 2);
  CHECK(frame.timestamp == 5);
  CHECK(std::string_view(reinterpret_cast<const char*>(frame.payload.data()), frame.payload.size()) ==
        "foobar");
}

TEST_CASE("plain are numbers in both kinds, blanks, any order and members of other names") {
  for (const std::string_view text :
       {R"({ "media" : { "payload" : "" , "chunk" : 0 } , "event" : "media" } )",
        R"({"event":"media","media":{"payload":"Zm8=","track":"outbound","x":"y","z":17},"at":"noon","n":1})",
        R"({"media":{"chunk":"007","timestamp":123456789012345678,"payload":"AAAA"},"event":"media"})"}) {
    CAPTURE(text);
    CHECK(reading(text).frame);
    CHECK(agrees(text));
  }
}

TEST_CASE("what is not plain is left to the general reader as it is") {
  for (const std::string_view text :
       {R"({"event":"media","media":{"payload":"Zm9v\/w=="}})",
        R"({"event":"media","media":{"payload":null}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":1.5}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":01}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":-1}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":""}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":"two"}})",
        R"({"event":"media","media":{"payload":"AAAA","chunk":"1234567890123456789"}})",
        R"({"event":"media","media":{"payload":"AAAA","payload":"BBBB"}})",
        R"({"event":"media","event":"mark","media":{"payload":"AAAA"}})",
        R"({"event":"media","media":{"payload":"AAAA"},"media":{"payload":"BBBB"}})",
        R"({"event":"media","media":{"payload":"AAAA","more":{}}})",
        R"({"event":"media","media":{"payload":"AAAA"},"more":[1]})",
        R"({"event":"media","media":{"payload":"AAAA"},"more":true})",
        R"({"event":"media","media":{"payload":7}})",
        R"({"event":"media","media":"payload"})",
        R"({"event":"media","media":{"track":"inbound"}})",
        R"({"event":"mark","media":{"payload":"AAAA"}})",
        R"({"media":{"payload":"AAAA"}})",
        "{\"event\":\"media\",\"media\":{\"payload\":\"AAAA\"},\"x\":\"\xc3\xa9\"}",
        "{}",
        "",
        "[]",
        R"({"event":"media","media":{"payload":"AAAA"}} x)",
        R"({"event":"media","media":{"payload":"AAAA"},})"}) {
    CAPTURE(text);
    const reading it(text);
    CHECK_FALSE(it.frame);
    CHECK(std::string_view(it.text.data(), it.text.size()) == text);
  }
}

TEST_CASE("a payload that is not base64 is that fault") {
  const reading it(R"({"event":"media","media":{"payload":"AAA"}})");
  REQUIRE(it.frame);
  REQUIRE_FALSE(*it.frame);
  CHECK(it.frame->error() == json::fault::bad_base64);
}

TEST_CASE("both readers agree wherever a plain frame is cut, changed or long") {
  for (std::size_t size = 0; size < usual.size(); ++size) CHECK_FALSE(reading(usual.substr(0, size)).frame);
  for (std::size_t at = 0; at < usual.size(); ++at) {
    for (const char byte : {'\0', '"', '\\', '{', '}', ',', ':', ' ', '\n', '\x7f', '\xff', '0', 'A', '='}) {
      std::string source(usual);
      source[at] = byte;
      CAPTURE(source);
      CHECK(agrees(source));
    }
  }
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 400; ++size) {
    std::string payload;
    for (std::size_t i = 0; i < size; ++i) payload += "ABCDwxyz0189+/"[random() % 14];
    CHECK(agrees(R"({"event":"media","stream_id":"s","media":{"track":"inbound","payload":")" + payload +
                 "\"}}"));
  }
}
