#include "tests/lab/cluster/spoken_word.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tandem::lab {

namespace {

constexpr std::uint32_t field = 256;

/// Reads `LETTER NUMBER` from the text's begin and takes it away; nothing when it is something else.
std::optional<std::uint32_t> take_number(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return std::nullopt;
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, fault] = std::from_chars(text.data() + 1, end, number);
  if (fault != std::errc{}) return std::nullopt;
  text = {at, static_cast<std::size_t>(end - at)};
  return number;
}

/// Calls `with` on each piece between blanks.
void each_piece(std::string_view text, const std::function<void(std::string_view)>& with) {
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) with(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

std::string to_text(const spoken_word& word) {
  return "c" + std::to_string(word.call) + "t" + std::to_string(word.turn) + "h" +
         std::to_string(word.history) + "w" + std::to_string(word.n);
}

std::optional<spoken_word> read_spoken_word(std::string_view text) {
  const auto call = take_number(text, 'c');
  const auto turn = call ? take_number(text, 't') : std::nullopt;
  const auto history = turn ? take_number(text, 'h') : std::nullopt;
  const auto n = history ? take_number(text, 'w') : std::nullopt;
  if (!n || *turn >= field || *history >= field || *n >= field) return std::nullopt;
  return spoken_word{*call, *turn, *history, *n};
}

std::vector<spoken_word> spoken_words(std::string_view text) {
  std::vector<spoken_word> out;
  each_piece(text, [&](std::string_view piece) {
    if (const auto word = read_spoken_word(piece)) out.push_back(*word);
  });
  return out;
}

frame sound_of(const spoken_word& word, std::uint32_t n) {
  frame out;
  std::uint32_t random = 2166136261U + n;
  for (auto& byte : out) {
    random ^= random << 13, random ^= random >> 17, random ^= random << 5;
    byte = static_cast<std::uint8_t>(random >> 8 & 0xbf);
  }
  write_tag(out, {.call = word.call,
                  .number = (word.turn * field + word.history) * field + word.n,
                  .sound = static_cast<std::uint16_t>(n),
                  .sent = load_clock()});
  return out;
}

spoken_word word_of(const frame_tag& tag) {
  return {tag.call, tag.number / field / field, tag.number / field % field, tag.number % field};
}

std::vector<std::uint32_t> named_turns(std::string_view text) {
  std::vector<std::uint32_t> out;
  each_piece(text, [&](std::string_view piece) {
    if (!take_number(piece, 'c')) return;
    const auto turn = take_number(piece, 'n');
    if (turn && std::ranges::find(out, *turn) == out.end()) out.push_back(*turn);
  });
  return out;
}

void tag_reader::take(std::span<const std::uint8_t> bytes,
                      const std::function<void(const frame_tag&)>& on_tag) {
  rest_.insert(rest_.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  while (rest_.size() - at >= frame_bytes) {
    const auto tag = read_tag(std::span(rest_).subspan(at));
    if (tag) on_tag(*tag);
    at += tag ? frame_bytes : 1;
  }
  rest_.erase(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace tandem::lab
