#include "tests/lab/load/command_text.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "gateway/settings/settings_table.hpp"
#include "tests/lab/load/shell_word.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace tandem::lab {

namespace {

constexpr std::string_view hidden = "***";

/// A word that gives the engine a key, as `--section.key=value` with or without `--set=` before it.
std::string without_secret(const std::string& word) {
  const auto begin = word.starts_with("--set=") ? std::string_view("--set=").size() : 0;
  const auto equals = word.find('=', begin);
  if (equals == word.npos || !std::string_view(word).substr(begin).starts_with("--")) return word;
  const auto key = word.substr(begin + 2, equals - begin - 2);
  const auto table = setting_table();
  const auto known =
      std::find_if(table.begin(), table.end(), [&](const auto& each) { return each.key() == key; });
  if (known == table.end() || known->shown == secrecy::open) return word;
  const auto value = word.substr(equals + 1);
  return word.substr(0, equals + 1) +
         (known->shown == secrecy::secret ? std::string(hidden) : without_password(value));
}

}  // namespace

std::vector<std::string> command_words() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> out;
  for (std::string word; std::getline(in, word, '\0');) out.push_back(std::move(word));
  return out;
}

std::string shown_command(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t n = 0; n < words.size(); ++n) {
    auto word = words[n];
    if (n == 0) word = word.substr(word.rfind('/') + 1);
    if (word.starts_with("--token=")) word = "--token=" + std::string(hidden);
    if (n > 0 && words[n - 1] == "--token") word = hidden;
    out += (n == 0 ? "" : " ") + shell_word(without_secret(word));
  }
  return out;
}

}  // namespace tandem::lab
