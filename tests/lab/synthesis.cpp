#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <cctype>

namespace tandem::lab {

namespace {

class synthetic_voice final : public voice {
 public:
  explicit synthetic_voice(std::uint32_t milliseconds) : milliseconds_(milliseconds) {}

  speech speak(std::string_view sentence, unsigned rate) override {
    speech out;
    out.rate = rate;
    std::uint32_t at = 0;
    // FNV-1a over the text so far: a byte lost or moved anywhere changes every sample after it.
    std::uint32_t hash = 2166136261u;
    for (auto character : characters_of(sentence)) {
      for (unsigned char byte : character) hash = (hash ^ byte) * 16777619u;
      auto random = hash | 1u;
      for (std::uint32_t i = 0; i < milliseconds_ * rate / 1000; ++i) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        out.samples.push_back(static_cast<std::int16_t>(static_cast<std::int32_t>(random % 16384u) - 8192));
      }
      out.characters.push_back({std::string{character}, at, milliseconds_});
      at += milliseconds_;
    }
    return out;
  }

 private:
  std::uint32_t milliseconds_;
};

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::unique_ptr<voice> make_synthetic_voice(std::uint32_t milliseconds) {
  return std::make_unique<synthetic_voice>(milliseconds);
}

std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    std::size_t size = 1;
    if ((static_cast<unsigned char>(text[0]) & 0xC0) == 0xC0)
      while (size < 4 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80)
        ++size;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

std::string take_sentence(std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto mark = text[i];
    if (mark != '.' && mark != '!' && mark != '?') continue;
    auto end = i + 1;
    while (end < text.size() && std::string_view{"\"')]"}.find(text[end]) != std::string_view::npos) ++end;
    auto next = end;
    while (next < text.size() && is_blank(text[next])) ++next;
    if (next == end) continue;
    // "at 7 p.m. on Friday" goes on.
    if (mark == '.' && next < text.size() && std::islower(static_cast<unsigned char>(text[next]))) continue;
    auto sentence = text.substr(0, next);
    text.erase(0, next);
    return sentence;
  }
  return {};
}

}  // namespace tandem::lab
