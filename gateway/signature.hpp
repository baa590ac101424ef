#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

using EVP_PKEY = struct evp_pkey_st;

namespace tandem {

/// SHA-256.
std::array<std::uint8_t, 32> sha256(std::string_view text);

/// HMAC-SHA256.
std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view text);

/// Compares without telling by its time where two texts differ; their lengths are no secret.
bool equal_in_constant_time(std::string_view one, std::string_view other);

/// Fills with bytes fit for keys; throws std::runtime_error when the system has none.
void fill_random(std::span<std::uint8_t> bytes);

/// So many random bytes as unpadded URL-safe base64; 16 never repeat.
std::string random_id(std::size_t bytes = 16);

/// What a webhook's signature came to.
enum class signature_check : std::uint8_t {
  valid,
  missing,         ///< no signature or no timestamp
  bad_timestamp,   ///< not unix seconds in decimal digits
  outside_window,  ///< too old, or from the future: a replay, or a wrong clock
  bad_key,         ///< our own: `telnyx.public_key` is empty or no key
  malformed,       ///< not base64 of 64 bytes
  forged           ///< another key, or other bytes, than it was made for
};

/// The result in a word, for the log.
std::string_view to_string(signature_check result);

/// An OpenSSL key that frees itself.
struct key_deleter {
  void operator()(EVP_PKEY* key) const;
};
using owned_key = std::unique_ptr<EVP_PKEY, key_deleter>;

/// Checks Telnyx' Ed25519 signatures over `<timestamp>|<body>`; may be used from many threads.
class webhook_verifier {
 public:
  /// How far a timestamp may be from now, either way.
  static constexpr std::chrono::seconds window{300};

  /// The raw 32-byte public key in base64, as Telnyx shows it; with any other text every check says
  /// `bad_key`.
  explicit webhook_verifier(std::string_view public_key);

  /// Whether there is a key.
  bool has_key() const { return key_ != nullptr; }

  /// What the values of `telnyx-timestamp` and `telnyx-signature-ed25519` (empty = not sent) tell without the
  /// body; `valid` when it may be genuine.
  signature_check check_head(std::string_view timestamp, std::string_view signature,
                             std::chrono::system_clock::time_point now) const;

  /// Checks both against the raw body.
  signature_check check(std::string_view timestamp, std::string_view signature, std::string_view body,
                        std::chrono::system_clock::time_point now) const;

 private:
  owned_key key_;
};

}  // namespace tandem
