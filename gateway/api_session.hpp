#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace tandem {

/// How long a session of the API lasts.
inline constexpr std::chrono::hours session_life{12};

/// The value of `Set-Cookie` that lets a browser into the API in place of the token, until `expiry`. Scripts
/// cannot read it, other sites cannot have it sent, and a new token or secret ends it; `secure` = it goes
/// over TLS alone.
std::string session_cookie(std::string_view secret, std::string_view api_token,
                           std::chrono::system_clock::time_point expiry, bool secure);

/// The value of `Set-Cookie` that has a browser forget its session.
std::string session_end();

/// Whether a request's `Cookie` header has a session of ours that has not expired; total on any text.
bool has_session(std::string_view secret, std::string_view api_token, std::string_view cookies,
                 std::chrono::system_clock::time_point now);

/// Whether a request's `Origin` names the same host and port as its `Host`, whatever the scheme: TLS may end
/// in front. Total on any text; without an origin it is false.
bool is_same_origin(std::string_view origin, std::string_view host);

/// Whether a request's `Host` is `localhost` or a loopback address: no other site can have its own name lead
/// here and be that. Total on any text.
bool is_loopback_host(std::string_view host);

}  // namespace tandem
