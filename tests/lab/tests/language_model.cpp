#include "tests/lab/language_model.hpp"

#include "tests/lab/words.hpp"

#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

using namespace tandem::lab;

namespace {

using history = std::vector<std::string>;

/// An ARPA text read back, to be asked as a decoder does.
struct model {
  std::map<history, double> probability;
  std::map<history, double> back_off;
  std::set<std::string> words;

  explicit model(const std::string& text) {
    std::istringstream lines(text);
    std::size_t order = 0;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("\\") && line.ends_with("-grams:"))
        order = static_cast<std::size_t>(line[1] - '0');
      std::istringstream fields(line);
      double logarithm = 0;
      if (order == 0 || !(fields >> logarithm)) continue;
      history gram(order);
      for (auto& word : gram) fields >> word;
      probability[gram] = std::pow(10, logarithm);
      if (double weight = 0; fields >> weight) back_off[gram] = std::pow(10, weight);
      if (order == 1 && gram[0] != "<s>") words.insert(gram[0]);
    }
  }

  double ask(history before, const std::string& word) const {
    auto whole = before;
    whole.push_back(word);
    if (auto found = probability.find(whole); found != probability.end()) return found->second;
    if (before.empty()) return 0;
    auto weight = back_off.find(before);
    auto factor = weight == back_off.end() ? 1.0 : weight->second;
    before.erase(before.begin());
    return factor * ask(before, word);
  }
};

const std::vector<std::string> phrases{"A table for two.", "A table for four people on Friday.",
                                       "Four people.", "Goodbye.", "Goodbye."};

}  // namespace

TEST_CASE("after every history the model's probabilities add up to one") {
  model spoken(arpa_model(phrases));
  std::vector<history> histories{{}, {"<s>"}, {"a"}, {"a", "table"}, {"<s>", "goodbye"}, {"friday", "a"}};
  for (const auto& before : histories) {
    double sum = 0;
    for (const auto& word : spoken.words) sum += spoken.ask(before, word);
    CHECK(sum == doctest::Approx(1).epsilon(0.002));
  }
}

TEST_CASE("the phrases' order is likelier, every other is possible") {
  model spoken(arpa_model(phrases));
  CHECK(spoken.ask({"a", "table"}, "for") > 10 * spoken.ask({"a", "table"}, "goodbye"));
  for (const auto& one : spoken.words)
    for (const auto& other : spoken.words) CHECK(spoken.ask({one}, other) > 1e-4);
}

TEST_CASE("a phrase given twice counts once") {
  std::vector<std::string> once{"Goodbye.", "Hello."};
  std::vector<std::string> twice{"Goodbye.", "Goodbye.", "Hello."};
  CHECK(arpa_model(once) == arpa_model(twice));
}

TEST_CASE("the dictionary holds the phrases' words with their variants and names what it lacks") {
  auto picked = pick_words(phrases,
                           "a AH\na(2) EY\naardvark AA R D\nfor F AO R\nfour F AO R\non AA N\n"
                           "people P IY P AH L\ntable T EY B AH L\ntwo T UW");
  CHECK(picked.entries ==
        "a AH\na(2) EY\nfor F AO R\nfour F AO R\non AA N\npeople P IY P AH L\ntable T EY B AH L\ntwo T UW\n");
  CHECK(picked.missing == std::vector<std::string>{"friday", "goodbye"});
}
