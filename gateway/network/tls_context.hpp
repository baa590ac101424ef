#pragma once

#include <string>

#include <boost/asio/ssl/context.hpp>

namespace tandem {

/// TLS 1.2 or newer for a server, from PEM files; throws std::runtime_error that names the bad file.
boost::asio::ssl::context make_server_tls(const std::string& certificate_file, const std::string& key_file);

/// TLS 1.2 or newer for a client that checks the chain against the system's authorities, or those of a PEM
/// file; throws std::runtime_error that names it when it is bad.
boost::asio::ssl::context make_client_tls(const std::string& authorities_file);

}  // namespace tandem
