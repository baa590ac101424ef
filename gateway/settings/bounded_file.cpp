#include "gateway/settings/bounded_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace tandem {
namespace {

tl::unexpected<std::string> system_fault() {
  return tl::unexpected("cannot be read: " + std::generic_category().message(errno));
}

struct descriptor {
  explicit descriptor(const std::string& path) : number(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~descriptor() {
    if (number >= 0) close(number);
  }
  descriptor(const descriptor&) = delete;
  int number;
};

}  // namespace

tl::expected<std::string, std::string> read_bounded(const std::string& path, std::size_t bound) {
  const descriptor file(path);
  if (file.number < 0) return system_fault();
  std::string content;
  std::array<char, 16384> piece;
  for (;;) {
    const auto got = read(file.number, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_fault();
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > bound) {
      return tl::unexpected("is larger than " + std::to_string(bound) + " bytes");
    }
    content.append(piece.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace tandem
