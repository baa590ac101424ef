#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

/// Encrypts texts with AES-256-GCM, so that the store's owner cannot read, exchange or change them; and makes
/// keyed hashes, by which equal texts are found without being read.
class sealer {
 public:
  using key = std::array<std::uint8_t, 32>;

  explicit sealer(const key& secret);
  ~sealer();
  sealer(const sealer&) = default;

  /// The text, sealed for one place (`context`), as base64: the key's mark, a random nonce, the ciphertext,
  /// its tag. The same text looks different each time.
  std::string seal(std::string_view text, std::string_view context) const;

  /// The text; nothing when it was sealed with another key, for another place, or was changed.
  std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

  /// The same for equal texts: HMAC-SHA256 as 64 hexadecimal digits.
  std::string fingerprint(std::string_view text) const;

 private:
  key encryption_{};
  key hashing_{};
  std::array<std::uint8_t, 4> mark_{};
};

/// The key that 44 characters of base64 hold.
std::optional<sealer::key> parse_seal_key(std::string_view text);

}  // namespace tandem
