#include "gateway/settings/settings_names.hpp"

#include "gateway/settings/settings_table.hpp"
#include "tests/gateway/temporary_file.hpp"
#include "tests/project_folder.hpp"

#include <filesystem>
#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace tandem;
namespace fs = std::filesystem;

namespace {

/// The variables that a shell script reads, `$TANDEM_X` or `${TANDEM_X…}`.
std::set<std::string> variables_in(const std::string& script) {
  std::set<std::string> names;
  for (auto at = script.find('$'); at != std::string::npos; at = script.find('$', at + 1)) {
    const auto from = at + (script.compare(at, 2, "${") == 0 ? 2 : 1);
    const auto to = script.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_", from);
    const auto name = script.substr(from, to - from);
    if (name.starts_with("TANDEM_")) names.insert(name);
  }
  return names;
}

}  // namespace

TEST_CASE("what our scripts read from the environment is not taken for a key") {
  const auto root = project_folder();
  std::set<std::string> names;
  for (const auto* folder : {"deploy", "tests"}) {
    for (auto entry = fs::recursive_directory_iterator(root / folder); entry != fs::end(entry); ++entry) {
      if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
      if (!entry->is_regular_file()) continue;
      const auto text = read_file(entry->path());
      if (text.starts_with("#!") || entry->path().extension() == ".sh") names.merge(variables_in(text));
    }
  }
  CHECK(names.count("TANDEM_JOBS") == 1);
  CHECK(names.count("TANDEM_PRESET") == 1);
  // What reads one of our keys does mean it.
  for (const auto& [name, key] : variable_names()) names.erase(name);
  for (const auto& name : names) {
    CAPTURE(name);
    CHECK(is_foreign_variable(name));
  }
}

TEST_CASE("no key of ours is taken for somebody else's") {
  for (const auto& [name, key] : variable_names()) {
    CAPTURE(name);
    CHECK_FALSE(is_foreign_variable(name));
  }
}

TEST_CASE("an unknown key comes with the one that looks most like it") {
  CHECK(unknown_key("limits.max_cals", key_names()) == "unknown key; did you mean limits.max_calls?");
  CHECK(unknown_key("server.tls_cert", key_names()) == "unknown key; did you mean server.tls_certificate?");
  CHECK(unknown_key("server.nothing_like_it", key_names()) == "unknown key");
  CHECK(unknown_key("turn.barge_in", key_names()) == "unknown key; did you mean turns.barge_in?");
  CHECK(unknown_key("agent.api_keyfile", key_names()) == "unknown key; did you mean agent.api_key_file?");
  CHECK(unknown_key("", key_names()) == "unknown key");
  CHECK(unknown_key(std::string(1 << 20, 'x'), key_names()) == "unknown key");
}

TEST_CASE("every key has a name of its own") {
  std::size_t files = 0;
  for (const auto& one : setting_table()) files += one.takes_file();
  CHECK(key_names().size() == setting_table().size() + files);
  CHECK(variable_names().size() == setting_table().size() + files);
}
