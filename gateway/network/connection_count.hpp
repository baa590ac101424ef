#pragma once

#include "actors/runtime/census.hpp"
#include "actors/runtime/link.hpp"

#include <atomic>
#include <cstddef>

namespace tandem {

struct metrics;
enum class connection_failure : std::uint8_t;

/// WebSocket links of this process that are in memory, with those whose owners have let go but whose sockets
/// have not ended yet.
std::size_t live_links();

/// HTTP connections of this process that are in memory, of servers and clients.
std::size_t live_http_connections();

/// Counts its owner for as long as it exists.
class counted_object {
 public:
  explicit counted_object(std::atomic<std::size_t>& count) : count_(count) { ++count_; }
  ~counted_object() { --count_; }
  counted_object(const counted_object&) = delete;
  counted_object& operator=(const counted_object&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

/// Adds what its owner occupies to `live_link_bytes`.
class counted_bytes {
 public:
  counted_bytes() = default;
  ~counted_bytes() { set(0); }
  counted_bytes(const counted_bytes&) = delete;
  counted_bytes& operator=(const counted_bytes&) = delete;

  void set(std::size_t bytes) {
    live_link_bytes += static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_);
    bytes_ = bytes;
  }

 private:
  std::size_t bytes_ = 0;
};

/// What `live_links` and `live_http_connections` answer.
inline std::atomic<std::size_t> link_count{0};
inline std::atomic<std::size_t> http_connection_count{0};

/// One connection, open or connecting, in `tandem_connections`, until it ends or is destroyed.
class counted_connection {
 public:
  counted_connection(metrics* families, peer who);
  ~counted_connection() { end(); }
  counted_connection(const counted_connection&) = delete;
  counted_connection& operator=(const counted_connection&) = delete;

  /// The connection is closed; a second call changes nothing.
  void end();

  /// Counts why it could not be opened or broke.
  void failed(connection_failure why);

  /// Adds to the bytes that its queue holds.
  void buffered(std::ptrdiff_t bytes);

 private:
  metrics* metrics_;
  peer who_;
  bool counted_ = true;
};

}  // namespace tandem
