#include "gateway/store/sealer.hpp"

#include "protocols/base64.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace tandem {

namespace {

constexpr std::size_t mark_size = 4;
constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;
constexpr std::size_t overhead = mark_size + nonce_size + tag_size;

using cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const std::uint8_t* bytes(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

/// One key, one purpose.
sealer::key derived(const sealer::key& from, std::string_view purpose) {
  sealer::key out;
  unsigned size = 0;
  HMAC(EVP_sha256(), from.data(), static_cast<int>(from.size()), bytes(purpose), purpose.size(), out.data(),
       &size);
  return out;
}

void need(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL cannot encrypt");
}

}  // namespace

sealer::sealer(const key& secret)
    : encryption_(derived(secret, "tandem store encryption")),
      hashing_(derived(secret, "tandem store fingerprint")) {
  const auto mark = derived(secret, "tandem store mark");
  std::copy_n(mark.begin(), mark_.size(), mark_.begin());
}

sealer::~sealer() {
  OPENSSL_cleanse(encryption_.data(), encryption_.size());
  OPENSSL_cleanse(hashing_.data(), hashing_.size());
}

std::string sealer::seal(std::string_view text, std::string_view context) const {
  std::vector<std::uint8_t> out(overhead + text.size());
  std::copy(mark_.begin(), mark_.end(), out.begin());
  auto* nonce = out.data() + mark_size;
  auto* body = nonce + nonce_size;
  need(RAND_bytes(nonce, nonce_size) == 1);
  const cipher box(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  need(box && EVP_EncryptInit_ex(box.get(), EVP_aes_256_gcm(), nullptr, encryption_.data(), nonce) == 1 &&
       EVP_EncryptUpdate(box.get(), nullptr, &size, bytes(context), static_cast<int>(context.size())) == 1 &&
       EVP_EncryptUpdate(box.get(), body, &size, bytes(text), static_cast<int>(text.size())) == 1 &&
       EVP_EncryptFinal_ex(box.get(), body + size, &size) == 1 &&
       EVP_CIPHER_CTX_ctrl(box.get(), EVP_CTRL_GCM_GET_TAG, tag_size, body + text.size()) == 1);
  std::string encoded;
  base64::append(encoded, out);
  return encoded;
}

std::optional<std::string> sealer::open(std::string_view sealed, std::string_view context) const {
  auto raw = base64::decoded_text(sealed);
  if (!raw || raw->size() < overhead || !std::equal(mark_.begin(), mark_.end(), bytes(*raw))) {
    return std::nullopt;
  }
  const auto* nonce = bytes(*raw) + mark_size;
  const auto* body = nonce + nonce_size;
  std::string text(raw->size() - overhead, '\0');
  auto* out = reinterpret_cast<std::uint8_t*>(text.data());
  const cipher box(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int size = 0;
  const bool whole =
      box && EVP_DecryptInit_ex(box.get(), EVP_aes_256_gcm(), nullptr, encryption_.data(), nonce) == 1 &&
      EVP_DecryptUpdate(box.get(), nullptr, &size, bytes(context), static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(box.get(), out, &size, body, static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(box.get(), EVP_CTRL_GCM_SET_TAG, tag_size,
                          raw->data() + (raw->size() - tag_size)) == 1 &&
      EVP_DecryptFinal_ex(box.get(), out + text.size(), &size) == 1;
  if (!whole) return std::nullopt;
  return text;
}

std::string sealer::fingerprint(std::string_view text) const {
  constexpr std::string_view hex = "0123456789abcdef";
  std::string out;
  for (const auto byte : derived(hashing_, text)) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

std::optional<sealer::key> parse_seal_key(std::string_view text) {
  sealer::key out;
  // `decode` wants room for the most that so many characters can hold.
  const auto raw = base64::decoded_text(text);
  if (!raw || raw->size() != out.size()) return std::nullopt;
  std::copy_n(bytes(*raw), out.size(), out.begin());
  return out;
}

}  // namespace tandem
