#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::lab {

/// The words of a text as a recogniser knows them: lower case, no punctuation, digits and times of day spoken
/// out ("7:30 p.m." is seven, thirty, p.m.).
std::vector<std::string> words_of(std::string_view text);

/// Writes recognised words as a caption: names in the case that the phrases give them, a capital first, a
/// full stop or question mark last; empty for no words.
class caption_writer {
 public:
  explicit caption_writer(std::span<const std::string> phrases);

  std::string write(std::span<const std::string> words) const;

 private:
  std::vector<std::pair<std::string, std::string>> names_;
};

}  // namespace tandem::lab
