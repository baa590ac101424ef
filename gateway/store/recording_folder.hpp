#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace tandem {

/// Whether a recording can have this name: a call's id, and no path.
bool is_recording_name(std::string_view call_id);

/// Recordings as files of a folder: `<call id>.wav`, 16-bit stereo, caller left and agent right;
/// `<call id>.wav.part` until the call has ended. Blocking; holds nothing open.
class recording_folder {
 public:
  /// Makes the folder when it is not there; `works` says whether that did.
  explicit recording_folder(std::filesystem::path folder);

  std::error_code works() const { return fault_; }

  /// Writes samples of both sides in turn (µ-law), so many after the recording's beginning; what is left out
  /// before them is silent. All of a recording has the same rate.
  std::error_code write(std::string_view call_id, std::uint64_t position,
                        std::span<const std::uint8_t> stereo_ulaw, std::uint32_t rate) const;

  /// Gives a recording its length and its name, so that it outlives whatever happens to the machine; one that
  /// is not there is none.
  std::error_code finish(std::string_view call_id) const;

  /// Removes a recording, finished or not.
  std::error_code erase(std::string_view call_id) const;

  /// Finishes what an earlier process of this node left open; how many.
  std::size_t recover(std::string_view node) const;

  /// The finished recordings of this node's calls, the oldest first.
  std::vector<std::string> finished_of(std::string_view node) const;

  /// How many bytes all of its files have.
  std::uint64_t bytes() const;

  /// Removes at most so many recordings that were finished before `cut`; how many.
  std::size_t prune(std::chrono::system_clock::time_point cut, std::size_t most) const;

  /// A finished recording; nothing when there is none, or the id is none of ours.
  std::optional<std::filesystem::path> find(std::string_view call_id) const;

 private:
  std::filesystem::path path(std::string_view call_id, std::string_view ending) const;
  void sync() const;

  std::filesystem::path folder_;
  std::error_code fault_;
};

}  // namespace tandem
