#include "protocols/url.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

std::string encoded(std::string_view text) {
  std::string out;
  url::append_encoded(out, text);
  return out;
}

using pairs = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("unreserved characters stay, all others are escaped") {
  CHECK(encoded("AZaz09-._~") == "AZaz09-._~");
  CHECK(encoded("a b+c&d=e/f?g%") == "a%20b%2Bc%26d%3De%2Ff%3Fg%25");
  CHECK(encoded("é") == "%C3%A9");
}

TEST_CASE("every byte comes back out of its escape") {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  CHECK(url::decoded(encoded(all)) == all);
  CHECK(url::decoded("%c3%A9") == "é");
}

TEST_CASE("an escape that is cut or not hexadecimal is refused") {
  CHECK_FALSE(url::decoded("a%"));
  CHECK_FALSE(url::decoded("a%4"));
  CHECK_FALSE(url::decoded("%4g"));
  CHECK_FALSE(url::decoded("%g4"));
  CHECK_FALSE(url::parameters("a=1&b=%"));
  CHECK_FALSE(url::parameters("%=1"));
}

TEST_CASE("a query round-trips, with repeated names and empty values in order") {
  std::string query;
  url::append_parameter(query, "k", "a b");
  url::append_parameter(query, "k", "");
  url::append_parameter(query, "other", "x&y=z");
  CHECK(query == "k=a%20b&k=&other=x%26y%3Dz");
  CHECK(url::parameters(query) == pairs{{"k", "a b"}, {"k", ""}, {"other", "x&y=z"}});
}

TEST_CASE("forms write a blank as plus, and may leave out values") {
  CHECK(url::parameters("a=b+c") == pairs{{"a", "b c"}});
  CHECK(url::parameters("a") == pairs{{"a", ""}});
  CHECK(url::parameters("a=b=c&&=d&") == pairs{{"a", "b=c"}, {"", "d"}});
  CHECK(url::parameters("") == pairs{});
}

TEST_CASE("a query cut at any byte says the same with a shorter end, or is refused") {
  const std::string_view text = "a=1&bc=%20x&d=";
  const auto whole = url::parameters(text);
  REQUIRE(whole);
  for (std::size_t cut = 1; cut < text.size(); ++cut) {
    CAPTURE(cut);
    const auto some = url::parameters(text.substr(0, cut));
    const bool in_escape = text.substr(0, cut).ends_with('%') || text.substr(0, cut).ends_with("%2");
    REQUIRE(some.has_value() != in_escape);
    if (!some) continue;
    REQUIRE(some->size() <= whole->size());
    for (std::size_t i = 0; i < some->size(); ++i) {
      const bool is_last = i + 1 == some->size();
      CHECK((is_last ? (*whole)[i].first.starts_with((*some)[i].first) : (*whole)[i] == (*some)[i]));
      CHECK((*whole)[i].second.starts_with((*some)[i].second));
    }
  }
}
