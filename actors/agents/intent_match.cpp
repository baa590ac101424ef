#include "actors/agents/intent_match.hpp"

#include "actors/agents/spoken_words.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>

namespace tandem {

namespace {

using namespace std::string_view_literals;

// Longer speeches are judged by their end.
constexpr std::size_t max_words = 60;
constexpr double slot_weight = 1.5;
constexpr double small_weight = 0.25;
// "That is not right" must not pass for "that is right".
constexpr double negation_penalty = 0.35;
// So much better another node's question has to fit before words are taken for its answer.
constexpr double elsewhere_margin = 0.1;

// Words that say little about what is meant.
constexpr std::array small_words{
    "a"sv,   "an"sv,   "the"sv, "i"sv,     "you"sv,  "we"sv,   "it"sv,   "me"sv,   "my"sv,   "us"sv,
    "is"sv,  "are"sv,  "am"sv,  "be"sv,    "to"sv,   "of"sv,   "at"sv,   "on"sv,   "in"sv,   "for"sv,
    "and"sv, "or"sv,   "do"sv,  "would"sv, "uh"sv,   "um"sv,   "er"sv,   "well"sv, "so"sv,   "please"sv,
    "oh"sv,  "will"sv, "s"sv,   "that"sv,  "this"sv, "like"sv, "just"sv, "can"sv,  "some"sv, "there"sv};
constexpr std::array negations{"not"sv, "no"sv, "never"sv, "nothing"sv};

double weight(std::string_view word) {
  return std::find(small_words.begin(), small_words.end(), word) == small_words.end() ? 1.0 : small_weight;
}

bool is_negation(std::string_view word) {
  return std::find(negations.begin(), negations.end(), word) != negations.end();
}

// Whether one letter added, left out or changed makes them the same.
bool one_edit_apart(std::string_view a, std::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > 1) return false;
  const auto [at, bt] = std::mismatch(a.begin(), a.end(), b.begin());
  const auto rest = a.size() == b.size() ? at + 1 : at;
  return std::equal(rest, a.end(), bt + 1, b.end());
}

// Recognisers confuse endings; short words are too much alike for that.
bool alike(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (is_negation(a) || is_negation(b)) return false;
  const auto shorter = std::min(a.size(), b.size());
  if (shorter >= 6) return one_edit_apart(a, b);
  return shorter >= 4 && a.size() != b.size() &&
         (a.size() > b.size() ? a : b) == std::string(a.size() > b.size() ? b : a) + "s";
}

struct slot_found {
  std::size_t words = 0;
  spoken_value what;
  bool allowed = true;
};

slot_found find_time(const script_slot& slot, std::span<const std::string> words) {
  const auto time = parse_time(words);
  if (!time) return {};
  const auto allowed = [&](int minutes) { return minutes >= slot.from && minutes <= slot.to; };
  auto minutes = time->minutes;
  if (time->afternoon) {
    // "Eight" is in the morning and "three" in the afternoon, unless only the other is allowed.
    const bool early = minutes >= 7 * 60;
    const bool both = allowed(minutes) && allowed(*time->afternoon);
    if (both ? !early : !allowed(minutes)) minutes = *time->afternoon;
  }
  return {time->words, {write_time(minutes), speak_time(minutes)}, allowed(minutes)};
}

slot_found find_slot(const script_slot& slot, std::span<const std::string> words) {
  switch (slot.kind) {
    case script_slot::type::number: {
      const auto number = parse_number(words);
      if (!number) return {};
      const bool allowed = number->number >= slot.from && number->number <= slot.to;
      return {number->words, {std::to_string(number->number), speak_number(number->number)}, allowed};
    }
    case script_slot::type::time:
      return find_time(slot, words);
    case script_slot::type::day: {
      auto day = parse_day(words.front());
      return day ? slot_found{1, std::move(*day)} : slot_found{};
    }
    case script_slot::type::list:
      break;
  }
  slot_found best;
  for (const auto& value : slot.values) {
    const auto wanted = spoken_words(value);
    if (wanted.size() <= best.words || wanted.size() > words.size()) continue;
    if (std::equal(wanted.begin(), wanted.end(), words.begin(), alike))
      best = {wanted.size(), {value, value}};
  }
  return best;
}

/// The caller's words, and every slot's value at each of them.
struct heard {
  std::vector<std::string> words;
  std::map<std::string, std::vector<slot_found>, std::less<>> slots;
  double weight = 0;
  bool negated = false;
};

heard listen(const script& dialogue, std::string_view text) {
  heard what;
  what.words = spoken_words(text);
  if (what.words.size() > max_words) what.words.erase(what.words.begin(), what.words.end() - max_words);
  const std::span<const std::string> words(what.words);
  for (const auto& word : words) {
    what.weight += weight(word);
    what.negated |= is_negation(word) && word != "no";
  }
  for (const auto& [name, slot] : dialogue.slots) {
    auto& found = what.slots[name];
    for (std::size_t at = 0; at < words.size(); ++at) found.push_back(find_slot(slot, words.subspan(at)));
  }
  return what;
}

/// The best way to lay a phrase over the words from some part and some word on.
struct overlap {
  double phrase = -1;  // weight of the phrase's matched parts; negative when a slot finds no place
  double words = 0;    // weight of the words they match
  std::size_t next_part = 0;
  std::size_t next_word = 0;
  bool here = false;  // whether this part lies on this word

  bool operator<(const overlap& other) const {
    return phrase != other.phrase ? phrase < other.phrase : words < other.words;
  }
};

class alignment {
 public:
  alignment(const phrase& wanted, const heard& said) : parts_(wanted.parts), said_(said) {
    table_.resize((parts_.size() + 1) * columns());
    for (std::size_t word = 0; word < columns(); ++word) cell(parts_.size(), word).phrase = 0;
    for (std::size_t part = parts_.size(); part-- > 0;)
      for (std::size_t word = columns(); word-- > 0;) cell(part, word) = best(part, word);
  }

