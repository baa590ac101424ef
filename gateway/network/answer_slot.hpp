#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"

#include <memory>
#include <mutex>
#include <utility>

namespace tandem {

class http_connection;

/// Where one request's answer goes, from any thread; dropped without one, it answers 503.
class answer_slot {
 public:
  answer_slot(asio_loop& home, std::weak_ptr<http_connection> to, unsigned serial)
      : home_(&home), to_(std::move(to)), serial_(serial) {}
  ~answer_slot();
  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  /// Only the first counts.
  void give(server_answer answer);

  /// No answer is wanted any more.
  void cut();

 private:
  std::mutex mutex_;
  asio_loop* home_;
  std::weak_ptr<http_connection> to_;
  unsigned serial_;
};

}  // namespace tandem
