#include "protocols/audio/whole_samples.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes counted(std::size_t size) {
  bytes all(size);
  for (std::size_t i = 0; i < size; ++i) all[i] = static_cast<std::uint8_t>(i);
  return all;
}

}  // namespace

TEST_CASE("a stream cut at every byte gives the same whole samples") {
  const auto all = counted(12);
  for (std::size_t first = 0; first <= all.size(); ++first) {
    for (std::size_t second = first; second <= all.size(); ++second) {
      whole_samples subject(2);
      bytes given;
      for (const auto part : {std::span(all).first(first), std::span(all).subspan(first, second - first),
                              std::span(all).subspan(second)}) {
        const auto whole = subject.take(part);
        CHECK(whole.size() % 2 == 0);
        given.insert(given.end(), whole.begin(), whole.end());
      }
      CHECK(given == all);
    }
  }
}

TEST_CASE("bytes that are samples themselves pass as they are") {
  const auto all = counted(5);
  whole_samples subject(1);
  const auto whole = subject.take(all);
  CHECK(whole.data() == all.data());
  CHECK(whole.size() == all.size());
}

TEST_CASE("half a sample that a stream ends with is not the beginning of the next stream's") {
  whole_samples subject(2);
  CHECK(subject.take(counted(3)).size() == 2);
  subject.restart();
  const auto next = counted(4);
  const auto whole = subject.take(next);
  CHECK(bytes(whole.begin(), whole.end()) == next);
}
