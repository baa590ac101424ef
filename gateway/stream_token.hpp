#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem {

/// Why a stream token lets nobody in.
enum class token_fault : std::uint8_t {
  malformed,  ///< not `<node>.<payload>.<mac>`
  forged,     ///< not made with our secret, or changed since
  expired
};

/// The fault in a word, for the log.
std::string_view to_string(token_fault fault);

/// The longest token that is looked at, in characters.
inline constexpr std::size_t token_bound = 1024;

/// The token with which the carrier's media stream for one call comes in: `<node>.<payload>.<mac>`, safe in a
/// URL's path. The payload is base64url of the expiry (unix seconds, five bytes, highest first) and the call
/// id, the mac base64url of HMAC-SHA256 over `<node>.<payload>`.
///
/// `node` may contain dots; it must be safe in a URL, as `cluster.node` is.
std::string mint_stream_token(std::string_view secret, std::string_view node, std::string_view call_id,
                              std::chrono::system_clock::time_point expiry);

/// The call id of a token that is ours and not yet expired; total on any text.
tl::expected<std::string, token_fault> verify_stream_token(std::string_view secret, std::string_view token,
                                                           std::chrono::system_clock::time_point now);

/// Who listens in to which call: `by` is `token`, `session` or `local`.
struct listen_pass {
  std::string call_id;
  std::string by;
};

/// The token with which another node of the cluster brings somebody who listens in. It lets no stream in, and
/// a stream's lets nobody listen.
std::string mint_listen_token(std::string_view secret, std::string_view node, const listen_pass& who,
                              std::chrono::system_clock::time_point expiry);

/// Who comes with a token that is ours and not yet expired; total on any text.
tl::expected<listen_pass, token_fault> verify_listen_token(std::string_view secret, std::string_view token,
                                                           std::chrono::system_clock::time_point now);

/// The node that a token names, not verified: where to relay it. Empty when it is malformed.
std::string_view node_of_stream_token(std::string_view token);

}  // namespace tandem
