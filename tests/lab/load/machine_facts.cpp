#include "tests/lab/load/machine_facts.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sys/utsname.h>
#include <unistd.h>

namespace tandem::lab {

namespace {

std::string text_of(const char* file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view around = " \t\"";
  const auto first = text.find_first_not_of(around);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(around) - first + 1);
}

}  // namespace

std::string named_value(std::string_view text, std::string_view name, char separator) {
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto at = line.find(separator);
    if (at != line.npos && trimmed(line.substr(0, at)) == name)
      return std::string(trimmed(line.substr(at + 1)));
  }
  return {};
}

machine_facts this_machine() {
  machine_facts out;
  const auto processors = text_of("/proc/cpuinfo");
  // Not every architecture has the first.
  for (const auto* name : {"model name", "Model", "cpu model", "Hardware"}) {
    if (out.cpu.empty()) out.cpu = named_value(processors, name, ':');
  }
  utsname names{};
  if (uname(&names) == 0) {
    out.kernel = std::string(names.sysname) + " " + names.release;
    if (out.cpu.empty()) out.cpu = names.machine;
  }
  out.cores = static_cast<unsigned>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  const auto page = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
  const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
  out.memory_mib = page * pages / (std::uint64_t{1024} * 1024);
  out.system = named_value(text_of("/etc/os-release"), "PRETTY_NAME", '=');
  return out;
}

}  // namespace tandem::lab
