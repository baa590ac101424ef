#include "protocols/base64.hpp"

#include <cctype>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes of(std::string_view text) { return {text.begin(), text.end()}; }

std::string encoded(const bytes& raw) {
  std::string out;
  base64::append(out, raw);
  return out;
}

std::string encoded_url(const bytes& raw) {
  std::string out;
  base64::append_url(out, raw);
  return out;
}

template <class Decode>
std::optional<bytes> decoded(Decode decode, std::string_view text) {
  bytes out(base64::decoded_bound(text.size()));
  const auto size = decode(text, out);
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

bytes counting(std::size_t size) {
  bytes raw(size);
  for (std::size_t i = 0; i < size; ++i) raw[i] = static_cast<std::uint8_t>(i * 151 + 7);
  return raw;
}

}  // namespace

TEST_CASE("the vectors of RFC 4648 hold both ways") {
  const std::pair<std::string_view, std::string_view> vectors[] = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [raw, text] : vectors) {
    CHECK(encoded(of(raw)) == text);
    CHECK(decoded(base64::decode, text) == of(raw));
  }
}

TEST_CASE("the last two digits tell the alphabets apart") {
  const bytes raw{0xfb, 0xff, 0xfe};
  CHECK(encoded(raw) == "+//+");
  CHECK(encoded_url(raw) == "-__-");
  CHECK(decoded(base64::decode, "+//+") == raw);
  CHECK(decoded(base64::decode_url, "-__-") == raw);
  CHECK_FALSE(decoded(base64::decode, "-__-"));
  CHECK_FALSE(decoded(base64::decode_url, "+//+"));
}

TEST_CASE("every length comes back the same") {
  for (std::size_t size = 0; size < 200; ++size) {
    const bytes raw = counting(size);
    CHECK(encoded(raw).size() == base64::encoded_size(size));
    CHECK(decoded(base64::decode, encoded(raw)) == raw);
    CHECK(encoded_url(raw).find('=') == std::string::npos);
    CHECK(decoded(base64::decode_url, encoded_url(raw)) == raw);
  }
}

TEST_CASE("each digit stands for its place in the alphabet, wherever it stands") {
  const std::string common = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (std::size_t turned = 0; turned < 64; turned += 4) {
    const auto order = [&](std::string_view last) {
      const auto all = common + std::string(last);
      return all.substr(turned) + all.substr(0, turned);
    };
    bytes raw;
    for (std::size_t value = 0; value < 64; value += 4) {
      std::uint32_t group = 0;
      for (std::size_t i = 0; i < 4; ++i) group = group << 6 | (value + i + turned) % 64;
      for (const int shift : {16, 8, 0}) raw.push_back(static_cast<std::uint8_t>(group >> shift));
    }
    CHECK(encoded(raw) == order("+/"));
    CHECK(encoded_url(raw) == order("-_"));
    CHECK(decoded(base64::decode, order("+/")) == raw);
    CHECK(decoded(base64::decode_url, order("-_")) == raw);
  }
}

TEST_CASE("encoding appends to what is there") {
  std::string out = "before ";
  base64::append(out, of("foo"));
  base64::append_url(out, of("f"));
  CHECK(out == "before Zm9vZg");
}

TEST_CASE("a text's bytes go both ways") {
  std::string out = "state=";
  base64::append(out, std::string_view("hello"));
  CHECK(out == "state=aGVsbG8=");
  CHECK(base64::decoded_text("aGVsbG8=") == "hello");
  CHECK(base64::decoded_text("AAA=") == std::string(2, '\0'));
  CHECK(base64::decoded_text("") == "");
  CHECK_FALSE(base64::decoded_text("aGVsbG8"));
}

TEST_CASE("a text that is not canonical is refused") {
  for (const auto text : {"Z", "Zg", "Zm8", "Zg=", "====", "Z===", "=Zg=", "Zg==Zg==", "Zm=v", "Zm9v\n",
                          "Zm9 v", "Zh==", "Zm9=", "Zg==\n\n\n\n", "Zm\xc3\xa4", "Zm9v="}) {
    CAPTURE(text);
    CHECK_FALSE(decoded(base64::decode, text));
  }
  for (const auto text : {"Z", "Zg==", "Zh", "Zm9", "Zm9vZ", "Zm9v*", "Z*"}) {
    CAPTURE(text);
    CHECK_FALSE(decoded(base64::decode_url, text));
  }
}

TEST_CASE("a foreign byte is refused at every place") {
  const std::string good = encoded(counting(12));
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = good;
      text[at] = static_cast<char>(byte);
      if (byte == '=' && at + 1 == text.size()) continue;  // that is padding
      const bool digit = (byte < 128 && std::isalnum(byte)) || byte == '+' || byte == '/';
      CHECK(decoded(base64::decode, text).has_value() == digit);
    }
  }
}

TEST_CASE("a text cut at any byte is decoded only at whole groups") {
  const bytes raw = counting(30);
  const std::string text = encoded(raw);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const auto result = decoded(base64::decode, std::string_view(text).substr(0, cut));
    REQUIRE(result.has_value() == (cut % 4 == 0));
    if (result) CHECK(*result == bytes(raw.begin(), raw.begin() + static_cast<std::ptrdiff_t>(cut / 4 * 3)));
  }
}

TEST_CASE("a buffer too small is left and refused, one that fits is enough") {
  bytes out(5);
  CHECK_FALSE(base64::decode("Zm9vYmFy", out));
  CHECK(out == bytes(5));
  CHECK(base64::decode("Zm9vYmE=", out) == 5);
  CHECK(out == of("fooba"));
}

TEST_CASE("decoding into the text's own memory works") {
  const bytes raw = counting(160);
  std::string text = encoded(raw);
  const std::span<std::uint8_t> own(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  REQUIRE(base64::decode(text, own) == raw.size());
  CHECK(bytes(own.begin(), own.begin() + 160) == raw);
}
