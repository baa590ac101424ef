#pragma once

#include "gateway/network/network_client.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/speech_server.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace tandem::lab {

inline constexpr auto patience = std::chrono::seconds(20);

/// A client on a loop of its own thread; the test waits for what comes.
class socket_client final : public link_events {
 public:
  socket_client(lab_loops& loops, std::string url) : loops_(loops) {
    loops_.run([&] {
      link_ = connector_->connect(loops_.first(), {.to = peer::scribe, .url = std::move(url), .headers = {}});
      link_->start(*this);
    });
  }
  ~socket_client() {
    loops_.run([&] { link_.reset(); });
  }

  void send(const std::string& text) {
    loops_.run([&] { link_->send(text); });
  }

  /// The next message; nothing when the connection ended or none came.
  std::optional<std::string> next() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return !texts_.empty() || closed_; });
    if (texts_.empty()) return std::nullopt;
    auto text = std::move(texts_.front());
    texts_.pop_front();
    return text;
  }

  std::optional<link_closed> closed() {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [this] { return closed_.has_value(); });
    return closed_;
  }

  bool has_text() {
    std::lock_guard lock(mutex_);
    return !texts_.empty();
  }

  bool is_closed() {
    std::lock_guard lock(mutex_);
    return closed_.has_value();
  }

 private:
  void on_text(std::span<char> text) override {
    std::lock_guard lock(mutex_);
    texts_.emplace_back(text.data(), text.size());
    changed_.notify_all();
  }
  void on_closed(const link_closed& how) override {
    std::lock_guard lock(mutex_);
    closed_ = how;
    changed_.notify_all();
  }

  lab_loops& loops_;
  std::unique_ptr<link_connector> connector_ = make_link_connector();
  std::unique_ptr<tandem::link> link_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> texts_;
  std::optional<link_closed> closed_;
};

inline std::string at(const speech_server& server, const std::string& target) {
  return "ws://127.0.0.1:" + std::to_string(server.port()) + target;
}

inline constexpr auto scribe_target = "/v1/speech-to-text/realtime?audio_format=ulaw_8000&language_code=en";
inline constexpr auto speech_target =
    "/v1/text-to-speech/anna/multi-stream-input?output_format=ulaw_8000&auto_mode=true";

inline speech_server_options synthetic() {
  speech_server_options options;
  options.synthetic = true;
  options.transcripts = {"First.", "Second."};
  return options;
}

}  // namespace tandem::lab
