#include "protocols/events/delivery.hpp"

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

TEST_CASE("what is signed is the time and the body, and the header has both time and signature") {
  CHECK(signed_text(1767225600, R"({"a":1})") == R"(1767225600.{"a":1})");
  CHECK(signed_text(0, "") == "0.");
  CHECK(signature_header(1767225600, std::vector<std::uint8_t>{0x00, 0x9f, 0xf0}) ==
        "t=1767225600,v1=009ff0");
}

TEST_CASE("a receiver that is away is asked less and less often, but every ten minutes") {
  CHECK(pause_after(0) == 0s);
  CHECK(pause_after(1) == 1s);
  CHECK(pause_after(2) == 2s);
  CHECK(pause_after(3) == 4s);
  CHECK(pause_after(10) == 512s);
  CHECK(pause_after(11) == 600s);
  CHECK(pause_after(1000) == 600s);
}
