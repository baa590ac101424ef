#pragma once

#include "gateway/network/http_server.hpp"

#include <string>
#include <string_view>

namespace tandem {

/// The answer that says what went wrong: {"error":{"code","message"}}; `why` is our own words.
server_answer error_answer(unsigned status, std::string_view why);

/// An answer as it goes out; a status out of range becomes 500, a header that would break its line is left
/// out.
std::string answer_text(const server_answer& answer, bool keep_alive, bool head_only);

/// The head of an answer whose body goes on, in chunks or until the connection is closed.
std::string open_answer_text(const server_answer& answer, bool in_chunks);

/// A piece of a body in chunks; an empty one ends it.
std::string chunk_text(std::string_view piece);

/// A request for a WebSocket in the few words that the WebSocket's own handshake needs of it.
std::string handshake_text(const request_head& head);

}  // namespace tandem
