#include "gateway/signature.hpp"

#include "protocols/base64.hpp"

#include <charconv>
#include <optional>
#include <stdexcept>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace tandem {
namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
constexpr std::array<std::string_view, 7> check_names{
    "valid", "missing", "bad_timestamp", "outside_window", "bad_key", "malformed", "forged"};

struct context_deleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Exactly `size` bytes out of base64.
template <std::size_t size>
std::optional<std::array<std::uint8_t, size>> decode(std::string_view text) {
  std::array<std::uint8_t, size> out;
  if (text.size() != base64::encoded_size(size) || base64::decode(text, out) != size) return std::nullopt;
  return out;
}

std::optional<std::int64_t> unix_seconds(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return seconds;
}

}  // namespace

std::array<std::uint8_t, 32> sha256(std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != digest.size()) {
    throw std::runtime_error("SHA-256 is not available");
  }
  return digest;
}

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view text) {
  std::array<std::uint8_t, 32> mac{};
  unsigned size = 0;
  // An empty key must not be a null pointer: OpenSSL would take that for "the key of the last time".
  const char* const data = key.empty() ? "" : key.data();
  if (!HMAC(EVP_sha256(), data, static_cast<int>(key.size()), bytes_of(text), text.size(), mac.data(),
            &size) ||
      size != mac.size()) {
    throw std::runtime_error("HMAC-SHA256 is not available");
  }
  return mac;
}

bool equal_in_constant_time(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

void fill_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system has no random numbers");
  }
}

std::string random_id(std::size_t bytes) {
  std::vector<std::uint8_t> drawn(bytes);
  fill_random(drawn);
  std::string id;
  base64::append_url(id, drawn);
  return id;
}

std::string_view to_string(signature_check result) { return check_names[static_cast<std::size_t>(result)]; }

void key_deleter::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }

webhook_verifier::webhook_verifier(std::string_view public_key) {
  if (const auto raw = decode<key_bytes>(public_key)) {
    key_.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw->data(), raw->size()));
  }
}

signature_check webhook_verifier::check_head(std::string_view timestamp, std::string_view signature,
                                             std::chrono::system_clock::time_point now) const {
  if (timestamp.empty() || signature.empty()) return signature_check::missing;
  const auto sent = unix_seconds(timestamp);
  if (!sent) return signature_check::bad_timestamp;
  const std::int64_t at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  if (*sent < at - window.count() || *sent > at + window.count()) return signature_check::outside_window;
  if (!key_) return signature_check::bad_key;
  return decode<signature_bytes>(signature) ? signature_check::valid : signature_check::malformed;
}

signature_check webhook_verifier::check(std::string_view timestamp, std::string_view signature,
                                        std::string_view body,
                                        std::chrono::system_clock::time_point now) const {
  const auto so_far = check_head(timestamp, signature, now);
  if (so_far != signature_check::valid) return so_far;
  const auto raw = decode<signature_bytes>(signature);

  std::string signed_text;
  signed_text.reserve(timestamp.size() + 1 + body.size());
  signed_text.append(timestamp).append(1, '|').append(body);
  const std::unique_ptr<EVP_MD_CTX, context_deleter> context(EVP_MD_CTX_new());
  const bool genuine =
      context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
      EVP_DigestVerify(context.get(), raw->data(), raw->size(), bytes_of(signed_text), signed_text.size()) ==
          1;
  return genuine ? signature_check::valid : signature_check::forged;
}

}  // namespace tandem
