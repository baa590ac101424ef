#pragma once

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/network_client.hpp"
#include "tests/lab/webhook_signer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace tandem::lab {

/// How webhooks are delivered.
struct delivery_options {
  /// Empty = nowhere.
  std::string url;
  std::chrono::milliseconds delay{0};
  /// Each is delivered a second time, with the same id.
  bool twice = false;
  /// Every other one is held back, so that the next one overtakes it.
  bool shuffled = false;
  unsigned tries = 3;
};

/// Delivers signed webhooks the way Telnyx does: not in order, perhaps twice, again when they are not
/// acknowledged within two seconds. Lives on one loop.
class webhook_courier {
 public:
  webhook_courier(asio_loop& home, delivery_options options);

  void deliver(std::string body);

  /// Webhooks that are neither taken nor given up yet.
  std::size_t under_way() const { return under_way_.size(); }

  /// Drops what is under way.
  void clear() { under_way_.clear(); }

  const webhook_signer& signer() const { return signer_; }

 private:
  struct parcel {
    std::unique_ptr<http_exchange> exchange;
    timer pause;
  };

  void send_later(std::chrono::milliseconds wait, std::shared_ptr<const std::string> body, unsigned attempt);
  void send(std::uint64_t which, const std::shared_ptr<const std::string>& body, unsigned attempt);

  asio_loop& home_;
  delivery_options options_;
  webhook_signer signer_;
  std::unique_ptr<http_client> http_;
  std::map<std::uint64_t, parcel> under_way_;
  std::uint64_t last_ = 0;
  std::uint64_t delivered_ = 0;
};

}  // namespace tandem::lab
