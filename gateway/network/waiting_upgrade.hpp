#pragma once

#include "gateway/network/answer_slot.hpp"
#include "gateway/network/http_connection.hpp"

#include <functional>
#include <memory>
#include <utility>

namespace tandem {

/// The upgrade that a connection hands out; its slot answers 503 when nobody decides.
class waiting_upgrade final : public upgrade {
 public:
  waiting_upgrade(asio_loop& home, std::weak_ptr<http_connection> connection, unsigned serial,
                  std::shared_ptr<answer_slot> slot, request_head head, bool can_move)
      : home_(home),
        connection_(std::move(connection)),
        serial_(serial),
        slot_(std::move(slot)),
        head_(std::move(head)),
        can_move_(can_move) {}

  const request_head& head() const override { return head_; }
  asio_loop& home() override { return home_; }
  bool can_move() const override { return can_move_; }
  void refuse(server_answer answer) override { slot_->give(std::move(answer)); }

  void accept(asio_loop& target, const bounds& limits,
              std::function<void(std::shared_ptr<link>)> done) override {
    auto connection = connection_.lock();
    if (connection && connection->accept(serial_, head_, target, limits, done)) return;
    target.post([done = std::move(done)] { done(nullptr); });
  }

 private:
  asio_loop& home_;
  std::weak_ptr<http_connection> connection_;
  unsigned serial_;
  std::shared_ptr<answer_slot> slot_;
  request_head head_;
  bool can_move_;
};

}  // namespace tandem
