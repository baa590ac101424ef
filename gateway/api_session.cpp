#include "gateway/api_session.hpp"

#include "gateway/signature.hpp"
#include "protocols/base64.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace tandem {

namespace {

constexpr std::string_view name = "tandem_session";

std::int64_t seconds_of(std::chrono::system_clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// Names of hosts know no case.
bool same_name(std::string_view one, std::string_view other) {
  const auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : int{c}; };
  return std::ranges::equal(one, other, {}, lower, lower);
}

/// What nobody can make who has not both; no stream's token is made over the like.
std::string mac_of(std::string_view secret, std::string_view api_token, std::string_view expiry) {
  const auto text = std::string("session|").append(expiry).append(1, '|').append(api_token);
  std::string mac;
  base64::append_url(mac, hmac_sha256(secret, text));
  return mac;
}

bool is_session(std::string_view secret, std::string_view api_token, std::string_view value,
                std::chrono::system_clock::time_point now) {
  const auto dot = value.find('.');
  if (secret.empty() || dot == std::string_view::npos) return false;
  const auto expiry = value.substr(0, dot);
  if (!equal_in_constant_time(value.substr(dot + 1), mac_of(secret, api_token, expiry))) return false;
  std::int64_t seconds = 0;
  std::from_chars(expiry.data(), expiry.data() + expiry.size(), seconds);
  return seconds_of(now) < seconds;
}

}  // namespace

std::string session_cookie(std::string_view secret, std::string_view api_token,
                           std::chrono::system_clock::time_point expiry, bool secure) {
  const auto until = std::to_string(seconds_of(expiry));
  auto cookie =
      std::string(name).append(1, '=').append(until).append(1, '.').append(mac_of(secret, api_token, until));
  cookie += "; Path=/; HttpOnly; SameSite=Strict; Max-Age=";
  cookie += std::to_string(std::chrono::seconds(session_life).count());
  return secure ? cookie + "; Secure" : cookie;
}

std::string session_end() {
  return std::string(name).append("=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
}

bool has_session(std::string_view secret, std::string_view api_token, std::string_view cookies,
                 std::chrono::system_clock::time_point now) {
  while (!cookies.empty()) {
    const auto end = cookies.find(';');
    auto each = cookies.substr(0, end);
    cookies.remove_prefix(end == std::string_view::npos ? cookies.size() : end + 1);
    each.remove_prefix(std::min(each.find_first_not_of(' '), each.size()));
    if (!each.starts_with(name) || each.substr(name.size(), 1) != "=") continue;
    if (is_session(secret, api_token, each.substr(name.size() + 1), now)) return true;
  }
  return false;
}

bool is_loopback_host(std::string_view host) {
  const auto port = host.find_last_of(':');
  if (port != std::string_view::npos &&
      host.find_first_not_of("0123456789", port + 1) == std::string_view::npos)
    host = host.substr(0, port);
  const bool is_ipv4 =
      host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_ipv4 || host == "[::1]" || same_name(host, "localhost");
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  const auto end = origin.find("://");
  if (end == std::string_view::npos || host.empty()) return false;
  return same_name(origin.substr(end + 3), host);
}

}  // namespace tandem
