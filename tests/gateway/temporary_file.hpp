#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>

#include <doctest/doctest.h>

namespace tandem {

/// The whole content of a file.
inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A file of this content under /tmp for as long as it lives.
class temporary_file {
 public:
  explicit temporary_file(const std::string& content = {}) {
    const int file = mkstemp(path_.data());
    REQUIRE(file >= 0);
    REQUIRE(write(file, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    close(file);
  }
  ~temporary_file() { unlink(path_.c_str()); }
  temporary_file(const temporary_file&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/tandem-test-XXXXXX";
};

}  // namespace tandem
