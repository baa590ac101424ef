#pragma once

#include "tests/temporary_folder.hpp"

#include <string>
#include <sys/types.h>

namespace tandem::test {

/// A real PostgreSQL 15 of its own, in a temporary folder, on a Unix socket there and on no port; it ends
/// with this object. Root starts it as `nobody`, since PostgreSQL wants no rights.
class postgres_server {
 public:
  /// Whether there is one to be started.
  static bool installed();

  postgres_server();
  ~postgres_server();
  postgres_server(const postgres_server&) = delete;

  void start();
  /// Ends it at once, as a crash would.
  void stop();
  /// Lets it stand still, and go on.
  void freeze(bool still) const;

  /// Where a new, empty database is, as `store.url` has it.
  std::string make_database();

 private:
  std::string url(const std::string& name) const;

  temporary_folder folder_;
  int databases_ = 0;
  pid_t server_ = -1;
};

/// The one that all tests share.
postgres_server& shared_postgres();

}  // namespace tandem::test
