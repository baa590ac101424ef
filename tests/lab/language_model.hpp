#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::lab {

/// A trigram model in ARPA format over the phrases' words (Witten-Bell: every word may follow every other,
/// the phrases' own order is likelier).
std::string arpa_model(std::span<const std::string> phrases);

/// Pronunciations of the words of some phrases.
struct dictionary {
  /// Lines of the full dictionary, variants included.
  std::string entries;
  /// Words that the full dictionary does not have, each once.
  std::vector<std::string> missing;
};

/// Picks the words of `phrases` from the text of a dictionary in CMU format (`word PH PH` or `word(2) PH
/// PH`).
dictionary pick_words(std::span<const std::string> phrases, std::string_view full_dictionary);

}  // namespace tandem::lab
