#include "gateway/command_line.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace tandem {
namespace {

constexpr std::string_view keys_heading =
    "Every key below can be given as a flag, as a variable (TANDEM_SERVER_LISTEN for server.listen) or in "
    "the\n"
    "file; a flag wins over a variable, a variable over the file. Secrets take a file each.\n";

/// Takes the flags that name a key out of `arguments`: CLI11 would read the value of `--a.b=` from the next
/// argument.
std::vector<std::pair<std::string, std::string>> take_keys(std::vector<std::string>& arguments) {
  std::vector<std::pair<std::string, std::string>> flags;
  std::vector<std::string> others;
  for (auto& argument : arguments) {
    const auto equals = std::min(argument.find('='), argument.size());
    const bool names_key = argument.starts_with("--") && argument.find('.') < equals;
    if (names_key && equals < argument.size()) {
      flags.emplace_back(argument.substr(2, equals - 2), argument.substr(equals + 1));
    } else {
      others.push_back(std::move(argument));
    }
  }
  arguments = std::move(others);
  return flags;
}

/// The key in `--section.key value`, which is no way to give one.
std::string without_value(const std::vector<std::string>& arguments) {
  const auto found = std::ranges::find_if(arguments, [](const std::string& argument) {
    return argument.starts_with("--") && argument.find('.') < argument.find('=');
  });
  return found == arguments.end() ? "" : *found + ": a value is given as " + *found + "=VALUE\n";
}

}  // namespace

parsed_command_line parse_command_line(std::span<const char* const> arguments) {
  CLI::App app("Tandem joins phone calls to speech recognition, an agent and speech synthesis.", "tandem");
  app.require_subcommand(1);
  command asked;
  const auto add = [&](command::kind kind, const std::string& name, const std::string& meaning) {
    CLI::App* const subcommand = app.add_subcommand(name, meaning);
    subcommand->final_callback([&asked, kind] { asked.what = kind; });
    if (kind == command::kind::version) return;
    subcommand->add_option("--config", asked.source.file, "TOML file with the configuration")
        ->option_text("FILE");
    subcommand->footer([] { return std::string(keys_heading) + describe_settings(); });
  };
  add(command::kind::serve, "serve", "Run the engine until SIGTERM or SIGINT");
  add(command::kind::check, "check", "Check the configuration and print it, secrets masked");
  add(command::kind::version, "version", "Print version, commit, build type and library versions");
  app.footer("Exit codes: 0 success, 1 runtime failure, 2 usage or configuration.");

  std::vector<std::string> words(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  asked.source.flags = take_keys(words);
  if (auto wrong = without_value(words); !wrong.empty()) return {std::nullopt, std::move(wrong), 2};
  const bool keys_given = !asked.source.flags.empty();
  std::ranges::reverse(words);  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    return {std::nullopt, app.help(), 0};
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, std::string(error.what()) + "\ntandem --help says what can be asked for.\n", 2};
  }
  if (keys_given && asked.what == command::kind::version) return {std::nullopt, "version takes no keys\n", 2};
  return {std::move(asked), {}, 0};
}

}  // namespace tandem
