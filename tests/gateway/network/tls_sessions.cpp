#include "gateway/network/tls_sessions.hpp"

#include "gateway/network/tls_context.hpp"
#include "tests/lab/certificates.hpp"

#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

using namespace tandem;

namespace {

struct ssl_free {
  void operator()(SSL* session) const { SSL_free(session); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_free>;

/// One client and one server that talk through memory.
struct tls_fixture {
  lab::private_authority authority;
  boost::asio::ssl::context client = make_client_tls(authority.file());
  boost::asio::ssl::context server = make_server(authority.issue("DNS:localhost"));

  static boost::asio::ssl::context make_server(const lab::private_authority::files& files) {
    return make_server_tls(files.certificate, files.key);
  }

  /// Whether a connection to this name needed no full handshake.
  bool resumes(const std::string& name) {
    const ssl_ptr near(SSL_new(client.native_handle()));
    const ssl_ptr far(SSL_new(server.native_handle()));
    BIO* near_end = nullptr;
    BIO* far_end = nullptr;
    REQUIRE(BIO_new_bio_pair(&near_end, 0, &far_end, 0) == 1);
    SSL_set_bio(near.get(), near_end, near_end);
    SSL_set_bio(far.get(), far_end, far_end);
    SSL_set_connect_state(near.get());
    SSL_set_accept_state(far.get());
    resume_tls_session(near.get(), name);
    for (int i = 0; i < 10; ++i) {
      SSL_do_handshake(near.get());
      SSL_do_handshake(far.get());
    }
    REQUIRE(SSL_is_init_finished(near.get()));
    REQUIRE(SSL_is_init_finished(far.get()));
    // What the server gives for the next time comes with its first data.
    char byte = 'x';
    REQUIRE(SSL_write(far.get(), &byte, 1) == 1);
    REQUIRE(SSL_read(near.get(), &byte, 1) == 1);
    return SSL_session_reused(near.get()) == 1;
  }
};

}  // namespace

TEST_CASE_FIXTURE(tls_fixture, "the second connection to a server resumes, even when the first broke off") {
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    client = make_client_tls(authority.file());
    SSL_CTX_set_max_proto_version(client.native_handle(), version);
    CHECK_FALSE(resumes("localhost"));
    for (int i = 0; i < 3; ++i) CHECK(resumes("localhost"));
  }
}

TEST_CASE_FIXTURE(tls_fixture, "a session is offered to no other name") {
  CHECK_FALSE(resumes("localhost"));
  CHECK_FALSE(resumes("other"));
  CHECK(resumes("localhost"));
}

TEST_CASE_FIXTURE(tls_fixture, "a server that does not know the session any more shakes hands in full") {
  CHECK_FALSE(resumes("localhost"));
  server = make_server(authority.issue("DNS:localhost"));
  CHECK_FALSE(resumes("localhost"));
  CHECK(resumes("localhost"));
}

TEST_CASE_FIXTURE(tls_fixture, "sessions of a bounded number of servers are remembered") {
  remember_tls_sessions(client, 2);
  for (const auto* name : {"a", "b", "c"}) CHECK_FALSE(resumes(name));
  int remembered = 0;
  for (const auto* name : {"c", "b"}) remembered += resumes(name);
  CHECK(remembered == 2);
}
