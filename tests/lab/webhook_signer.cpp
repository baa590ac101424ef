#include "tests/lab/webhook_signer.hpp"

#include "protocols/base64.hpp"

#include <stdexcept>

#include <openssl/evp.h>

namespace tandem {
namespace {

std::array<std::uint8_t, 32> random_key() {
  std::array<std::uint8_t, 32> key;
  fill_random(key);
  return key;
}

struct context_deleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

}  // namespace

webhook_signer::webhook_signer() : webhook_signer(random_key()) {}

webhook_signer::webhook_signer(const std::array<std::uint8_t, 32>& private_key)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, private_key.data(), private_key.size())) {
  if (!key_) throw std::runtime_error("Ed25519 is not available");
}

std::string webhook_signer::public_key() const {
  std::array<std::uint8_t, 32> raw{};
  std::size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key_.get(), raw.data(), &size) != 1) {
    throw std::runtime_error("the key has no public half");
  }
  std::string text;
  base64::append(text, raw);
  return text;
}

std::string webhook_signer::sign(std::string_view timestamp, std::string_view body) const {
  const std::string text = std::string(timestamp).append(1, '|').append(body);
  std::array<std::uint8_t, 64> raw{};
  std::size_t size = raw.size();
  const std::unique_ptr<EVP_MD_CTX, context_deleter> context(EVP_MD_CTX_new());
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), raw.data(), &size, reinterpret_cast<const unsigned char*>(text.data()),
                     text.size()) != 1) {
    throw std::runtime_error("Ed25519 signing failed");
  }
  std::string signature;
  base64::append(signature, raw);
  return signature;
}

}  // namespace tandem
