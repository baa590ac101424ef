#include "gateway/network/web_address.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tandem {

namespace {

struct scheme_entry {
  std::string_view prefix;
  web_address::scheme kind;
  std::uint16_t port;
};

constexpr std::array<scheme_entry, 4> schemes{{{"http://", web_address::scheme::http, 80},
                                               {"https://", web_address::scheme::https, 443},
                                               {"ws://", web_address::scheme::ws, 80},
                                               {"wss://", web_address::scheme::wss, 443}}};

bool same_letters(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

bool graphic(char c) { return c > ' ' && c < '\x7f'; }

bool host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_';
}

bool address_character(char c) {
  return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || (c >= '0' && c <= '9') || c == ':' || c == '.';
}

}  // namespace

std::string web_address::authority() const {
  const bool usual = port == (tls() ? 443 : 80);
  const bool brackets = host.find(':') != std::string::npos;
  std::string text = brackets ? "[" + host + "]" : host;
  if (!usual) text += ":" + std::to_string(port);
  return text;
}

tl::expected<web_address, std::string> parse_web_address(std::string_view url) {
  if (!std::all_of(url.begin(), url.end(), graphic)) {
    return tl::unexpected<std::string>("URL holds a blank or control character");
  }
  const auto scheme = std::find_if(schemes.begin(), schemes.end(), [&](const scheme_entry& each) {
    return same_letters(url.substr(0, each.prefix.size()), each.prefix);
  });
  if (scheme == schemes.end()) return tl::unexpected<std::string>("URL must be http, https, ws or wss");
  web_address result{scheme->kind, {}, scheme->port, {}};

  auto rest = url.substr(scheme->prefix.size());
  rest = rest.substr(0, rest.find('#'));
  auto authority = rest.substr(0, rest.find_first_of("/?"));
  result.target = rest.substr(authority.size());
  if (result.target.empty() || result.target.front() != '/') result.target.insert(0, "/");
  if (authority.find('@') != std::string_view::npos) {
    return tl::unexpected<std::string>("URL must not hold user information");
  }

  std::string_view host;
  if (!authority.empty() && authority.front() == '[') {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return tl::unexpected<std::string>("URL's address has no ]");
    host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    if (!std::all_of(host.begin(), host.end(), address_character)) host = {};
  } else {
    host = authority.substr(0, authority.find(':'));
    authority.remove_prefix(host.size());
    if (!std::all_of(host.begin(), host.end(), host_character)) host = {};
  }
  if (host.empty() || host.size() > 253) return tl::unexpected<std::string>("URL has no valid host");
  result.host = host;

  if (!authority.empty()) {
    const auto digits = authority.substr(1);
    const auto end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, result.port);
    if (authority.front() != ':' || error != std::errc{} || stop != end || result.port == 0) {
      return tl::unexpected<std::string>("URL has a bad port");
    }
  }
  return result;
}

bool valid_header(std::string_view name, std::string_view value) {
  constexpr std::string_view separators = "()<>@,;:\\\"/[]?={}";
  return !name.empty() && std::all_of(name.begin(), name.end(), graphic) &&
         name.find_first_of(separators) == std::string_view::npos &&
         std::all_of(value.begin(), value.end(), [](char c) {
           return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f');
         });
}

}  // namespace tandem
