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

/// A request for a WebSocket in the few words that the WebSocket's own handshake needs of it.
std::string handshake_text(const request_head& head);

}  // namespace tandem
