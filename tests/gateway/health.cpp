#include "gateway/health.hpp"

#include <doctest/doctest.h>

namespace tandem {

TEST_CASE("a process is healthy until something fails, and the first failure is why it is not") {
  health subject;
  CHECK_FALSE(subject.ailment());
  subject.fail("one");
  subject.fail("two");
  CHECK(subject.ailment() == "one");
}

TEST_CASE("a failure is told once, also to one who asks later") {
  int told = 0;
  health subject;
  subject.when_failed([&] { ++told; });
  CHECK(told == 0);
  subject.fail("one");
  subject.fail("two");
  CHECK(told == 1);
  subject.when_failed([&] { ++told; });
  CHECK(told == 2);
}

}  // namespace tandem
