#pragma once

#include <optional>
#include <string>
#include <string_view>

/// The opening of a WebSocket (RFC 6455, 4).
namespace tandem::bench {

/// The end of a request's or an answer's head, which is behind its empty line; npos as long as there is none.
std::size_t head_end(std::string_view bytes);

/// The answer that opens a WebSocket, to a request's whole head; nothing when it does not ask for one.
std::optional<std::string> answer_to(std::string_view request);

/// A client's request, `host` being HOST:PORT, with a key of 16 bytes in base64.
std::string upgrade_request(std::string_view host, std::string_view target, std::string_view key);

/// Whether this answer's whole head opens what was asked for with that key.
bool has_opened(std::string_view answer, std::string_view key);

/// What a server has to answer a key with.
std::string accept_of(std::string_view key);

}  // namespace tandem::bench
