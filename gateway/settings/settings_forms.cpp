#include "gateway/settings/settings_forms.hpp"

#include "gateway/network/web_address.hpp"
#include "gateway/settings/settings.hpp"
#include "protocols/base64.hpp"
#include "protocols/s3/place.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

namespace tandem {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_alphanumeric(char c) { return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z'); }
bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

bool all(std::string_view text, bool (*each)(char)) { return std::ranges::all_of(text, each); }

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 &&
         all(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// A host and, after a colon, a port that is not 0.
bool is_host_and_port(std::string_view text, bool port_required) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    boost::system::error_code failed;
    boost::asio::ip::make_address_v6(std::string(text.substr(1, end - 1)), failed);
    if (failed) return false;
    rest = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    if (!is_name(text.substr(0, colon))) return false;
    rest = text.substr(colon);
  }
  if (rest.empty()) return !port_required;
  return rest.front() == ':' && port_of(rest.substr(1)).value_or(0) != 0;
}

/// `base`: without a query, so that more can be appended.
bool is_web_url(std::string_view text, web_address::scheme plain, web_address::scheme secure, bool base) {
  const auto address = parse_web_address(text);
  return address && (address->kind == plain || address->kind == secure) && is_lower(text.front()) &&
         text.find_first_of("#{}\"<>\\^`|") == std::string_view::npos &&
         !(base && text.find('?') != std::string_view::npos);
}

}  // namespace

bool listen_address::loopback() const {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(host, failed);
  return !failed && address.is_loopback();
}

std::optional<listen_address> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = port_of(text.substr(colon + 1));
  if (!port) return std::nullopt;
  std::string host(text.substr(0, colon));
  if (host == "localhost") return listen_address{"127.0.0.1", *port};
  boost::system::error_code failed;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    boost::asio::ip::make_address_v6(host, failed);
  } else {
    boost::asio::ip::make_address_v4(host, failed);
  }
  if (failed) return std::nullopt;
  return listen_address{std::move(host), *port};
}

bool is_listen(std::string_view text) { return parse_listen(text).has_value(); }

bool is_public_url(std::string_view text) {
  constexpr std::string_view hole = "{node}";
  std::string filled(text);
  for (auto at = filled.find(hole); at != std::string::npos; at = filled.find(hole)) {
    filled.replace(at, hole.size(), "node");
  }
  return is_http_base(filled);
}

bool is_http_url(std::string_view text) {
  return is_web_url(text, web_address::scheme::http, web_address::scheme::https, false);
}
bool is_http_base(std::string_view text) {
  return is_web_url(text, web_address::scheme::http, web_address::scheme::https, true);
}
bool is_http_origin(std::string_view text) {
  return is_http_base(text) && parse_web_address(text)->target == "/";
}
bool is_socket_base(std::string_view text) {
  return is_web_url(text, web_address::scheme::ws, web_address::scheme::wss, true);
}

bool is_secret(std::string_view text) { return text.size() <= 4096 && all(text, is_visible); }

bool is_path_token(std::string_view text) {
  return text.size() <= 512 && all(text, [](char c) {
           return is_alphanumeric(c) || std::string_view("-._~").find(c) != std::string_view::npos;
         });
}

bool is_ed25519_key(std::string_view text) {
  std::array<std::uint8_t, 32> key;
  return text.size() == base64::encoded_size(key.size()) && base64::decode(text, key) == key.size();
}

bool is_word(std::string_view text) { return text.size() <= 256 && all(text, is_visible); }

bool is_language(std::string_view text) {
  return (text.size() == 2 || text.size() == 3) && all(text, is_lower);
}

bool is_text(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = at + text.size();
  while (at != end) {
    const unsigned lead = *at++;
    if (lead < 0x80) continue;
    const int more = lead >= 0xc2 && lead < 0xe0   ? 1
                     : lead >= 0xe0 && lead < 0xf0 ? 2
                     : lead >= 0xf0 && lead < 0xf5 ? 3
                                                   : 0;
    if (more == 0 || end - at < more) return false;
    // Overlong forms, surrogates, and what lies beyond U+10FFFF.
    if ((lead == 0xe0 && at[0] < 0xa0) || (lead == 0xed && at[0] > 0x9f) || (lead == 0xf0 && at[0] < 0x90) ||
        (lead == 0xf4 && at[0] > 0x8f)) {
      return false;
    }
    for (int i = 0; i < more; ++i) {
      if ((*at++ & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

bool is_readable_file(std::string_view path) {
  const std::string name(path);
  struct stat found {};
  return path.find('\0') == std::string_view::npos && stat(name.c_str(), &found) == 0 &&
         !S_ISDIR(found.st_mode) && access(name.c_str(), R_OK) == 0;
}

bool is_store_url(std::string_view text) {
  constexpr std::string_view sqlite = "sqlite:";
  if (text.starts_with(sqlite)) return text.size() > sqlite.size() && is_text(text);
  constexpr std::string_view postgresql = "postgresql://";
  if (!text.starts_with(postgresql) || !all(text, is_visible)) return false;
  text.remove_prefix(postgresql.size());
  auto authority = text.substr(0, std::min(text.find_first_of("/?"), text.size()));
  // A Unix socket's folder cannot stand where a host does.
  if (authority.empty()) return text.find("?host=/") != text.npos || text.find("&host=/") != text.npos;
  authority.remove_prefix(authority.rfind('@') + 1);  // npos + 1 is 0
  return is_host_and_port(authority, false);
}

bool is_recordings_place(std::string_view text) {
  return s3::is_place(text) ? s3::read_place(text).has_value()
                            : is_text(text) && text.find("://") == std::string_view::npos;
}

bool is_seal_key(std::string_view text) { return is_ed25519_key(text); }

bool is_currency(std::string_view text) {
  return text.size() == 3 && all(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_host_name(std::string_view text) { return is_name(text); }

bool is_node_host(std::string_view text) {
  boost::system::error_code failed;
  const auto address = boost::asio::ip::make_address(std::string(text), failed);
  return failed ? is_name(text) : !address.is_unspecified();
}

bool is_discovery(std::string_view text) {
  constexpr std::string_view dns = "dns:";
  if (text.starts_with(dns)) text.remove_prefix(dns.size());
  return is_host_and_port(text, true);
}

std::string without_password(std::string_view url) {
  std::string masked(url);
  const auto scheme = masked.find("://");
  if (scheme == std::string::npos) return masked;
  const auto login = scheme + 3;
  // A password may hold what should have been escaped, so everything up to the last @ counts.
  const auto at = masked.rfind('@');
  if (at != std::string::npos && at >= login) {
    const auto colon = masked.find(':', login);
    if (colon < at) masked.replace(colon + 1, at - colon - 1, "***");
  }
  for (auto name = masked.find("password="); name != std::string::npos;
       name = masked.find("password=", name + 9)) {
    const auto value = name + 9;
    masked.replace(value, std::min(masked.find('&', value), masked.size()) - value, "***");
  }
  return masked;
}

}  // namespace tandem
