#include "gateway/network/connection_count.hpp"

#include "actors/runtime/metrics.hpp"

#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

namespace tandem {

std::size_t live_links() { return link_count; }

std::size_t live_http_connections() { return http_connection_count; }

counted_connection::counted_connection(metrics* families, peer who) : metrics_(families), who_(who) {
  if (metrics_ != nullptr) metrics_->connections(who_).Increment();
}

void counted_connection::end() {
  if (std::exchange(counted_, false) && metrics_ != nullptr) metrics_->connections(who_).Decrement();
}

void counted_connection::failed(connection_failure why) {
  if (metrics_ != nullptr) metrics_->connection_failures(who_, why).Increment();
}

void counted_connection::buffered(std::ptrdiff_t bytes) {
  if (metrics_ != nullptr && bytes != 0) metrics_->link_buffer_bytes->Increment(static_cast<double>(bytes));
}

}  // namespace tandem
