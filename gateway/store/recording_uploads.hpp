#pragma once

#include "gateway/store/recording_bucket.hpp"
#include "gateway/store/recording_folder.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tandem {

struct metrics;

/// How finished recordings are uploaded.
struct upload_settings {
  /// Whose recordings are ours to upload.
  std::string node;
  /// After so many days they are deleted; 0 = with their call.
  std::uint64_t keep_days = 0;
  /// After a failure; doubles with each further one.
  std::chrono::milliseconds back_off{1000};
  std::chrono::milliseconds longest_back_off{60000};
  /// How long the end may take to upload what is there still.
  std::chrono::milliseconds last_words{20000};
};

/// Brings the finished recordings of a folder to a bucket with a thread of its own, the oldest first; what is
/// there goes from the folder. Whatever fails stays there, for later or for the next process. Two copies are
/// better than none: a recording that was uploaded when the process died is uploaded again.
class recording_uploads {
 public:
  /// The folder must outlive it; so must the HTTP client and the loop.
  recording_uploads(const recording_folder& from, upload_settings how, s3_settings to, http_client& http,
                    loop& home, metrics& measure);
  /// Uploads what is there as long as that works, for a while.
  ~recording_uploads();

  /// From now on the end waits for nothing. From any thread.
  void hurry() { hurried_ = true; }

  /// There may be finished recordings. From any thread.
  void look();

  /// Removes recordings, which are not in the folder any more, from the bucket; false when that cannot be
  /// done in time. Not on the loop's thread.
  bool forget(const std::vector<std::string>& call_ids, std::chrono::steady_clock::time_point deadline);

  /// Bytes in the folder.
  std::uint64_t waiting_bytes() const { return waiting_bytes_; }
  void add_bytes(std::uint64_t more);

  recording_bucket& bucket() { return bucket_; }

 private:
  using clock = std::chrono::steady_clock;

  void run();
  void rest(std::unique_lock<std::mutex>& lock);
  std::string next_id();
  bool upload(const std::string& call_id);
  void failed(const std::string& call_id, const std::string& fault);
  void prune();
  void measure_folder();

  const recording_folder& folder_;
  upload_settings how_;
  metrics& measure_;
  recording_bucket bucket_;
  std::atomic<std::uint64_t> waiting_bytes_{0};
  std::atomic<bool> hurried_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool looked_ = true;
  bool closed_ = false;
  bool over_ = false;
  clock::time_point last_moment_{};
  /// What is being uploaded; empty = nothing.
  std::string current_;
  // Of the thread alone.
  std::chrono::milliseconds back_off_;
  clock::time_point next_try_;
  clock::time_point next_prune_;
  std::string prune_after_;
  /// What failed since all others were tried.
  std::set<std::string> put_off_;
  bool failing_ = false;
  std::thread thread_;
};

}  // namespace tandem
