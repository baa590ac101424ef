#include "protocols/records/journal.hpp"

#include "protocols/records/row.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Whatever the journal's file holds: what is read as a row is written and read again as the same row, and
/// what passes for text every database takes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem::records;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto check = [](std::string_view entry) {
    const auto found = decode(entry);
    if (!found) return;
    const auto line = encode(*found);
    if (line.find('\n') != line.npos) std::abort();
    const auto again = decode(line);
    // JSON cannot hold what is not UTF-8, so only what was written once is written the same.
    if (!again || encode(*again) != line) std::abort();
  };
  std::size_t lines = 0;
  const auto scan = read_lines(text, 100, [&](std::string_view entry) {
    ++lines;
    check(entry);
  });
  if (scan.consumed > size || lines + scan.damaged > 100) std::abort();
  check(text);
  if (storable(storable(text)) != storable(text)) std::abort();
  members_of(text);
  std::string written;
  append_line(written, storable(text));
  return 0;
}
