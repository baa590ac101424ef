#include "protocols/conversation/utterance_end.hpp"

#include "protocols/words.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tandem::turns {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view blanks = " \t\r\n\f\v";

// Bytes that are looked at: more than any words that the lists know, and a telephone number in words.
constexpr std::size_t farthest = 160;

// Fewer digits in a row are a number, more a whole telephone number.
constexpr std::size_t dictated_least = 3;
constexpr std::size_t dictated_most = 6;

// As `words::bare` has them. After these somebody goes on, whatever punctuation the recogniser puts there.
constexpr std::array leading_on{"and"sv, "but"sv, "because"sv, "or"sv,   "um"sv,   "uh"sv,   "uhm"sv,
                                "er"sv,  "erm"sv, "the"sv,     "my"sv,   "your"sv, "our"sv,  "if"sv,
                                "mr"sv,  "mrs"sv, "und"sv,     "aber"sv, "weil"sv, "oder"sv, "äh"sv,
                                "ähm"sv, "öhm"sv, "wenn"sv,    "dass"sv, "y"sv,    "pero"sv, "porque"sv,
                                "eh"sv,  "et"sv,  "mais"sv,    "euh"sv,  "parce"sv};

// After these as well, unless a sentence is said to end there.
constexpr std::array joining{"so"sv,   "to"sv,   "with"sv,  "of"sv,   "for"sv,   "at"sv,  "in"sv,   "on"sv,
                             "by"sv,   "from"sv, "about"sv, "than"sv, "as"sv,    "a"sv,   "an"sv,   "i"sv,
                             "im"sv,   "like"sv, "is"sv,    "are"sv,  "zu"sv,    "mit"sv, "von"sv,  "für"sv,
                             "bei"sv,  "auf"sv,  "aus"sv,   "der"sv,  "die"sv,   "das"sv, "den"sv,  "dem"sv,
                             "ein"sv,  "eine"sv, "einen"sv, "mein"sv, "meine"sv, "ich"sv, "also"sv, "o"sv,
                             "de"sv,   "con"sv,  "para"sv,  "el"sv,   "la"sv,    "los"sv, "las"sv,  "un"sv,
                             "una"sv,  "mi"sv,   "que"sv,   "ou"sv,   "le"sv,    "les"sv, "du"sv,   "des"sv,
                             "avec"sv, "pour"sv, "mon"sv,   "ma"sv,   "une"sv};

constexpr std::array answers{"yes"sv,  "yeah"sv,    "yep"sv,   "no"sv,      "nope"sv,  "okay"sv, "ok"sv,
                             "sure"sv, "correct"sv, "right"sv, "exactly"sv, "ja"sv,    "nein"sv, "genau"sv,
                             "doch"sv, "richtig"sv, "sí"sv,    "si"sv,      "claro"sv, "vale"sv, "oui"sv,
                             "non"sv,  "daccord"sv, "是"sv,    "不是"sv,    "对"sv,    "はい"sv, "いいえ"sv,
                             "نعم"sv,  "لا"sv,      "да"sv,    "нет"sv};

constexpr std::array listening{"mhm"sv,  "mmhm"sv,  "mmhmm"sv, "hm"sv,    "hmm"sv,     "mm"sv,    "mmm"sv,
                               "hmmm"sv, "uhhuh"sv, "aha"sv,   "ah"sv,    "oh"sv,      "okay"sv,  "ok"sv,
                               "yeah"sv, "right"sv, "isee"sv,  "gotit"sv, "ja"sv,      "genau"sv, "achso"sv,
                               "aja"sv,  "ajá"sv,   "vale"sv,  "claro"sv, "daccord"sv, "うん"sv,  "嗯"sv};

constexpr std::array digits{"zero"sv,  "oh"sv,     "one"sv,   "two"sv,   "three"sv, "four"sv,   "five"sv,
                            "six"sv,   "seven"sv,  "eight"sv, "nine"sv,  "null"sv,  "eins"sv,   "zwei"sv,
                            "zwo"sv,   "drei"sv,   "vier"sv,  "fünf"sv,  "sechs"sv, "sieben"sv, "acht"sv,
                            "neun"sv,  "cero"sv,   "uno"sv,   "dos"sv,   "tres"sv,  "cuatro"sv, "cinco"sv,
                            "seis"sv,  "siete"sv,  "ocho"sv,  "nueve"sv, "zéro"sv,  "un"sv,     "deux"sv,
                            "trois"sv, "quatre"sv, "cinq"sv,  "sept"sv,  "huit"sv,  "neuf"sv};

