#pragma once

#include <filesystem>
#include <stdexcept>
#include <stdlib.h>
#include <string>
#include <system_error>

namespace tandem {

/// An empty folder under /tmp for as long as it lives.
class temporary_folder {
 public:
  temporary_folder() {
    if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no folder can be made in /tmp");
  }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_ = "/tmp/tandem-test-XXXXXX";
};

}  // namespace tandem
