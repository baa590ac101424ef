#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// Takes the thoughts of a model, `<think>…</think>`, out of a reply that comes in any pieces: nobody is to
/// hear them.
class thought_filter {
 public:
  /// What of the next piece, and of what was kept back before, is not thought.
  std::string add(std::string_view piece);

  /// What was kept back because it could have become a tag.
  std::string finish();

 private:
  std::string kept_;
  bool thinking_ = false;
};

}  // namespace tandem
