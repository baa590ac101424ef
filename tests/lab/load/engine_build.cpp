#include "tests/lab/load/engine_build.hpp"

#include "tests/lab/load/shell_word.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace tandem::lab {

bool engine_build::is_release() const {
  return build.starts_with("Rel") && build.find("sanitizer") == build.npos;
}

engine_build read_version(std::string_view text) {
  engine_build out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto name = line.substr(0, line.find(' '));
    const auto value = line.find_first_not_of(' ', name.size());
    if (value == line.npos) continue;
    if (name == "tandem") out.version = line.substr(value);
    if (name == "commit") out.commit = line.substr(value);
    if (name == "build") out.build = line.substr(value);
  }
  return out;
}

engine_build build_of(const std::string& program) {
  const auto question = shell_word(program) + " version 2>/dev/null";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> answer(popen(question.c_str(), "re"), pclose);
  if (!answer) return {};
  std::string text;
  std::array<char, 1024> block{};
  for (std::size_t size = 0; (size = std::fread(block.data(), 1, block.size(), answer.get())) > 0;)
    text.append(block.data(), size);
  return read_version(text);
}

engine_build build_of(pid_t pid) {
  const auto program = "/proc/" + std::to_string(pid) + "/exe";
  std::error_code fault;
  const auto name = std::filesystem::read_symlink(program, fault).filename().string();
  // Any other program might do something else with the word.
  if (fault || (name != "tandem" && name != "tandem (deleted)")) return {};
  return build_of(program);
}

}  // namespace tandem::lab
