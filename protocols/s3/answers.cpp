#include "protocols/s3/answers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::s3 {
namespace {

constexpr std::array<std::pair<std::string_view, char>, 5> entities{
    {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}}};

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t used = 1;
    char read = text.front();
    for (const auto& [name, character] : entities) {
      if (!text.starts_with(name)) continue;
      used = name.size();
      read = character;
    }
    out += read;
    text.remove_prefix(used);
  }
  return out;
}

std::string first_element(std::string_view xml, std::string_view name) {
  std::size_t from = 0;
  return next_element(xml, name, from).value_or("");
}

}  // namespace

std::optional<std::string> next_element(std::string_view xml, std::string_view name, std::size_t& from) {
  const auto begin_tag = "<" + std::string(name) + ">";
  const auto end_tag = "</" + std::string(name) + ">";
  const auto begin = xml.find(begin_tag, from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto text = begin + begin_tag.size();
  const auto end = xml.find(end_tag, text);
  if (end == std::string_view::npos) return std::nullopt;
  from = end + end_tag.size();
  return unescaped(xml.substr(text, end - text));
}

std::string read_error_code(std::string_view body) {
  return body.find("<Error>") == std::string_view::npos ? std::string() : first_element(body, "Code");
}

std::optional<std::string> read_upload_id(std::string_view body) {
  std::size_t from = 0;
  auto id = next_element(body, "UploadId", from);
  return id && !id->empty() ? id : std::nullopt;
}

bool is_complete(std::string_view body) {
  return body.find("<CompleteMultipartUploadResult") != std::string_view::npos;
}

std::string complete_body(std::span<const std::string> tags) {
  std::string out = "<CompleteMultipartUpload>";
  for (std::size_t i = 0; i < tags.size(); ++i) {
    out.append("<Part><PartNumber>").append(std::to_string(i + 1)).append("</PartNumber><ETag>");
    for (const char c : tags[i]) {
      const auto known = std::ranges::find(entities, c, &std::pair<std::string_view, char>::second);
      if (known == entities.end()) {
        out += c;
      } else {
        out += known->first;
      }
    }
    out.append("</ETag></Part>");
  }
  return out.append("</CompleteMultipartUpload>");
}

std::optional<listing> read_listing(std::string_view body) {
  if (body.find("<ListBucketResult") == std::string_view::npos) return std::nullopt;
  listing page;
  std::size_t from = 0;
  // An object's own elements are not read past its end.
  constexpr std::string_view begin_tag = "<Contents>";
  constexpr std::string_view end_tag = "</Contents>";
  for (auto at = body.find(begin_tag); at != std::string_view::npos; at = body.find(begin_tag, from)) {
    const auto end = body.find(end_tag, at);
    if (end == std::string_view::npos) break;
    from = end;
    const auto object = body.substr(at, end - at);
    page.objects.push_back({first_element(object, "Key"), first_element(object, "LastModified")});
  }
  if (first_element(body, "IsTruncated") == "true") page.next = first_element(body, "NextContinuationToken");
  return page;
}

}  // namespace tandem::s3
