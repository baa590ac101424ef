#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What S3 says in XML, of which no more is understood than is needed; total over any text.
namespace tandem::s3 {

/// The text of the first element of this name at or behind `from`, which goes behind it; nothing when there
/// is none.
std::optional<std::string> next_element(std::string_view xml, std::string_view name, std::size_t& from);

/// The code of an error, such as `NoSuchKey`; empty when there is none.
std::string read_error_code(std::string_view body);

/// The upload's id in the answer to `POST ?uploads`.
std::optional<std::string> read_upload_id(std::string_view body);

/// Whether a multipart upload is an object now: a 200 may still say that it is not.
bool is_complete(std::string_view body);

/// The body that completes a multipart upload of parts with these tags.
std::string complete_body(std::span<const std::string> tags);

/// An object in a list.
struct listed_object {
  std::string key;
  /// ISO 8601, UTC.
  std::string last_modified;
};

/// A page of `GET ?list-type=2`.
struct listing {
  std::vector<listed_object> objects;
  /// The `continuation-token` of the next page; empty at the last.
  std::string next;
};
std::optional<listing> read_listing(std::string_view body);

}  // namespace tandem::s3
