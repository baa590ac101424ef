#include "gateway/command_line.hpp"
#include "gateway/log.hpp"
#include "gateway/serve.hpp"
#include "gateway/settings/call_settings.hpp"
#include "gateway/version.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <spdlog/spdlog.h>

namespace {

using namespace tandem;

constexpr int success = 0;
constexpr int runtime_failure = 1;
constexpr int bad_configuration = 2;

/// False when the reader is gone or the disk is full.
bool print(std::FILE* to, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), to) == text.size() && std::fflush(to) == 0;
}

int check(const loaded_settings& loaded) {
  const auto calls = make_call_settings(loaded.values);
  if (!calls) {
    for (const auto& fault : calls.error()) print(stderr, fault + "\n");
    return bad_configuration;
  }
  for (const auto& warning : loaded.warnings) print(stderr, "warning: " + warning + "\n");
  return print(stdout, to_toml(loaded.values)) ? success : runtime_failure;
}

int run(const loaded_settings& loaded, const settings_source& source) {
  const process_log log(loaded.values.log);
  for (const auto& warning : loaded.warnings) spdlog::warn("configuration {}", warning);
  try {
    return serve(loaded.values, source);
  } catch (const std::exception& failure) {
    spdlog::critical("engine failed error=\"{}\"", failure.what());
    return runtime_failure;
  }
}

}  // namespace

int main(int count, char** arguments) {
  // A log or a socket whose reader is gone is a write that fails, not the end of all calls.
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = parse_command_line({arguments, static_cast<std::size_t>(count)});
  if (!parsed.asked) {
    print(parsed.exit_code == success ? stdout : stderr, parsed.text);
    return parsed.exit_code;
  }
  if (parsed.asked->what == command::kind::version) {
    return print(stdout, version_text()) ? success : runtime_failure;
  }
  parsed.asked->source.environment = tandem_environment();
  const auto loaded = load_settings(parsed.asked->source);
  for (const auto& fault : loaded.faults) print(stderr, fault + "\n");
  if (!loaded.faults.empty()) return bad_configuration;
  return parsed.asked->what == command::kind::check ? check(loaded) : run(loaded, parsed.asked->source);
}
