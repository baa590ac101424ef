#include "gateway/stream_token.hpp"

#include "gateway/signature.hpp"
#include "protocols/base64.hpp"

#include <array>
#include <optional>
#include <span>
#include <vector>

namespace tandem {
namespace {

constexpr std::size_t expiry_bytes = 5;

/// What stands before the id of a call that is listened in to; no call's id has a blank.
constexpr std::string_view listening = "listen ";

std::int64_t seconds_of(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

std::string mac_of(std::string_view secret, std::string_view text) {
  std::string mac;
  base64::append_url(mac, hmac_sha256(secret, text));
  return mac;
}

struct parts {
  std::string_view node;
  std::string_view payload;
  std::string_view mac;
  /// `<node>.<payload>`, what the mac is over.
  std::string_view signed_text;
};

/// From the right, because a node's name may hold dots and the others cannot.
std::optional<parts> split(std::string_view token) {
  if (token.size() > token_bound) return std::nullopt;
  const auto second = token.rfind('.');
  if (second == std::string_view::npos || second == 0) return std::nullopt;
  const auto first = token.rfind('.', second - 1);
  if (first == std::string_view::npos || first == 0) return std::nullopt;
  return parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

/// What a token that is ours and not yet expired was minted for.
tl::expected<std::string, token_fault> read_token(std::string_view secret, std::string_view token,
                                                  std::chrono::system_clock::time_point now) {
  const auto found = split(token);
  if (!found) return tl::unexpected(token_fault::malformed);
  std::array<std::uint8_t, base64::decoded_bound(token_bound)> bytes;
  const auto size = base64::decode_url(found->payload, bytes);
  if (!size || *size <= expiry_bytes) return tl::unexpected(token_fault::malformed);
  // With no secret anybody could make the mac.
  if (secret.empty() || !equal_in_constant_time(found->mac, mac_of(secret, found->signed_text))) {
    return tl::unexpected(token_fault::forged);
  }
  std::int64_t expiry = 0;
  for (std::size_t i = 0; i < expiry_bytes; ++i) expiry = expiry << 8 | bytes[i];
  if (seconds_of(now) >= expiry) return tl::unexpected(token_fault::expired);
  return std::string(bytes.begin() + expiry_bytes, bytes.begin() + static_cast<std::ptrdiff_t>(*size));
}

}  // namespace

std::string_view to_string(token_fault fault) {
  constexpr std::array<std::string_view, 3> names{"malformed", "forged", "expired"};
  return names[static_cast<std::size_t>(fault)];
}

std::string mint_stream_token(std::string_view secret, std::string_view node, std::string_view call_id,
                              std::chrono::system_clock::time_point expiry) {
  const auto seconds = static_cast<std::uint64_t>(seconds_of(expiry));
  std::vector<std::uint8_t> payload;
  payload.reserve(expiry_bytes + call_id.size());
  for (std::size_t i = expiry_bytes; i-- > 0;) payload.push_back(static_cast<std::uint8_t>(seconds >> 8 * i));
  payload.insert(payload.end(), call_id.begin(), call_id.end());
  std::string token(node);
  token += '.';
  base64::append_url(token, payload);
  const std::string mac = mac_of(secret, token);
  return token.append(1, '.').append(mac);
}

tl::expected<std::string, token_fault> verify_stream_token(std::string_view secret, std::string_view token,
                                                           std::chrono::system_clock::time_point now) {
  auto call_id = read_token(secret, token, now);
  if (call_id && call_id->find(' ') != std::string::npos) return tl::unexpected(token_fault::malformed);
  return call_id;
}

std::string mint_listen_token(std::string_view secret, std::string_view node, const listen_pass& who,
                              std::chrono::system_clock::time_point expiry) {
  return mint_stream_token(secret, node, std::string(listening) + who.by + " " + who.call_id, expiry);
}

tl::expected<listen_pass, token_fault> verify_listen_token(std::string_view secret, std::string_view token,
                                                           std::chrono::system_clock::time_point now) {
  const auto found = read_token(secret, token, now);
  if (!found) return tl::unexpected(found.error());
  const auto by = std::string_view(*found).substr(0, found->rfind(' ') + 1);
  if (!by.starts_with(listening) || by.size() <= listening.size() + 1)
    return tl::unexpected(token_fault::malformed);
  return listen_pass{found->substr(by.size()),
                     std::string(by.substr(listening.size(), by.size() - listening.size() - 1))};
}

std::string_view node_of_stream_token(std::string_view token) {
  const auto found = split(token);
  return found ? found->node : std::string_view{};
}

}  // namespace tandem
