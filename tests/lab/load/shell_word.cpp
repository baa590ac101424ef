#include "tests/lab/load/shell_word.hpp"

namespace tandem::lab {

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";
  if (!word.empty() && word.find_first_not_of(plain) == word.npos) return std::string(word);
  std::string out = "'";
  for (const auto each : word) out += each == '\'' ? std::string("'\\''") : std::string(1, each);
  return out + "'";
}

}  // namespace tandem::lab
