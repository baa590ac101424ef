#include "protocols/records/journal.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::records {

namespace {

struct read_back {
  explicit read_back(std::string_view text, std::size_t most = 1000) {
    scan = read_lines(text, most, [&](std::string_view entry) { entries.emplace_back(entry); });
  }
  std::vector<std::string> entries;
  journal_scan scan;
};

const std::string& three_lines() {
  static const std::string text = [] {
    std::string out;
    for (const auto* entry : {"one", "", "three and more"}) append_line(out, entry);
    return out;
  }();
  return text;
}

}  // namespace

TEST_CASE("the checksum is the one that everybody computes") {
  CHECK(crc32("123456789") == 0xcbf43926U);
  CHECK(crc32("") == 0);
  std::string line;
  append_line(line, "123456789");
  CHECK(line == "cbf43926 123456789\n");
}

TEST_CASE("what was written is read, in order and at most so much") {
  const read_back all(three_lines());
  CHECK(all.entries == std::vector<std::string>{"one", "", "three and more"});
  CHECK(all.scan.consumed == three_lines().size());
  CHECK(all.scan.damaged == 0);
  const read_back two(three_lines(), 2);
  CHECK(two.entries.size() == 2);
  CHECK(read_back(std::string_view(three_lines()).substr(two.scan.consumed)).entries.front() ==
        "three and more");
}

TEST_CASE("a journal torn off anywhere gives its whole lines and nothing else") {
  for (std::size_t size = 0; size <= three_lines().size(); ++size) {
    const read_back torn(std::string_view(three_lines()).substr(0, size));
    CHECK(torn.scan.damaged == 0);
    CHECK(torn.scan.consumed <= size);
    const auto whole =
        std::count(three_lines().begin(), three_lines().begin() + static_cast<std::ptrdiff_t>(size), '\n');
    CHECK(torn.entries.size() == static_cast<std::size_t>(whole));
  }
}

TEST_CASE("no single wrong byte passes for what was written, and the other lines stay readable") {
  for (std::size_t at = 0; at < three_lines().size(); ++at) {
    auto spoilt = three_lines();
    spoilt[at] = spoilt[at] == '#' ? '!' : '#';
    const read_back found(spoilt);
    CHECK(found.entries.size() < 3);
    // A spoilt line feed makes two lines one; at the very end it makes a line that goes on.
    CHECK(found.entries.size() >= 1);
    for (const auto& entry : found.entries) {
      CHECK((entry == "one" || entry.empty() || entry == "three and more"));
    }
  }
}

}  // namespace tandem::records
