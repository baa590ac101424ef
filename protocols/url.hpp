#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Percent-encoding (RFC 3986) and the `key=value&…` form of queries.
namespace tandem::url {

/// Appends `text` with everything but unreserved characters percent-encoded.
void append_encoded(std::string& out, std::string_view text);

/// The text without its percent-encoding; nothing when an escape is cut or not hexadecimal.
std::optional<std::string> decoded(std::string_view text);

/// Appends `name=value` to a query, after an ampersand when the query holds something; the name is taken as
/// it is.
void append_parameter(std::string& query, std::string_view name, std::string_view value);

/// A query's names and values, decoded, with `+` for a blank as in forms; a name may come more than once.
/// Nothing when an escape is wrong.
std::optional<std::vector<std::pair<std::string, std::string>>> parameters(std::string_view query);

}  // namespace tandem::url
