#include "protocols/conversation/sentences.hpp"

#include <algorithm>
#include <array>

namespace tandem {

namespace {

constexpr std::size_t nowhere = std::string_view::npos;
constexpr std::string_view blanks = " \t\r\n\f\v";

// English and German ones that a capital letter or a number may follow.
constexpr std::array<std::string_view, 34> abbreviations{
    "mr", "mrs", "ms", "dr",  "prof", "st",  "mt",   "no",   "vs",     "etc", "inc", "ltd",
    "co", "jr",  "sr", "gen", "rev",  "hon", "capt", "dept", "approx", "ext", "tel", "fig",
    "nr", "hr",  "fr", "str", "bzw",  "ca",  "usw",  "evtl", "inkl",   "zzgl"};

bool is_blank(char c) { return blanks.find(c) != nowhere; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); }

/// Length of the first of some texts that `text` has at `at`, or 0.
template <std::size_t N>
std::size_t match(std::string_view text, std::size_t at, const std::array<std::string_view, N>& any) {
  for (const auto each : any) {
    if (text.substr(at).starts_with(each)) return each.size();
  }
  return 0;
}

// Scripts that put no blank after a sentence.
constexpr std::array<std::string_view, 4> full_stops{"\u3002", "\uff01", "\uff1f", "\u0964"};
constexpr std::array<std::string_view, 4> stops{".", "!", "?", "\u2026"};
constexpr std::array<std::string_view, 8> closers{"\"",     "'",      ")",      "]",
                                                  "\u201d", "\u201c", "\u2019", "\u00bb"};

/// Whether the full stop at `at` belongs to the word before it: an abbreviation, an initial, an ordinal.
bool shortens(std::string_view text, std::size_t at) {
  auto begin = at;
  while (begin > 0 && (is_letter(text[begin - 1]) || is_digit(text[begin - 1]))) --begin;
  const auto word = text.substr(begin, at - begin);
  if (word.empty()) return false;
  if (std::all_of(word.begin(), word.end(), is_digit)) return word.size() <= 2;
  if (word.size() == 1) return word != "I";
  std::string low(word);
  std::transform(low.begin(), low.end(), low.begin(), [](char c) { return is_letter(c) ? char(c | 32) : c; });
  return std::find(abbreviations.begin(), abbreviations.end(), low) != abbreviations.end();
}

/// Where the sentence ends whose stop is at `at`; nowhere when it does not end there, or may not.
std::size_t end_at_stop(std::string_view text, std::size_t at) {
  const auto may_go_on = text[at] == '.' || text.substr(at).starts_with("\u2026");
  auto end = at;
  while (const auto size = match(text, end, stops)) end += size;
  while (const auto size = match(text, end, closers)) end += size;
  if (end == text.size() || !is_blank(text[end])) return nowhere;
  if (!may_go_on) return end;
  const auto next = text.find_first_not_of(blanks, end);
  if (next == nowhere || is_lower(text[next])) return nowhere;
  return end == at + 1 && shortens(text, at) ? nowhere : end;
}

}  // namespace

void sentence_cutter::add(std::string_view piece, std::vector<std::string>& sentences) {
  for (std::size_t at = 0; at < piece.size(); at += max_sentence) {
    text_ += piece.substr(at, max_sentence);
    for (auto end = find_end(); end != nowhere; end = find_end()) cut(end, sentences);
  }
}

void sentence_cutter::finish(std::vector<std::string>& sentences) {
  cut(text_.size(), sentences);
  first_ = true;
}

std::size_t sentence_cutter::find_end() const {
  const std::string_view text = text_;
  for (auto at = text.find_first_not_of(blanks); at < text.size() && at < max_sentence; ++at) {
    if (text[at] == '\n') return at;
    if (const auto size = match(text, at, full_stops)) return at + size;
    const auto last = at + 1 == text.size() ? 'x' : text[at + 1];
    if (first_ && at >= first_clause && (text[at] == ',' || text[at] == ';' || text[at] == ':') &&
        is_blank(last))
      return at + 1;
    if (match(text, at, stops) == 0) continue;
    if (const auto end = end_at_stop(text, at); end != nowhere) return end;
  }
  return text.size() > max_sentence ? end_of_long() : nowhere;
}

std::size_t sentence_cutter::end_of_long() const {
  const auto head = std::string_view(text_).substr(0, max_sentence);
  const auto begin = head.find_first_not_of(blanks);
  for (const std::string_view marks : {",;:", " \t"}) {
    const auto at = head.find_last_of(marks);
    if (at != nowhere && at > begin) return at + 1;
  }
  auto end = max_sentence;
  while (end > 1 && (static_cast<unsigned char>(text_[end]) & 0xC0U) == 0x80U) --end;
  return end;
}

void sentence_cutter::cut(std::size_t end, std::vector<std::string>& sentences) {
  const std::string_view head = std::string_view(text_).substr(0, end);
  const auto begin = head.find_first_not_of(blanks);
  if (begin != nowhere) {
    sentences.emplace_back(head.substr(begin, head.find_last_not_of(blanks) + 1 - begin));
    first_ = false;
  }
  text_.erase(0, end);
}

std::vector<std::string> sentences_of(std::string_view text) {
  std::vector<std::string> sentences;
  sentence_cutter cutter;
  cutter.add(text, sentences);
  cutter.finish(sentences);
  return sentences;
}

}  // namespace tandem
