#pragma once

#include "tests/lab/cluster/watched_call.hpp"
#include "tests/lab/load/sound_book.hpp"
#include "tests/lab/phone.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace tandem::lab {

/// A caller who says one numbered turn after the other, each when the agent has finished, and again what
/// nobody answers; notes each word that they hear.
class patient_caller final : public person {
 public:
  patient_caller(std::shared_ptr<watched_call> call, const sound_book& book)
      : call_(std::move(call)), book_(book) {}

  void speak(moment now, frame& out) override;
  void hear(moment now, const frame& heard, bool is_audio) override;
  void cleared(moment) override { tags_.forget(); }
  bool hangs_up(moment now) override;

  /// Hangs up when next asked; on the phone's loop.
  void leave() { leaving_ = true; }

 private:
  bool begins_now(moment now) const;
  void note(moment now, const frame_tag& tag);

  std::shared_ptr<watched_call> call_;
  const sound_book& book_;
  tag_reader tags_;
  std::uint32_t frames_ = 0;  // said so far, silence included
  std::uint32_t turn_ = 0;
  std::size_t saying_ = 0;  // frames of the turn, 0 = silent
  std::optional<moment> up_since_;
  std::optional<moment> heard_last_;
  std::optional<moment> said_last_;
  bool unfinished_ = false;  // the agent was cut off within a reply
  bool leaving_ = false;
};

}  // namespace tandem::lab
