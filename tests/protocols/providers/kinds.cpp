#include "protocols/providers/kinds.hpp"

#include <doctest/doctest.h>

using namespace tandem;

TEST_CASE("every kind of provider that is named is there") {
  CHECK_FALSE(recogniser_kinds().empty());
  CHECK_FALSE(synthesiser_kinds().empty());
  for (const auto name : recogniser_kinds()) CHECK(recogniser_of(name) != nullptr);
  for (const auto name : synthesiser_kinds()) CHECK(synthesiser_of(name) != nullptr);
}

TEST_CASE("a kind that is not there has no protocol") {
  for (const auto name : {"", "Elevenlabs", "elevenlabs "}) {
    CHECK(recogniser_of(name) == nullptr);
    CHECK(synthesiser_of(name) == nullptr);
  }
}
