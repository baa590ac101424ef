#pragma once

#include "gateway/network/http_server.hpp"

#include <filesystem>
#include <functional>
#include <string>

#include <boost/asio/thread_pool.hpp>

namespace tandem {

/// Answers requests with files, read piece by piece as fast as the client takes them, on a thread of its own:
/// no loop waits for a disk.
class file_answers {
 public:
  file_answers() = default;
  ~file_answers() { finish(); }
  file_answers(const file_answers&) = delete;

  /// Waits for what is under way, and does nothing from then on; every request must have been answered or
  /// dropped.
  void finish() { reading_.join(); }

  /// Answers with a whole file, or with the part that a `Range` header asks for (one range of bytes; several
  /// get the whole, one beyond the end gets 416); when it cannot be read with 404, or as `otherwise` does.
  /// From any thread.
  void answer(const std::filesystem::path& file, const std::string& content_type, const std::string& range,
              const respond& reply, const std::function<void()>& otherwise = {});

 private:
  boost::asio::thread_pool reading_{1};
};

}  // namespace tandem
