#include "gateway/network/tls_sessions.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace tandem {

namespace {

struct session_free {
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_free>;

/// OpenSSL spoils the session of a connection that breaks off; only copies are shared.
session_ptr copy_of(SSL_SESSION* session) { return session_ptr(SSL_SESSION_dup(session)); }

class memory {
 public:
  explicit memory(std::size_t most) : most_(most) {}

  void put(const std::string& server, session_ptr session) {
    std::lock_guard guard(mutex_);
    if (sessions_.size() >= most_ && !sessions_.contains(server)) sessions_.erase(sessions_.begin());
    sessions_[server] = std::move(session);
  }

  session_ptr get(const std::string& server) {
    std::lock_guard guard(mutex_);
    const auto known = sessions_.find(server);
    return known == sessions_.end() ? nullptr : copy_of(known->second.get());
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::map<std::string, session_ptr> sessions_;
};

template <class Value>
void free_value(void*, void* value, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<Value*>(value);
}

int memory_place() {
  static const int place = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_value<memory>);
  return place;
}

int server_place() {
  static const int place = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, free_value<std::string>);
  return place;
}

memory* memory_of(SSL* connection) {
  return static_cast<memory*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(connection), memory_place()));
}

int keep_session(SSL* connection, SSL_SESSION* session) {
  const auto* server = static_cast<std::string*>(SSL_get_ex_data(connection, server_place()));
  if (server == nullptr) return 0;
  if (auto copy = copy_of(session)) memory_of(connection)->put(*server, std::move(copy));
  return 0;
}

}  // namespace

void remember_tls_sessions(boost::asio::ssl::context& context, std::size_t most) {
  auto* const native = context.native_handle();
  auto made = std::make_unique<memory>(most);
  delete static_cast<memory*>(SSL_CTX_get_ex_data(native, memory_place()));
  if (SSL_CTX_set_ex_data(native, memory_place(), made.get()) != 1) return;
  made.release();
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(native, keep_session);
}

void resume_tls_session(SSL* connection, const std::string& server) {
  auto* const known = memory_of(connection);
  if (known == nullptr) return;
  auto name = std::make_unique<std::string>(server);
  if (SSL_set_ex_data(connection, server_place(), name.get()) != 1) return;
  name.release();
  if (const auto session = known->get(server)) SSL_set_session(connection, session.get());
}

}  // namespace tandem