constexpr std::array closers{"\""sv, "'"sv, ")"sv, "]"sv, "\u201d"sv, "\u2019"sv, "\u00bb"sv, "\u300d"sv};
constexpr std::array questions{"?"sv, "\uff1f"sv, "\u061f"sv};
constexpr std::array calls{"!"sv, "\uff01"sv};
constexpr std::array stops{"."sv, "\u3002"sv, "\uff0e"sv, "\u0964"sv, "\u06d4"sv};
constexpr std::array pauses{".."sv,     "\u2026"sv, ","sv, "\uff0c"sv, "\u3001"sv, "\u060c"sv, ";"sv,
                            "\uff1b"sv, "\u061b"sv, ":"sv, "\uff1a"sv, "-"sv,      "\u2013"sv, "\u2014"sv};

template <std::size_t N>
bool holds(const std::array<std::string_view, N>& all, std::string_view one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Which of these the text ends with; empty when none.
template <std::size_t N>
std::string_view last_of(std::string_view text, const std::array<std::string_view, N>& all) {
  const auto found = std::find_if(all.begin(), all.end(), [&](auto one) { return text.ends_with(one); });
  return found == all.end() ? std::string_view() : *found;
}

template <std::size_t N>
bool ends_with(std::string_view text, const std::array<std::string_view, N>& all) {
  return !last_of(text, all).empty();
}

/// Without blanks, quotation marks and brackets at its end.
std::string_view opened(std::string_view text) {
  for (;;) {
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    const auto closer = last_of(text, closers);
    if (closer.empty()) return text;
    text.remove_suffix(closer.size());
  }
}

/// The last words, the last first, as they are written.
std::vector<std::string_view> last_words(std::string_view text) {
  std::vector<std::string_view> found;
  std::size_t looked_at = 0;
  while (looked_at < farthest) {
    text = text.substr(0, text.find_last_not_of(blanks) + 1);
    if (text.empty()) break;
    const auto before = text.find_last_of(blanks);
    const auto begin = before == text.npos ? 0 : before + 1;
    looked_at += text.size() - begin + 1;
    found.push_back(text.substr(begin));
    text = text.substr(0, begin);
  }
  return found;
}

/// How many digits somebody says with this word; 0 for times, sums and whatever is no number.
std::size_t digits_in(std::string_view word) {
  if (holds(digits, words::bare(word))) return 1;
  while (ends_with(word, stops) || word.ends_with(',')) word.remove_suffix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool dictated = std::all_of(word.begin(), word.end(), [&](char c) {
    return is_digit(c) || c == '-' || c == '(' || c == ')' || c == '+';
  });
  return dictated ? static_cast<std::size_t>(std::count_if(word.begin(), word.end(), is_digit)) : 0;
}

}  // namespace

utterance_end end_of(std::string_view text, bool is_answer) {
  using enum utterance_end;
  text = opened(text);
  if (ends_with(text, questions) || ends_with(text, calls)) return complete;
  if (ends_with(text, pauses)) return open;
  const auto spoken = last_words(text);
  if (spoken.empty()) return unknown;
  const auto last = words::bare(spoken.front());
  if (last.empty()) return unknown;
  if (holds(leading_on, last)) return open;

  std::size_t numbers = 0;
  std::size_t dictated = 0;
  for (; numbers < spoken.size(); ++numbers) {
    const auto count = digits_in(spoken[numbers]);
    if (count == 0) break;
    dictated += count;
  }
  if (dictated >= dictated_least && dictated <= dictated_most) return open;

  const bool stops_here = ends_with(text, stops);
  if (holds(joining, last)) return stops_here && spoken.size() > 1 ? unknown : open;
  if (stops_here) return complete;
  const bool is_number = numbers == spoken.size() && dictated < dictated_least;
  const bool is_short = is_number || (spoken.size() == 1 && holds(answers, last));
  return is_answer && is_short ? complete : unknown;
}

bool is_question(std::string_view text) { return ends_with(opened(text), questions); }

bool only_listens(std::string_view text) {
  if (text.size() > farthest) return false;
  const auto spoken = words::bare(text);
  // Whether the text up to there is made of such words; some of them are two.
  std::vector<bool> fits(spoken.size() + 1);
  fits[0] = true;
  for (std::size_t at = 0; at < spoken.size(); ++at) {
    if (!fits[at]) continue;
    for (const auto word : listening)
      if (std::string_view(spoken).substr(at).starts_with(word)) fits[at + word.size()] = true;
  }
  return !spoken.empty() && fits.back();
}

}  // namespace tandem::turns
