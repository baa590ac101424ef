#include "gateway/store/sql_session.hpp"

#include "gateway/store/database.hpp"

#include <chrono>
#include <fcntl.h>
#include <libpq-fe.h>
#include <soci/postgresql/soci-postgresql.h>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

// Declared here, so that SQLite's own header is not needed.
namespace soci {
extern "C" backend_factory const* factory_sqlite3();
}

namespace tandem {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

std::string quoted_path(std::string_view path) {
  if (path.find('"') != std::string_view::npos) throw database_failure("a path cannot hold quotation marks");
  // What callers said is nobody's business; the files that SQLite puts beside it take its mode.
  const int file = open(std::string(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  return "db=\"" + std::string(path) + "\" timeout=" + std::to_string(database::patience_seconds);
}

/// Has SQLite write ahead. It waits for others as long as it was told to, except with this one change when
/// another is about to write.
void write_ahead(soci::session& sql) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(database::patience_seconds);
  for (;;) {
    try {
      sql << "PRAGMA journal_mode = WAL";
      return;
    } catch (const soci::soci_error& failure) {
      const bool is_locked = failure.get_error_message().find("locked") != std::string::npos;
      if (!is_locked || std::chrono::steady_clock::now() >= deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

std::string with_deadlines(std::string url) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (url.find(std::string(name) + "=") != std::string::npos) return;
    url.append(url.find('?') == std::string::npos ? "?" : "&").append(name).append("=").append(value);
  };
  add("connect_timeout", "5");
  add("tcp_user_timeout", "10000");
  add("application_name", "tandem");
  return url;
}

}  // namespace

sql_session::sql_session(const std::string& url) : is_sqlite_(url.starts_with(sqlite_scheme)) {
  if (is_sqlite_) {
    sql.open(*soci::factory_sqlite3(), quoted_path(std::string_view(url).substr(sqlite_scheme.size())));
    // A commit is on the disk when it returns, and readers do not wait for writers.
    write_ahead(sql);
    sql << "PRAGMA synchronous = FULL";
    // What is deleted is overwritten.
    sql << "PRAGMA secure_delete = ON";
  } else {
    sql.open(*soci::factory_postgresql(), with_deadlines(url));
    // What is there already is no news.
    sql << "SET client_min_messages = warning";
    sql << "SET statement_timeout = " << database::patience_seconds * 1000;
    // Its type cannot be asked for: the library does not export it.
    socket_ = PQsocket(static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_);
  }
}

void sql_session::interrupt() const {
  if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
}

}  // namespace tandem
