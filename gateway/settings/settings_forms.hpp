#pragma once

#include <string>
#include <string_view>

/// What texts in the configuration may look like; each takes any text and is never asked about an empty one.
namespace tandem {

bool is_listen(std::string_view text);
bool is_public_url(std::string_view text);
bool is_http_url(std::string_view text);
bool is_http_base(std::string_view text);
bool is_http_origin(std::string_view text);
bool is_socket_base(std::string_view text);
bool is_secret(std::string_view text);
bool is_path_token(std::string_view text);
bool is_ed25519_key(std::string_view text);
bool is_word(std::string_view text);
bool is_language(std::string_view text);
/// Valid UTF-8.
bool is_text(std::string_view text);
/// Asks the file system.
bool is_readable_file(std::string_view path);
bool is_store_url(std::string_view text);
bool is_recordings_place(std::string_view text);
/// 32 bytes in base64.
bool is_seal_key(std::string_view text);
bool is_currency(std::string_view text);
bool is_host_name(std::string_view text);
/// A name, or an IPv4 or IPv6 address without brackets, that others can reach.
bool is_node_host(std::string_view text);
bool is_discovery(std::string_view text);

/// The text with the password of the URL in it, if there is one, as `***`; rather too much than too little.
std::string without_password(std::string_view url);

}  // namespace tandem
