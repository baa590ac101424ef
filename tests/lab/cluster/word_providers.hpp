#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace tandem::lab {

/// ElevenLabs' two sockets for callers and agents whose words can be told apart: see `word_recogniser` and
/// `word_voice`.
class word_providers {
 public:
  /// Binds `host:port`; throws std::runtime_error when it cannot. The loop outlives it.
  word_providers(asio_loop& home, const std::string& host, std::uint16_t port);

  /// Drops every client. Not from a loop's thread.
  ~word_providers();
  word_providers(const word_providers&) = delete;

 private:
  void admit(std::unique_ptr<upgrade> door);

  asio_loop& home_;
  std::map<std::uint64_t, std::shared_ptr<void>> clients_;
  std::uint64_t last_ = 0;
  std::unique_ptr<http_server> server_;
};

}  // namespace tandem::lab
