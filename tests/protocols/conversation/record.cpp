#include "protocols/conversation/record.hpp"

#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::sys_days first_of_may = std::chrono::year(2026) / 5 / 1;

}  // namespace

TEST_CASE("a time is read to the microsecond") {
  CHECK(from_rfc3339("2026-05-01T10:20:30Z") == first_of_may + 10h + 20min + 30s);
  CHECK(from_rfc3339("2026-05-01T10:20:30.5Z") == first_of_may + 10h + 20min + 30s + 500ms);
  CHECK(from_rfc3339("2026-05-01t10:20:30.123456z") == first_of_may + 10h + 20min + 30s + 123456us);
  CHECK(from_rfc3339("2026-05-01 10:20:30.1234569999999999999Z") ==
        first_of_may + 10h + 20min + 30s + 123456us);
  CHECK(from_rfc3339("2024-02-29T00:00:00Z"));
  CHECK(from_rfc3339("0000-01-01T00:00:00Z") < from_rfc3339("9999-12-31T23:59:60Z"));
}

TEST_CASE("a time of another zone is read as that of UTC") {
  const auto noon = first_of_may + 12h;
  CHECK(from_rfc3339("2026-05-01T12:00:00+00:00") == noon);
  CHECK(from_rfc3339("2026-05-01T12:00:00-00:00") == noon);
  CHECK(from_rfc3339("2026-05-01T17:45:00+05:45") == noon);
  CHECK(from_rfc3339("2026-04-30T23:30:00.000-12:30") == noon);
}

TEST_CASE("a time is read as it was written") {
  for (const auto since : {0ms, 1ms, 1'777'629'600'123ms, -1ms}) {
    const wall_time at(since);
    CHECK(from_rfc3339(to_rfc3339(at)) == at);
  }
}

TEST_CASE("what is no time is none, wherever it breaks off") {
  const std::string whole = "2026-05-01T10:20:30.123+02:00";
  REQUIRE(from_rfc3339(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(from_rfc3339(whole.substr(0, size)));
  for (const std::string_view wrong : {"2026-05-01T10:20:30",
                                       "2026-05-01T10:20:30.Z",
                                       "2026-05-01T10:20:30,5Z",
                                       "2026-05-01T10:20:30Z ",
                                       " 2026-05-01T10:20:30Z",
                                       "2026-5-01T10:20:30Z",
                                       "2026-05-01T10:20Z",
                                       "2026-13-01T10:20:30Z",
                                       "2026-00-01T10:20:30Z",
                                       "2026-02-29T10:20:30Z",
                                       "2026-05-00T10:20:30Z",
                                       "2026-05-01T24:00:00Z",
                                       "2026-05-01T10:60:00Z",
                                       "2026-05-01T10:20:61Z",
                                       "2026-05-01T10:20:30+24:00",
                                       "2026-05-01T10:20:30+02:60",
                                       "2026-05-01T10:20:30+0200",
                                       "2026-05-01T10:20:30+02",
                                       "-026-05-01T10:20:30Z",
                                       "1777629600",
                                       "now"}) {
    CAPTURE(wrong);
    CHECK_FALSE(from_rfc3339(wrong));
  }
}
