#include "protocols/audio/tone_keys.hpp"

#include "protocols/audio/correlation.hpp"

#include <algorithm>
#include <cmath>

// Behind cmath: it makes macros of its names.
#include <spandsp.h>

namespace tandem {
namespace {

// Two presses of one key are further apart than that.
constexpr std::uint64_t shortest_pause_ms = 100;
// -45 dB below full scale, where spandsp's receiver begins to hear.
constexpr float least_energy = 32768.0F * 32768.0F / 31623;
// Where no sample is louder, a block has less.
constexpr int least_peak = 184;
// Correlation of neighbouring samples: between two pure tones of a key it lies within 0.41 and 0.82, with as
// much noise as the receiver bears at 0.3. White noise has 0, most vowels have more.
constexpr float least_colour = 0.3F;
constexpr float most_colour = 0.86F;
// The receiver is certain with its second block; a voice that sounds like a key hardly does so for a third.
constexpr unsigned blocks_to_tell = 2;
constexpr std::size_t blocks_before_certain = 2;

dtmf_rx_state_t* make_receiver() {
  // The first one fills tables that all of them share.
  static const bool tables = [] { return dtmf_rx_free(dtmf_rx_init(nullptr, nullptr, nullptr)) == 0; }();
  static_cast<void>(tables);
  return dtmf_rx_init(nullptr, nullptr, nullptr);
}

}  // namespace

void tone_keys::freed::operator()(dtmf_rx_state_s* state) const { dtmf_rx_free(state); }

tone_keys::tone_keys(std::uint32_t rate) : step_(rate / 8000), receiver_(make_receiver()) {}

std::span<const tone_key> tone_keys::feed(std::uint64_t position, std::span<const std::int16_t> samples) {
  keys_.clear();
  move_to(position);
  if (passes_over(samples)) return keys_;
  while (step_ == 1 && !samples.empty()) {
    const auto some = samples.first(std::min(samples.size(), block - filled_));
    std::copy(some.begin(), some.end(), samples_.begin() + 1 + static_cast<std::ptrdiff_t>(filled_));
    samples = samples.subspan(some.size());
    filled(some.size());
  }
  // Keys' tones lie below 1.7 kHz, where the mean of two samples is down by less than half a dB; what folds
  // down onto them, from above 6.3 kHz, is down by 10 dB and no pair of tones.
  for (const auto sample : samples) {
    if (has_half_) {
      samples_[1 + filled_] = static_cast<std::int16_t>((half_ + sample) / 2);
      filled(1);
    } else {
      half_ = sample;
      ++position_;
    }
    has_half_ = !has_half_;
  }
  return keys_;
}

void tone_keys::move_to(std::uint64_t position) {
  if (position == position_) return;
  const bool is_gap = position > position_ && position - position_ < shortest_pause_ms * 8 * step_;
  position_ = position;
  filled_ = 0;
  is_blank_ = true;
  has_half_ = false;
  if (is_gap) return;
  dtmf_rx_init(receiver_.get(), nullptr, nullptr);
  heard_ = 0;
  sounding_ = 0;
}

/// Samples at 8 kHz that are too quiet for tones, on a line that was quiet before, need not be looked at:
/// most of what a line carries.
bool tone_keys::passes_over(std::span<const std::int16_t> samples) {
  if (step_ != 1) return false;
  const bool quiet = heard_ == 0 && peak_of(samples) < least_peak;
  const bool ends = filled_ + samples.size() >= block;
  if (quiet && is_blank_) {
    position_ += samples.size();
    if (ends) sounding_ = 0;
    filled_ = (filled_ + samples.size()) % block;
    return true;
  }
  if (is_blank_) std::fill_n(samples_.begin(), 1 + filled_, std::int16_t{0});
  // Behind a block that ends here nothing but some of these samples is left.
  is_blank_ = quiet && ends;
  return false;
}

/// So many samples at 8 kHz are there.
void tone_keys::filled(std::size_t samples) {
  filled_ += samples;
  position_ += samples;
  if (filled_ < block) return;
  judge();
  samples_.front() = samples_.back();
  filled_ = 0;
}

void tone_keys::judge() {
  // A receiver that hears nothing stays as it is by a block that cannot be tones.
  if (heard_ == 0 && !may_be_tones()) {
    sounding_ = 0;
    return;
  }
  dtmf_rx(receiver_.get(), samples_.data() + 1, static_cast<int>(block));
  heard_ = dtmf_rx_status(receiver_.get());
  const auto now = heard_ == 'x' ? char{0} : static_cast<char>(heard_);
  if (now != sounding_) lasted_ = 0;
  sounding_ = now;
  if (now == 0 || ++lasted_ != blocks_to_tell) return;
  const auto since = (blocks_before_certain + lasted_ - 1) * block * step_;
  keys_.push_back({now, position_ - std::min<std::uint64_t>(since, position_)});
}

bool tone_keys::may_be_tones() const {
  const auto [energy, product] = correlate(samples_, 1);
  return energy >= least_energy * block && product >= least_colour * energy &&
         product <= most_colour * energy;
}

}  // namespace tandem
