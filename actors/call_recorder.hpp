#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

/// Keeps what was heard in calls. Every method returns at once and may be called by any thread.
class call_recorder {
 public:
  virtual ~call_recorder() = default;

  /// A piece of a call's recording, so many samples after its beginning: µ-law, the caller's and the agent's
  /// side in turn, at so many samples per second, the same in all pieces of a call. They come in order; one
  /// for which there is no room stays silent.
  virtual void write(const std::string& call_id, std::uint64_t position,
                     std::vector<std::uint8_t> stereo_ulaw, std::uint32_t rate) = 0;

  /// The call's recording is complete; a call of which nothing was written has none.
  virtual void finish(const std::string& call_id) = 0;

  /// Nothing is to be left of the recordings of these calls.
  virtual void forget(std::vector<std::string> call_ids) = 0;
};

}  // namespace tandem
