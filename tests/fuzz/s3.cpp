#include "protocols/s3/answers.hpp"
#include "protocols/s3/place.hpp"
#include "protocols/s3/signature.hpp"

#include <cstdint>
#include <cstdlib>

using namespace tandem;

/// Any answer is read to its end, any place that is read is written the same, any path is encoded.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  s3::read_error_code(text);
  s3::read_upload_id(text);
  if (const auto page = s3::read_listing(text); page && page->objects.size() > size) std::abort();
  std::size_t from = 0;
  while (s3::next_element(text, "Key", from)) {
    if (from > size) std::abort();
  }
  if (const auto where = s3::read_place(text)) {
    auto again = s3::read_place("s3://" + where->bucket + (where->prefix.empty() ? "" : "/") + where->prefix);
    if (!again || again->key("a") != where->key("a")) std::abort();
  }
  if (s3::encoded_path(text).find_first_of(" ?#") != std::string::npos) std::abort();
  const std::string tags[] = {std::string(text)};
  if (s3::complete_body(tags).empty()) std::abort();
  return 0;
}
