#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Amazon's S3 and what understands the same: requests signed with AWS Signature Version 4.
namespace tandem::s3 {

/// Names and values.
using members = std::vector<std::pair<std::string, std::string>>;

/// What hashes for this room, which has no cryptography of its own.
using digest = std::array<std::uint8_t, 32>;
struct digests {
  digest (*sha256)(std::string_view text) = nullptr;
  digest (*hmac_sha256)(std::string_view key, std::string_view text) = nullptr;
};

/// Who signs, and for which region.
struct credentials {
  std::string access_key;
  std::string secret_key;
  std::string region;
};

/// What is signed; nothing in it is percent-encoded.
struct signed_request {
  std::string method = "GET";
  /// Begins with a slash.
  std::string path{};
  members query{};
  /// All of them are signed; `host`, `x-amz-date` (YYYYMMDDThhmmssZ) and `x-amz-content-sha256` must be
  /// there.
  members headers{};
};

/// A path with everything percent-encoded but slashes and unreserved characters.
std::string encoded_path(std::string_view path);

/// A query in the order in which it is signed.
std::string encoded_query(const members& query);

/// `name;name;…`, in the order in which headers are signed.
std::string signed_names(const signed_request& what);

/// The text whose hash is signed.
std::string canonical_request(const signed_request& what);

/// The signature in hexadecimal digits.
std::string signature(const signed_request& what, const credentials& who, const digests& by);

/// The value of the `Authorization` header.
std::string authorization(const signed_request& what, const credentials& who, const digests& by);

/// Bytes as lower-case hexadecimal digits.
std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace tandem::s3
