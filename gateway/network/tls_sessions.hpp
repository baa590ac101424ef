#pragma once

#include <cstddef>
#include <string>

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

namespace tandem {

/// Makes a client's context remember the newest TLS session of each of `most` servers, so that the next
/// connection to one needs no full handshake. Its connections may be on any thread.
void remember_tls_sessions(boost::asio::ssl::context& context, std::size_t most = 64);

/// Before the handshake: offers what is remembered of `server`, and has the new session remembered under this
/// name. A session is only ever offered to the name whose certificate was checked for it.
void resume_tls_session(SSL* connection, const std::string& server);

}  // namespace tandem
