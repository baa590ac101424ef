#include "gateway/network/tls_context.hpp"

#include "gateway/network/tls_sessions.hpp"

#include <stdexcept>

#include <openssl/ssl.h>

namespace tandem {

namespace {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

ssl::context modern(ssl::context::method role) {
  ssl::context context(role);
  const auto native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  // Thousands of idle connections need no record buffers.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  return context;
}

void check(const error_code& error, const std::string& what, const std::string& file) {
  if (error) throw std::runtime_error("cannot use TLS " + what + " " + file + ": " + error.message());
}

}  // namespace

ssl::context make_server_tls(const std::string& certificate_file, const std::string& key_file) {
  auto context = modern(ssl::context::tls_server);
  error_code error;
  context.use_certificate_chain_file(certificate_file, error);
  check(error, "certificate", certificate_file);
  context.use_private_key_file(key_file, ssl::context::pem, error);
  check(error, "key", key_file);
  return context;
}

ssl::context make_client_tls(const std::string& authorities_file) {
  auto context = modern(ssl::context::tls_client);
  error_code error;
  if (authorities_file.empty()) {
    context.set_default_verify_paths(error);
    check(error, "authorities", "of the system");
  } else {
    context.load_verify_file(authorities_file, error);
    check(error, "authorities", authorities_file);
  }
  context.set_verify_mode(ssl::verify_peer);
  remember_tls_sessions(context);
  return context;
}

}  // namespace tandem
