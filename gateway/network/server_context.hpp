#pragma once

#include "gateway/network/http_server.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include <boost/asio/ssl/context.hpp>

namespace tandem {

/// What the connections of one server share; it outlives them.
struct server_context {
  /// Counts a connection in `open`; as its first member the last that goes of it.
  class place {
   public:
    explicit place(std::shared_ptr<server_context> server);
    ~place();
    place(const place&) = delete;
    place& operator=(const place&) = delete;

   private:
    std::shared_ptr<server_context> server_;
  };

  server_settings settings;
  server_handlers handlers;
  metrics* families = nullptr;
  std::optional<boost::asio::ssl::context> tls;
  /// Connections of unknown peers that each loop may have.
  std::atomic<std::size_t> unknown_share = 1;

  /// Connections that are in memory.
  std::size_t open = 0;
  std::mutex mutex;
  std::condition_variable changed;
};

}  // namespace tandem
