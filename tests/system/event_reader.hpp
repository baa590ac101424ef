#pragma once

#include "tests/system/plain_socket.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tandem::test {

/// What happens to a call of one turn, but for what comes at any time.
inline const std::vector<std::string> events_of_one_turn{"call.started", "call.answered",  "transcript.final",
                                                         "agent.reply",  "speech.started", "speech.finished",
                                                         "call.ended"};

/// Reads a stream of server-sent events, as a program would.
class event_reader {
 public:
  struct seen {
    std::string id;
    std::string name;
    std::string data;
  };

  event_reader(std::uint16_t port, const std::string& path, const std::string& last_seen = {})
      : socket_(port) {
    // To a client of HTTP/1.0 the stream comes without chunks.
    socket_.send("GET " + path + " HTTP/1.0\r\n" +
                 (last_seen.empty() ? "" : "Last-Event-ID: " + last_seen + "\r\n") + "\r\n");
    thread_ = std::thread([this] {
      for (std::string piece; !(piece = socket_.read_some()).empty();) {
        std::lock_guard guard(mutex_);
        text_ += piece;
      }
      std::lock_guard guard(mutex_);
      ended_ = true;
    });
  }
  ~event_reader() {
    socket_.shut_down();
    thread_.join();
  }
  event_reader(const event_reader&) = delete;
  event_reader& operator=(const event_reader&) = delete;

  std::string text() {
    std::lock_guard guard(mutex_);
    return text_;
  }
  bool ended() {
    std::lock_guard guard(mutex_);
    return ended_;
  }
  /// Whether the stream has begun, so that nothing is missed from now on.
  bool begun() { return text().find("\r\n\r\n:") != std::string::npos; }

  /// Every whole event so far.
  std::vector<seen> events() {
    std::vector<seen> all;
    const auto stream = text();
    const auto head = stream.find("\r\n\r\n");
    if (head == stream.npos) return all;
    auto rest = std::string_view(stream).substr(head + 4);
    for (std::size_t end = 0; (end = rest.find("\n\n")) != rest.npos; rest.remove_prefix(end + 2)) {
      const auto one = rest.substr(0, end);
      seen event{line(one, "id: "), line(one, "event: "), line(one, "data: ")};
      if (!event.name.empty()) all.push_back(std::move(event));
    }
    return all;
  }

  /// The names of all events, but for those that come at any time.
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (auto& each : events()) {
      if (each.name != "transcript.partial") all.push_back(std::move(each.name));
    }
    return all;
  }

  std::size_t count(std::string_view name) {
    const auto all = events();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; }));
  }

 private:
  static std::string line(std::string_view event, std::string_view field) {
    while (!event.empty()) {
      const auto one = event.substr(0, event.find('\n'));
      if (one.starts_with(field)) return std::string(one.substr(field.size()));
      event.remove_prefix(std::min(one.size() + 1, event.size()));
    }
    return {};
  }

  plain_socket socket_;
  std::mutex mutex_;
  std::string text_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace tandem::test
