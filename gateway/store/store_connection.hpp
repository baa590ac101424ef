#pragma once

#include "actors/runtime/gauge_share.hpp"
#include "actors/runtime/metrics.hpp"
#include "gateway/store/database.hpp"
#include "gateway/store/watchdog.hpp"

#include <string>

namespace tandem {

/// A connection to the database that the metrics know of.
struct store_connection {
  store_connection(const std::string& url, metrics& measure)
      : base(url), open(measure.connections(peer::store)), used(*measure.store_pool_in_use) {
    open.set(1);
  }

  /// Counts as in use, and is cut when it stands still, for as long as it lives.
  class use {
   public:
    use(store_connection& in, watchdog& by) : in_(in), watched_(by, in.base) { in_.used.set(1); }
    ~use() { in_.used.set(0); }
    use(const use&) = delete;

   private:
    store_connection& in_;
    watchdog::watch watched_;
  };

  database base;
  gauge_share open;
  gauge_share used;
};

}  // namespace tandem
