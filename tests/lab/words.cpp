#include "tests/lab/words.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace tandem::lab {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// 0 to 9999 in words; nothing for larger numbers, which a caption reads digit by digit.
void append_number(std::vector<std::string>& words, unsigned n) {
  static constexpr std::array small{"zero",    "one",     "two",       "three",    "four",
                                    "five",    "six",     "seven",     "eight",    "nine",
                                    "ten",     "eleven",  "twelve",    "thirteen", "fourteen",
                                    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
  static constexpr std::array tens{"twenty", "thirty",  "forty",  "fifty",
                                   "sixty",  "seventy", "eighty", "ninety"};
  if (n >= 1000) {
    append_number(words, n / 1000);
    words.emplace_back("thousand");
    if ((n %= 1000) == 0) return;
  }
  if (n >= 100) {
    append_number(words, n / 100);
    words.emplace_back("hundred");
    if ((n %= 100) == 0) return;
  }
  if (n >= 20) {
    words.emplace_back(tens[n / 10 - 2]);
    if ((n %= 10) == 0) return;
  }
  words.emplace_back(small[n]);
}

/// "7", "19:30", "7:05"; false when the token is something else.
bool append_spoken_digits(std::vector<std::string>& words, std::string_view token) {
  auto colon = token.find(':');
  auto hours = token.substr(0, colon);
  auto minutes = colon == token.npos ? std::string_view{} : token.substr(colon + 1);
  if (hours.empty() || hours.size() > 4 || !std::all_of(hours.begin(), hours.end(), is_digit)) return false;
  if (colon != token.npos && (minutes.size() != 2 || !std::all_of(minutes.begin(), minutes.end(), is_digit)))
    return false;
  append_number(words, static_cast<unsigned>(std::stoul(std::string{hours})));
  if (minutes.empty()) return true;
  if (minutes == "00") {
    words.emplace_back("o'clock");
    return true;
  }
  if (minutes[0] == '0') words.emplace_back("oh");
  append_number(words, static_cast<unsigned>(std::stoul(std::string{minutes})));
  return true;
}

void append_token(std::vector<std::string>& words, std::string token) {
  while (!token.empty() && (token.back() == '.' || token.back() == ':')) token.pop_back();
  if (token.empty()) return;
  if (token == "p.m" || token == "a.m") {
    words.push_back(token + '.');
    return;
  }
  if (append_spoken_digits(words, token)) return;
  std::erase_if(token, [](char c) { return c == '.' || c == ':'; });
  while (!token.empty() && token.back() == '\'') token.pop_back();
  if (!token.empty()) words.push_back(std::move(token));
}

/// Splits at what separates words; calls `each` with the token in its own case.
template <class F>
void each_token(std::string_view text, F each) {
  std::string token;
  auto flush = [&] {
    if (!token.empty()) each(std::exchange(token, {}));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = text[i];
    if (text.substr(i, 3) == "\u2019") {
      token += '\'';
      i += 2;
    } else if (std::isalnum(static_cast<unsigned char>(c)) || c == '\'' || c == '.' || c == ':' ||
               static_cast<unsigned char>(c) >= 0x80) {
      token += c;
    } else {
      flush();
    }
  }
  flush();
}

std::string lower(std::string text) {
  for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  each_token(text, [&](std::string token) { append_token(words, lower(std::move(token))); });
  return words;
}

caption_writer::caption_writer(std::span<const std::string> phrases) {
  std::map<std::string, std::string> names;
  std::set<std::string> common;
  for (const auto& phrase : phrases) {
    bool first = true;
    each_token(phrase, [&](std::string token) {
      while (!token.empty() && token.back() == '.') token.pop_back();
      auto word = lower(token);
      // A capital at a phrase's start says nothing about the word, except for "I" and its contractions.
      if (word != token && (!first || word == "i" || word.starts_with("i'"))) names.emplace(word, token);
      if (word == token) common.insert(word);
      first = false;
    });
  }
  for (auto& [word, name] : names)
    if (!common.contains(word)) names_.emplace_back(word, name);
}

std::string caption_writer::write(std::span<const std::string> words) const {
  static const std::set<std::string, std::less<>> asking{
      "what", "when", "where", "which", "who",  "why", "how", "is",   "are", "do",
      "does", "can",  "could", "would", "will", "may", "did", "have", "has", "what's"};
  std::string out;
  for (const auto& word : words) {
    auto name = std::lower_bound(names_.begin(), names_.end(), word,
                                 [](const auto& entry, const auto& key) { return entry.first < key; });
    if (!out.empty()) out += ' ';
    out += name != names_.end() && name->first == word ? name->second : word;
  }
  if (out.empty()) return out;
  out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  if (asking.contains(words.front())) return out + '?';
  if (out.back() != '.') out += '.';
  return out;
}

}  // namespace tandem::lab