  const overlap& whole() const { return table_.front(); }

  /// The slots' values in the best overlap.
  void values(intent_match& into) const {
    for (std::size_t part = 0, word = 0; part < parts_.size();) {
      const auto& at = table_[part * columns() + word];
      if (at.here && !parts_[part].slot.empty()) {
        const auto& found = said_.slots.find(parts_[part].slot)->second[word];
        into.slots.emplace_back(parts_[part].slot, found.what);
        if (!found.allowed && into.outside.empty()) into.outside = parts_[part].slot;
      }
      part = at.next_part;
      word = at.next_word;
    }
  }

 private:
  std::size_t columns() const { return said_.words.size() + 1; }
  overlap& cell(std::size_t part, std::size_t word) { return table_[part * columns() + word]; }

  overlap best(std::size_t part, std::size_t word) {
    const bool is_slot = !parts_[part].slot.empty();
    overlap result;
    const auto try_it = [&](std::size_t next_part, std::size_t next_word, double phrase, double words,
                            bool here) {
      const auto& rest = cell(next_part, next_word);
      if (rest.phrase < 0) return;
      const overlap candidate{rest.phrase + phrase, rest.words + words, next_part, next_word, here};
      if (result < candidate) result = candidate;
    };
    if (word < said_.words.size()) {
      if (is_slot) {
        const auto taken = said_.slots.find(parts_[part].slot)->second[word].words;
        double covered = 0;
        for (std::size_t i = 0; i < taken; ++i) covered += weight(said_.words[word + i]);
        if (taken != 0) try_it(part + 1, word + taken, slot_weight, covered, true);
      } else if (alike(parts_[part].word, said_.words[word])) {
        try_it(part + 1, word + 1, weight(parts_[part].word), weight(said_.words[word]), true);
      }
      try_it(part, word + 1, 0, 0, false);
    }
    if (!is_slot) try_it(part + 1, word, 0, 0, false);
    return result;
  }

  const std::vector<phrase_part>& parts_;
  const heard& said_;
  std::vector<overlap> table_;
};

double full_weight(const phrase& wanted) {
  double sum = 0;
  for (const auto& part : wanted.parts) sum += part.slot.empty() ? weight(part.word) : slot_weight;
  return sum;
}

bool is_negated(const phrase& wanted) {
  return std::any_of(wanted.parts.begin(), wanted.parts.end(),
                     [](const auto& part) { return is_negation(part.word) && part.word != "no"; });
}

void try_phrase(const intent& owner, const phrase& wanted, const heard& said,
                std::optional<intent_match>& best) {
  const bool negated = is_negated(wanted);
  if (negated && !said.negated) return;
  const alignment laid(wanted, said);
  if (laid.whole().phrase <= 0) return;
  const auto precision = laid.whole().phrase / full_weight(wanted);
  const auto recall = laid.whole().words / said.weight;
  // An F measure that asks twice as much for the phrase as for the rest of what was said.
  auto score = 1.25 * precision * recall / (0.25 * precision + recall);
  if (said.negated && !negated) score -= negation_penalty;
  if (score < owner.confidence || (best && score <= best->score)) return;
  best = intent_match{&owner, false, score, {}, {}};
  laid.values(*best);
}

void try_keyword(const intent& owner, const std::vector<std::string>& wanted, const heard& said,
                 std::optional<intent_match>& best) {
  const auto found = std::search(said.words.begin(), said.words.end(), wanted.begin(), wanted.end(), alike);
  if (found == said.words.end()) return;
  double covered = 0;
  for (const auto& word : wanted) covered += weight(word);
  const auto score = 0.6 + 0.4 * std::min(1.0, covered / said.weight);
  if (score >= owner.confidence && (!best || score > best->score))
    best = intent_match{&owner, false, score, {}, {}};
}

}  // namespace

std::optional<intent_match> match_intent(const script& dialogue, const script_node& node,
                                         std::string_view text) {
  const auto said = listen(dialogue, text);
  std::optional<intent_match> best;
  if (said.words.empty()) return best;
  for (const auto* intents : {&node.intents, &dialogue.anywhere})
    for (const auto& one : *intents) {
      for (const auto& wanted : one.phrases) try_phrase(one, wanted, said, best);
      for (const auto& wanted : one.keywords) try_keyword(one, wanted, said, best);
    }
  std::optional<intent_match> other;
  for (const auto& name : node.also)
    for (const auto& one : dialogue.nodes.find(name)->second.intents)
      for (const auto& wanted : one.phrases) try_phrase(one, wanted, said, other);
  if (!other || other->slots.empty() || (best && other->score < best->score + elsewhere_margin)) return best;
  other->elsewhere = true;
  return other;
}

bool takes_keys(const script& dialogue, const script_node& node) {
  const auto has_keys = [](const intent& one) { return !one.keys.empty(); };
  return std::any_of(node.intents.begin(), node.intents.end(), has_keys) ||
         std::any_of(dialogue.anywhere.begin(), dialogue.anywhere.end(), has_keys);
}

std::optional<intent_match> match_keys(const script& dialogue, const script_node& node,
                                       std::string_view keys) {
  for (const auto* intents : {&node.intents, &dialogue.anywhere})
    for (const auto& one : *intents)
      if (std::find(one.keys.begin(), one.keys.end(), keys) != one.keys.end())
        return intent_match{.what = &one, .score = 1};
  return match_intent(dialogue, node, keys);
}

}  // namespace tandem
