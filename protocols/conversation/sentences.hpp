#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Cuts a reply that comes in any pieces into what can be spoken: sentences, each as soon as it is certain
/// that it ends. The sentences in order are the reply, but for the blanks between them; a word is cut only if
/// it is longer than any sentence may be.
class sentence_cutter {
 public:
  /// A sentence that grows beyond this is cut at a comma or a blank.
  static constexpr std::size_t max_sentence = 400;
  /// The first one is spoken up to its comma when it has so many bytes by then: the caller waits for it.
  static constexpr std::size_t first_clause = 40;

  /// Takes the next piece and appends every sentence that is complete.
  void add(std::string_view piece, std::vector<std::string>& sentences);

  /// The reply has ended, and with it its last sentence.
  void finish(std::vector<std::string>& sentences);

 private:
  std::size_t find_end() const;
  std::size_t end_of_long() const;
  void cut(std::size_t end, std::vector<std::string>& sentences);

  std::string text_;
  bool first_ = true;
};

/// The sentences of a text that is there as a whole.
std::vector<std::string> sentences_of(std::string_view text);

}  // namespace tandem
