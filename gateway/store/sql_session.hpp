#pragma once

#include <soci/soci.h>
#include <string>

namespace tandem {

/// A session with SQLite or PostgreSQL, opened and set up as the store needs it; throws what SOCI throws.
class sql_session {
 public:
  /// Opens `sqlite:FILE` (made when it is not there) or `postgresql://…`.
  explicit sql_session(const std::string& url);

  bool is_sqlite() const { return is_sqlite_; }

  /// Cuts the connection; from any thread. Nothing with SQLite.
  void interrupt() const;

  soci::session sql;

 private:
  bool is_sqlite_;
  int socket_ = -1;
};

}  // namespace tandem
