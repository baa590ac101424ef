#pragma once

#include "protocols/records/row.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tandem {

/// The local file to which records go while the store cannot take them. One process has it at a time; what
/// `append` took is on the disk.
class journal_file {
 public:
  /// Opens or makes the file and drops a line at its end that was never whole. `bound` bytes is as large as
  /// it gets. An empty path, a file that cannot be opened or that another process has: `why_not` says so, and
  /// it takes nothing.
  journal_file(const std::string& path, std::uint64_t bound);
  ~journal_file();
  journal_file(const journal_file&) = delete;

  /// Why there is no journal; empty when there is one.
  const std::string& why_not() const { return why_not_; }

  /// Whether the file is an earlier process', which has ended if this one has it.
  bool was_there() const { return was_there_; }

  /// Writes rows to the end and has them on the disk when it returns true; otherwise nothing of them is
  /// there.
  bool append(std::span<const records::row> rows);

  /// Bytes that wait to be replayed.
  std::uint64_t waiting() const { return size_ - replayed_; }

  /// Rows that come next, at most `most`; they come again until `replayed` is called. Damaged lines are left
  /// out and counted.
  std::vector<records::row> next(std::size_t most);

  /// What `next` gave last is in the store; a journal without anything left is emptied.
  void replayed();

  /// Lines so far that were not what was written.
  std::uint64_t damaged() const { return damaged_; }

  /// Keeps a row that the store refuses for good in a file beside this one, for people to look at.
  void set_aside(const records::row& refused);

 private:
  bool write_all(int file, const std::string& text);
  void drop_torn_line();

  std::string path_;
  std::uint64_t bound_;
  std::string why_not_;
  int file_ = -1;
  bool was_there_ = false;
  std::uint64_t size_ = 0;
  std::uint64_t replayed_ = 0;
  /// Where `next` ended.
  std::uint64_t read_ = 0;
  std::uint64_t damaged_ = 0;
};

}  // namespace tandem
