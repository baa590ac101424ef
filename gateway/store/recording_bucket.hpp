#pragma once

#include "gateway/network/http_server.hpp"
#include "gateway/store/s3_client.hpp"

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// Recordings as objects of an S3-compatible store, `PREFIX/<call id>.wav`. What waits for the store may not
/// be called on the client's loop.
class recording_bucket {
 public:
  /// The HTTP client and the loop must outlive it.
  recording_bucket(s3_settings how, http_client& http, loop& home);

  /// Uploads a file, in parts when it is large, and waits; what went wrong, or nothing.
  std::string upload(std::string_view call_id, const std::filesystem::path& file);

  /// Removes recordings, those that are not there too, and waits until `deadline`; what went wrong, or
  /// nothing.
  std::string erase(const std::vector<std::string>& call_ids, std::chrono::steady_clock::time_point deadline);

  /// A page of the bucket, gone through.
  struct pruned {
    std::size_t gone = 0;
    /// Where the next page begins; empty at the last.
    std::string next;
    std::string fault;
  };

  /// Removes what a page of the list has of recordings that are older than `cut`, and waits.
  pruned prune(std::chrono::system_clock::time_point cut, const std::string& after);

  /// Answers with a recording, or the part of it that `range` asks for, piece by piece as fast as the client
  /// takes them; with `missing` when it is not there, with 503 when the store does not answer. From any
  /// thread.
  void answer(std::string_view call_id, const std::string& range, server_answer missing,
              const respond& reply);

  /// What waits gives up, and so does all that is to come.
  void close() { client_.close(); }

 private:
  std::string key(std::string_view call_id) const;
  std::string upload_parts(const std::string& key, std::ifstream& file);
  std::string send_parts(const std::string& key, const std::string& upload_id, std::ifstream& file);

  s3_client client_;
};

}  // namespace tandem
