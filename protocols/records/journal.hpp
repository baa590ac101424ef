#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

/// The text form of the journal: a line for each entry, its CRC-32 in eight hexadecimal digits, a blank, the
/// entry. What a crash tore off, and what a disk spoilt, is told from what was written.
namespace tandem::records {

/// CRC-32 as of IEEE 802.3.
std::uint32_t crc32(std::string_view bytes);

/// Appends an entry, which must hold no line feed.
void append_line(std::string& out, std::string_view entry);

/// What was found in a piece of a journal.
struct journal_scan {
  /// Bytes of the whole lines that were read; what follows is a line's begin.
  std::size_t consumed = 0;
  /// Lines that are not what was written.
  std::uint64_t damaged = 0;
};

/// Hands on the entries of at most `most` whole lines, in order.
journal_scan read_lines(std::string_view text, std::size_t most,
                        const std::function<void(std::string_view entry)>& each);

}  // namespace tandem::records
