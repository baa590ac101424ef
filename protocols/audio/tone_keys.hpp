#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

struct dtmf_rx_state_s;

namespace tandem {

/// A key whose two tones were heard.
struct tone_key {
  char key = 0;                ///< 0 to 9, *, # or A to D
  std::uint64_t position = 0;  ///< where the tones began, in samples; true to 13 ms
};

/// Hears the keys of a telephone (DTMF) in its audio, each once however long it is held down.
class tone_keys {
 public:
  /// Samples per second: 8000 or 16000.
  explicit tone_keys(std::uint32_t rate = 8000);

  /// Takes audio of any length whose first sample has this position; the keys that were heard, in order,
  /// good until the next call. A hole in the positions that is shorter than the pause between two presses
  /// does not end a key.
  std::span<const tone_key> feed(std::uint64_t position, std::span<const std::int16_t> samples);

  /// Whether a key sounds at the end of what was heard.
  bool is_sounding() const { return sounding_ != 0; }

 private:
  /// What is judged at once, by spandsp's receiver too: 12.75 ms at 8 kHz.
  static constexpr std::size_t block = 102;

  struct freed {
    void operator()(dtmf_rx_state_s* state) const;
  };

  void move_to(std::uint64_t position);
  bool passes_over(std::span<const std::int16_t> samples);
  void filled(std::size_t samples);
  void judge();
  bool may_be_tones() const;

  std::size_t step_;  // samples of the line for one at 8 kHz
  std::uint64_t position_ = 0;
  std::size_t filled_ = 0;
  bool is_blank_ = true;  // what is filled is too quiet for tones and has not been written down
  bool has_half_ = false;
  std::int16_t half_ = 0;  // the first of two samples that become one
  char sounding_ = 0;
  int heard_ = 0;  // what the receiver said last; 0 = it hears nothing
  std::vector<tone_key> keys_;
  std::unique_ptr<dtmf_rx_state_s, freed> receiver_;
  unsigned lasted_ = 0;                            // blocks that it was certain in
  std::array<std::int16_t, 1 + block> samples_{};  // the block behind the last sample of the one before
};

}  // namespace tandem
