#include "tests/lab/language_model.hpp"

#include "tests/lab/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

namespace tandem::lab {

namespace {

using ngram = std::vector<std::string>;
using counts = std::map<ngram, double>;

const std::string open = "<s>";
const std::string close = "</s>";

/// What follows one history: how often, and how many different words.
struct continuations {
  double total = 0;
  double kinds = 0;
};

void append_line(std::string& out, double probability, const ngram& words, double back_off) {
  char number[32];
  std::snprintf(number, sizeof number, "%.4f", std::log10(probability));
  out += number;
  for (const auto& word : words) (out += ' ') += word;
  if (back_off > 0) {
    std::snprintf(number, sizeof number, " %.4f", std::log10(back_off));
    out += number;
  }
  out += '\n';
}

}  // namespace

std::string arpa_model(std::span<const std::string> phrases) {
  std::array<counts, 3> seen;
  std::map<ngram, continuations> after;
  std::set<std::string> different(phrases.begin(), phrases.end());
  for (const auto& phrase : different) {
    auto words = words_of(phrase);
    if (words.empty()) continue;
    words.insert(words.begin(), open);
    words.push_back(close);
    for (std::size_t last = 1; last < words.size(); ++last)
      for (std::size_t order = 1; order <= std::min<std::size_t>(3, last + 1); ++order)
        ++seen[order - 1][ngram(words.begin() + last + 1 - order, words.begin() + last + 1)];
  }
  for (const auto& grams : seen)
    for (const auto& [gram, count] : grams) {
      auto& history = after[ngram(gram.begin(), gram.end() - 1)];
      history.total += count;
      history.kinds += 1;
    }
  auto back_off = [&](const ngram& history) {
    auto found = after.find(history);
    if (found == after.end()) return 1.0;
    return found->second.kinds / (found->second.total + found->second.kinds);
  };
  std::map<ngram, double> probability;
  for (std::size_t order = 0; order < seen.size(); ++order)
    for (const auto& [gram, count] : seen[order]) {
      ngram history(gram.begin(), gram.end() - 1);
      const auto& known = after.at(history);
      auto shorter = order == 0 ? 1.0 / seen[0].size() : probability.at(ngram(gram.begin() + 1, gram.end()));
      probability[gram] = (count + known.kinds * shorter) / (known.total + known.kinds);
    }
  auto out = "\\data\\\nngram 1=" + std::to_string(seen[0].size() + 1) +
             "\nngram 2=" + std::to_string(seen[1].size()) + "\nngram 3=" + std::to_string(seen[2].size()) +
             "\n\n\\1-grams:\n";
  append_line(out, 1e-99, {open}, back_off({open}));
  for (const auto& [gram, count] : seen[0]) append_line(out, probability[gram], gram, back_off(gram));
  out += "\n\\2-grams:\n";
  for (const auto& [gram, count] : seen[1]) append_line(out, probability[gram], gram, back_off(gram));
  out += "\n\\3-grams:\n";
  for (const auto& [gram, count] : seen[2]) append_line(out, probability[gram], gram, 0);
  return out + "\n\\end\\\n";
}

dictionary pick_words(std::span<const std::string> phrases, std::string_view full_dictionary) {
  std::set<std::string, std::less<>> wanted;
  for (const auto& phrase : phrases)
    for (auto& word : words_of(phrase)) wanted.insert(std::move(word));
  auto found = wanted;
  dictionary picked;
  while (!full_dictionary.empty()) {
    auto line = full_dictionary.substr(0, full_dictionary.find('\n'));
    full_dictionary.remove_prefix(std::min(full_dictionary.size(), line.size() + 1));
    auto word = line.substr(0, line.find_first_of("( \t"));
    if (!wanted.contains(word)) continue;
    picked.entries.append(line) += '\n';
    if (auto at = found.find(word); at != found.end()) found.erase(at);
  }
  picked.missing.assign(found.begin(), found.end());
  return picked;
}

}  // namespace tandem::lab
