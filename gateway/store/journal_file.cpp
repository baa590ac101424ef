#include "gateway/store/journal_file.hpp"

#include "protocols/records/journal.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tandem {

namespace {

constexpr std::size_t chunk = std::size_t{256} * 1024;
/// A line longer than this was written by nobody.
constexpr std::size_t line_bound = std::size_t{64} * 1024 * 1024;

/// A new file is one only once its folder says so on the disk.
void sync_folder(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

/// Bytes from a place on, at most `most`; fewer at the end or when they cannot be read.
std::string read_at(int file, std::uint64_t from, std::size_t most) {
  std::string out(most, '\0');
  std::size_t have = 0;
  while (have < most) {
    const auto got = pread(file, out.data() + have, most - have, static_cast<off_t>(from + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.resize(have);
  return out;
}

}  // namespace

journal_file::journal_file(const std::string& path, std::uint64_t bound) : path_(path), bound_(bound) {
  if (path.empty()) {
    why_not_ = "it is switched off";
    return;
  }
  was_there_ = access(path.c_str(), F_OK) == 0;
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file_ < 0) {
    why_not_ = std::strerror(errno);
    return;
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    why_not_ = "another process has it";
    close(file_);
    file_ = -1;
    return;
  }
  sync_folder(path);
  struct stat found {};
  fstat(file_, &found);
  size_ = static_cast<std::uint64_t>(found.st_size);
  drop_torn_line();
}

journal_file::~journal_file() {
  if (file_ >= 0) close(file_);
}

void journal_file::drop_torn_line() {
  auto end = size_;
  while (end > 0) {
    const auto from = end > chunk ? end - chunk : 0;
    const auto block = read_at(file_, from, end - from);
    const auto feed = block.rfind('\n');
    end = feed == std::string::npos ? from : from + feed + 1;
    if (feed != std::string::npos) break;
  }
  if (end != size_ && ftruncate(file_, static_cast<off_t>(end)) == 0) size_ = end;
}

bool journal_file::write_all(int file, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto wrote = write(file, text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    done += static_cast<std::size_t>(wrote);
  }
  return fdatasync(file) == 0;
}

bool journal_file::append(std::span<const records::row> rows) {
  if (file_ < 0) return false;
  std::string text;
  for (const auto& row : rows) records::append_line(text, records::encode(row));
  if (size_ + text.size() > bound_) return false;
  if (write_all(file_, text)) {
    size_ += text.size();
    return true;
  }
  // A part of it must not be taken for the whole, nor stand before what comes next.
  if (ftruncate(file_, static_cast<off_t>(size_)) != 0) {
    why_not_ = std::strerror(errno);
    close(file_);
    file_ = -1;
  }
  return false;
}

std::vector<records::row> journal_file::next(std::size_t most) {
  std::vector<records::row> rows;
  if (file_ < 0) return rows;
  read_ = replayed_;
  std::size_t want = chunk;
  while (rows.empty() && read_ < size_) {
    const auto text = read_at(file_, read_, std::min<std::uint64_t>(want, size_ - read_));
    const auto scan = records::read_lines(text, most, [&](std::string_view entry) {
      if (auto row = records::decode(entry)) {
        rows.push_back(std::move(*row));
      } else {
        ++damaged_;
      }
    });
    damaged_ += scan.damaged;
    read_ += scan.consumed;
    if (scan.consumed > 0) continue;
    // A line that goes on beyond what was read, or a file that cannot be read any more.
    if (text.size() == want && want < line_bound) {
      want *= 4;
    } else {
      ++damaged_;
      read_ = size_;
    }
  }
  return rows;
}

void journal_file::replayed() {
  replayed_ = read_;
  if (file_ < 0 || replayed_ < size_ || size_ == 0) return;
  if (ftruncate(file_, 0) != 0) return;
  fdatasync(file_);
  size_ = replayed_ = read_ = 0;
}

void journal_file::set_aside(const records::row& refused) {
  if (path_.empty()) return;
  const int file = open((path_ + ".refused").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  std::string text;
  records::append_line(text, records::encode(refused));
  write_all(file, text);
  close(file);
}

}  // namespace tandem
