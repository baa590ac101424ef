#include "actors/agents/spoken_words.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 18> contractions{{{"i'm", "i am"},
                                                                                      {"i'd", "i would"},
                                                                                      {"i'll", "i will"},
                                                                                      {"i've", "i have"},
                                                                                      {"don't", "do not"},
                                                                                      {"doesn't", "does not"},
                                                                                      {"can't", "can not"},
                                                                                      {"cannot", "can not"},
                                                                                      {"won't", "will not"},
                                                                                      {"isn't", "is not"},
                                                                                      {"aren't", "are not"},
                                                                                      {"what's", "what is"},
                                                                                      {"that's", "that is"},
                                                                                      {"it's", "it is"},
                                                                                      {"there's", "there is"},
                                                                                      {"you're", "you are"},
                                                                                      {"we're", "we are"},
                                                                                      {"we'd", "we would"}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::vector<std::string> spoken_words(std::string_view text) {
  std::vector<std::string> all;
  std::string word;
  const auto close = [&] {
    while (!word.empty() && (word.back() == '\'' || word.back() == ':')) word.pop_back();
    if (word.empty()) return;
    const auto found = std::find_if(contractions.begin(), contractions.end(),
                                    [&](const auto& entry) { return entry.first == word; });
    if (found == contractions.end()) {
      all.push_back(std::move(word));
    } else {
      const auto blank = found->second.find(' ');
      all.emplace_back(found->second.substr(0, blank));
      all.emplace_back(found->second.substr(blank + 1));
    }
    word.clear();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = lower(text[i]);
    if (text.substr(i).starts_with("\u2019")) {
      c = '\'';
      i += 2;
    }
    const char next = i + 1 < text.size() ? lower(text[i + 1]) : ' ';
    const bool after_digit = !word.empty() && is_digit(word.back());
    if (is_letter(c)) {
      if (after_digit) close();
      word += c;
    } else if (is_digit(c)) {
      if (!word.empty() && !after_digit && word.back() != ':') close();
      word += c;
    } else if ((c == ':' || c == '.') && after_digit && is_digit(next)) {
      word += ':';
    } else if (c == '.' && (word == "a" || word == "p") && next == 'm') {
      continue;
    } else if (c == '\'' && !word.empty()) {
      word += c;
    } else {
      close();
    }
  }
  close();
  return all;
}

}  // namespace tandem
