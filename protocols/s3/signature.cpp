#include "protocols/s3/signature.hpp"

#include "protocols/url.hpp"

#include <algorithm>

namespace tandem::s3 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view date_header = "x-amz-date";
constexpr std::string_view hash_header = "x-amz-content-sha256";

std::string lower(std::string_view text) {
  std::string out(text);
  for (auto& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Headers as they are signed: names in lower case, sorted by them.
members sorted_headers(const members& headers) {
  members out;
  for (const auto& [name, value] : headers) out.emplace_back(lower(name), trimmed(value));
  std::ranges::stable_sort(out, {}, &members::value_type::first);
  return out;
}

std::string value_of(const members& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    if (lower(each) == name) return std::string(trimmed(value));
  }
  return {};
}

/// Day, region and service that a signature is good for.
std::string scope_of(const signed_request& what, const credentials& who) {
  return value_of(what.headers, date_header).substr(0, 8) + "/" + who.region + "/s3/aws4_request";
}

std::string_view text_of(const digest& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

std::string encoded_path(std::string_view path) {
  std::string out;
  for (std::size_t from = 0; from <= path.size();) {
    const auto slash = std::min(path.find('/', from), path.size());
    url::append_encoded(out, path.substr(from, slash - from));
    if (slash < path.size()) out += '/';
    from = slash + 1;
  }
  return out;
}

std::string encoded_query(const members& query) {
  members encoded;
  for (const auto& [name, value] : query) {
    auto& fresh = encoded.emplace_back();
    url::append_encoded(fresh.first, name);
    url::append_encoded(fresh.second, value);
  }
  std::ranges::sort(encoded);
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

std::string signed_names(const signed_request& what) {
  std::string out;
  for (const auto& [name, value] : sorted_headers(what.headers)) {
    if (!out.empty()) out += ';';
    out += name;
  }
  return out;
}

std::string canonical_request(const signed_request& what) {
  std::string out = what.method;
  out.append("\n")
      .append(encoded_path(what.path))
      .append("\n")
      .append(encoded_query(what.query))
      .append("\n");
  for (const auto& [name, value] : sorted_headers(what.headers))
    out.append(name).append(":").append(value).append("\n");
  return out.append("\n").append(signed_names(what)).append("\n").append(value_of(what.headers, hash_header));
}

std::string signature(const signed_request& what, const credentials& who, const digests& by) {
  const auto at = value_of(what.headers, date_header);
  std::string text(algorithm);
  text.append("\n").append(at).append("\n").append(scope_of(what, who)).append("\n");
  text += to_hex(by.sha256(canonical_request(what)));
  auto key = by.hmac_sha256("AWS4" + who.secret_key, at.substr(0, 8));
  for (const std::string_view part :
       {std::string_view(who.region), std::string_view("s3"), std::string_view("aws4_request")})
    key = by.hmac_sha256(text_of(key), part);
  return to_hex(by.hmac_sha256(text_of(key), text));
}

std::string authorization(const signed_request& what, const credentials& who, const digests& by) {
  std::string out(algorithm);
  return out.append(" Credential=")
      .append(who.access_key)
      .append("/")
      .append(scope_of(what, who))
      .append(", SignedHeaders=")
      .append(signed_names(what))
      .append(", Signature=")
      .append(signature(what, who, by));
}

}  // namespace tandem::s3
