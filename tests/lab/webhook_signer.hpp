#pragma once

#include "gateway/signature.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// Signs webhooks as Telnyx does, for a carrier that is simulated; `tandem` itself never links it.
class webhook_signer {
 public:
  /// A new key pair.
  webhook_signer();

  /// The key pair of this Ed25519 private key (RFC 8032).
  explicit webhook_signer(const std::array<std::uint8_t, 32>& private_key);

  /// The raw 32-byte public key in base64, as `telnyx.public_key` takes it.
  std::string public_key() const;

  /// The value of `telnyx-signature-ed25519` for `<timestamp>|<body>`.
  std::string sign(std::string_view timestamp, std::string_view body) const;

 private:
  owned_key key_;
};

}  // namespace tandem
