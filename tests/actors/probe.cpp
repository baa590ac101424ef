#include "tests/actors/probe.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace tandem::test {

std::size_t mail::count(const std::type_info& kind) const {
  const auto found = std::ranges::count_if(received_, [&](const auto& each) { return each.type() == kind; });
  return static_cast<std::size_t>(found);
}

const std::any& mail::newest(const std::type_info& kind) const {
  const auto found = std::find_if(received_.rbegin(), received_.rend(),
                                  [&](const auto& each) { return each.type() == kind; });
  REQUIRE(found != received_.rend());
  return *found;
}

void mail::release(std::type_index kind) {
  const auto waiting = held_.extract(kind);
  if (!waiting) return;
  for (const auto& answer_now : waiting.mapped()) answer_now();
}

}  // namespace tandem::test
