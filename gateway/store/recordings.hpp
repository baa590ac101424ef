#pragma once

#include "actors/call_recorder.hpp"
#include "gateway/store/recording_folder.hpp"
#include "gateway/store/recording_uploads.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace tandem {

struct metrics;

/// Where and for how long calls are recorded.
struct recording_settings {
  std::filesystem::path folder;
  /// Whose unfinished recordings are ours to finish.
  std::string node;
  /// After so many days they are deleted; 0 = with their call.
  std::uint64_t keep_days = 0;
  /// Audio that may wait for the disk, in bytes; at 16 kB for each second of each call.
  std::size_t queue_bound = std::size_t{32} * 1024 * 1024;
  /// Where recordings go from the folder once they are finished; they stay there when this is nothing.
  std::optional<s3_settings> bucket{};
  /// What may wait for the bucket, in bytes; beyond it nothing more is recorded.
  std::uint64_t waiting_bound = std::uint64_t{4096} * 1024 * 1024;
};

/// What reaches a bucket; both outlive the recordings.
struct bucket_reach {
  http_client* http = nullptr;
  loop* home = nullptr;
};

/// Writes the recordings of all calls with a thread of its own: whatever the disk does, no call waits.
class recordings final : public call_recorder {
 public:
  recordings(const recording_settings& how, metrics& measure, bucket_reach reach = {});
  /// Writes what waits, and uploads what can be uploaded soon.
  ~recordings() override;

  void write(const std::string& call_id, std::uint64_t position, std::vector<std::uint8_t> stereo_ulaw,
             std::uint32_t rate) override;
  void finish(const std::string& call_id) override;
  void forget(std::vector<std::string> call_ids) override;

  /// Forgets, and waits for that; false when it takes longer than `patience` or cannot be done.
  bool forget_now(std::vector<std::string> call_ids, std::chrono::milliseconds patience);

  /// The end is to wait for no store.
  void hurry() {
    if (uploads_) uploads_->hurry();
  }

  /// A finished recording that is in the folder; nothing when there is none.
  std::optional<std::filesystem::path> find(std::string_view call_id) const { return folder_.find(call_id); }

  /// Where the other ones are; nullptr when all are in the folder.
  recording_bucket* bucket() const { return uploads_ ? &uploads_->bucket() : nullptr; }

 private:
  struct job {
    std::size_t bytes = 0;
    std::function<void()> run;
  };

  bool push(job next);
  void run();
  void write_now(const std::string& call_id, std::uint64_t position,
                 const std::vector<std::uint8_t>& stereo_ulaw, std::uint32_t rate);
  bool has_room() const;
  bool erase(const std::vector<std::string>& call_ids);
  void prune();

  recording_settings how_;
  metrics& measure_;
  const recording_folder folder_;
  std::unique_ptr<recording_uploads> uploads_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<job> jobs_;
  std::size_t waiting_ = 0;
  bool closed_ = false;
  bool full_ = false;
  /// Whether the last thing that was tried did not work: said once.
  bool failing_ = false;
  std::chrono::steady_clock::time_point next_prune_;
  std::thread thread_;
};

}  // namespace tandem
