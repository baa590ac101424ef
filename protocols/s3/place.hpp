#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tandem::s3 {

/// Where objects are: in this bucket, each below this prefix (which may be empty, and ends in no slash).
struct place {
  std::string bucket;
  std::string prefix;

  /// The key of an object of this name.
  std::string key(std::string_view name) const;
};

/// Whether the text is meant to be a place, well formed or not.
bool is_place(std::string_view text);

/// Reads `s3://BUCKET` or `s3://BUCKET/PREFIX`: a bucket's name as Amazon wants it, and a prefix of letters,
/// digits and - . _ between slashes; nothing for every other text.
std::optional<place> read_place(std::string_view text);

}  // namespace tandem::s3
