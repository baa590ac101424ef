#pragma once

#include "actors/runtime/link.hpp"
#include "actors/runtime/loop.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::test {

/// What a test sees of a link after its owner may have dropped it, and how it plays the peer.
struct fake_peer {
  link_request request;
  link_events* events = nullptr;
  std::vector<std::string> sent;
  /// Binary messages.
  std::vector<std::string> sent_binary;
  bool is_open = false;
  bool told_open = false;
  bool paused = false;
  bool dropped = false;
  std::uint16_t closed_with = 0;
  std::string closed_because;
  /// What the next `send` answers.
  bool writable = true;

  void open() {
    is_open = true;
    tell_open();
  }
  void tell_open() {
    if (events != nullptr && !std::exchange(told_open, true)) events->on_open();
  }
  void text(std::string message) {
    // One byte beyond the text is writable, as with a real link.
    auto size = message.size();
    message.push_back('\0');
    events->on_text({message.data(), size});
  }
  void close(std::uint16_t code, std::string reason, bool was_open = true) {
    is_open = false;
    std::exchange(events, nullptr)->on_closed({code, std::move(reason), 0, was_open});
  }
  bool connected() const { return events != nullptr && !dropped; }
};

/// A link whose peer is the test.
class fake_link final : public link {
 public:
  fake_link(loop& home, std::shared_ptr<fake_peer> peer) : home_(home), peer_(std::move(peer)) {}
  ~fake_link() override {
    peer_->events = nullptr;
    peer_->dropped = true;
  }

  void start(link_events& events) override {
    peer_->events = &events;
    peer_->told_open = false;
    if (peer_->is_open) home_.post([peer = peer_] { peer->tell_open(); });
  }
  bool send(std::string_view text) override {
    peer_->sent.emplace_back(text);
    return peer_->writable;
  }
  bool send_binary(std::string_view bytes) override {
    peer_->sent_binary.emplace_back(bytes);
    return peer_->writable;
  }
  std::size_t queued_bytes() const override { return 0; }
  void pause_reading(bool paused) override { peer_->paused = paused; }
  void close(std::uint16_t code, std::string_view reason) override {
    peer_->closed_with = code;
    peer_->closed_because = reason;
  }
  void leave(std::uint16_t code, std::string_view reason) override { close(code, reason); }
  loop& home() override { return home_; }

 private:
  loop& home_;
  std::shared_ptr<fake_peer> peer_;
};

/// Connects to the test; every connect adds a peer.
class fake_connector final : public link_connector {
 public:
  std::unique_ptr<link> connect(loop& home, const link_request& request) override {
    auto peer = std::make_shared<fake_peer>();
    peer->request = request;
    peers.push_back(peer);
    return std::make_unique<fake_link>(home, peer);
  }

  std::vector<std::shared_ptr<fake_peer>> peers;
};

}  // namespace tandem::test
