#include "protocols/audio/voice_activity.hpp"

#include "protocols/audio/correlation.hpp"
#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace tandem {
namespace {

// Where the floor begins: over the comfort noise that carriers make, so that it is no voice from the start;
// each band has half of it.
constexpr float initial_floor_dbfs = -34;
constexpr float initial_band_dbfs = -37;
constexpr float hysteresis_db = 2.5F;
// Correlation of neighbouring samples at 8 kHz: near 0 for white noise, 0.5 to 0.95 for voiced speech on a
// telephone.
constexpr float voice_colour = 0.3F;
// Louder than this it is voice whatever its colour, until it proves steady.
constexpr float loud_dbfs = -28;
// 20 ms of white noise vary by half a dB, those of speech by many.
constexpr float steady_db = 3;
// Two frames of a tone that goes on are as loud and as coloured as each other, but for its phase.
constexpr std::size_t tone_frames = 2;
constexpr float tone_db = 0.15F;
constexpr float tone_colour = 0.005F;
// What is so far above the noise is not asked about: it is hardly noise, and a model that hears little else
// than a quiet voice comes to take it for noise.
constexpr float certain_db = 8;
// A voice goes on for so long behind the last frame that sounded like speech.
constexpr std::uint32_t patience_ms = 100;
// How quickly noise is learned: from what is no voice, and from what is quiet in a voice.
constexpr float quick = 0.03F;
constexpr float slow = 0.02F;
constexpr float quiet_db = 8;

float dbfs_of(float energy, std::size_t samples) {
  constexpr float full_scale = 32768.0F * 32768.0F;
  if (energy <= 0) return noise_level::quietest_dbfs;
  return std::max(10 * std::log10(energy / (full_scale * static_cast<float>(samples))),
                  noise_level::quietest_dbfs);
}

void fault(std::string& faults, std::string_view name, const std::string& value, const std::string& allowed) {
  faults += faults.empty() ? "" : "; ";
  faults += name;
  faults += " is " + value + ", allowed is " + allowed;
}

void check(std::string& faults, std::string_view name, double value, double least, double most) {
  if (value >= least && value <= most) return;
  fault(faults, name, std::to_string(value), std::to_string(least) + " to " + std::to_string(most));
}

}  // namespace

std::string voice_activity_settings::validate() const {
  std::string faults;
  if (!speech_model::takes_rate(rate))
    fault(faults, "rate", std::to_string(rate), "8000, 16000, 32000 or 48000");
  if (!speech_model::takes_frame(frame_ms))
    fault(faults, "frame_ms", std::to_string(frame_ms), "10, 20 or 30");
  check(faults, "onset_ms", onset_ms, frame_ms, 1000);
  check(faults, "release_ms", release_ms, frame_ms, 2000);
  check(faults, "margin_db", margin_db, 3, 30);
  check(faults, "least_dbfs", least_dbfs, -70, -20);
  return faults;
}

voice_activity::voice_activity(const voice_activity_settings& settings)
    : settings_(settings),
      lag_(settings.rate / 8000),
      frame_(std::size_t{settings.rate} * settings.frame_ms / 1000),
      onset_(std::uint64_t{settings.rate} * settings.onset_ms / 1000),
      release_(std::uint64_t{settings.rate} * settings.release_ms / 1000),
      noise_(initial_floor_dbfs),
      low_noise_(initial_band_dbfs),
      high_noise_(initial_band_dbfs),
      model_(settings.rate) {}

std::span<const voice_change> voice_activity::feed(std::uint64_t position,
                                                   std::span<const std::int16_t> samples) {
  changes_.clear();
  move_to(position);
  while (!samples.empty()) {
    const auto some = samples.first(std::min(samples.size(), frame_ - filled_));
    take(some.size(), [some](std::int16_t* into) { std::copy(some.begin(), some.end(), into); });
    samples = samples.subspan(some.size());
  }
  return changes_;
}

std::span<const voice_change> voice_activity::feed_ulaw(std::uint64_t position,
                                                        std::span<const std::uint8_t> bytes) {
  changes_.clear();
  move_to(position);
  while (!bytes.empty()) {
    const auto some = bytes.first(std::min(bytes.size(), frame_ - filled_));
    take(some.size(), [some](std::int16_t* into) { g711::decode_ulaw(some, {into, some.size()}); });
    bytes = bytes.subspan(some.size());
  }
  return changes_;
}

void voice_activity::move_to(std::uint64_t position) {
  if (position == position_) return;
  // A frame across the hole would be of two places.
  filled_ = 0;
  onset_begin_.reset();
  if (position < voice_end_) voice_end_ = position;
  position_ = position;
}

/// Takes what `fill` writes, at most what the frame lacks. A frame that comes whole is judged on the stack,
/// which all calls share, and caches keep.
template <class Fill>
void voice_activity::take(std::size_t samples, Fill&& fill) {
  position_ += samples;
  if (samples != frame_) {
    part_.resize(frame_);
    fill(part_.data() + filled_);
    filled_ += samples;
    if (filled_ < frame_) return;
    filled_ = 0;
  }
  std::array<std::int16_t, most_lag + most_frame> heard;  // NOLINT: written below as far as it is read
  auto* const begin = heard.data() + lag_;
  std::copy_n(before_.begin(), lag_, heard.begin());
  samples == frame_ ? fill(begin) : void(std::copy(part_.begin(), part_.end(), begin));
  std::copy_n(begin + frame_ - lag_, lag_, before_.begin());
  judge(std::span(heard).first(lag_ + frame_));
}

/// Of a frame behind the last samples of the one before.
void voice_activity::judge(std::span<const std::int16_t> samples) {
  if (disregards_) return on_silence();
  const auto heard = measure(samples);
  noise_.add(heard.dbfs);
  low_noise_.add(heard.low);
  high_noise_.add(heard.high);
  if (is_steady(heard)) {
    noise_.set(heard.dbfs);
    low_noise_.set(heard.low);
    high_noise_.set(heard.high);
  }
  if (is_tone(heard)) return on_silence();
  const bool above = is_above(heard, 0);
  const bool voice = is_voice(samples, heard, above);
  if (speaking_ && above) {
    learn_quiet(heard);
  } else if (!voice && !onset_begin_) {
    low_noise_.learn(heard.low, quick);
    high_noise_.learn(heard.high, quick);
  }
  voice ? on_voice(position_ - frame_) : on_silence();
}

voice_activity::frame voice_activity::measure(std::span<const std::int16_t> samples) const {
  const auto [energy, product] = correlate(samples, lag_);
  if (energy == 0) {
    constexpr float nothing = noise_level::quietest_dbfs;
    return {nothing, nothing, nothing, 0};
  }
  // Half the energy of a sample's sum with its neighbour, and of its difference from it.
  return {dbfs_of(energy, frame_), dbfs_of((energy + product) / 2, frame_),
          dbfs_of((energy - product) / 2, frame_), product / energy};
}

/// Whether the frames up to this one are the noise of a generator rather than a voice.
bool voice_activity::is_steady(const frame& heard) {
  if (heard.colour >= voice_colour) {
    uncoloured_ = 0;
    return false;
  }
  recent_[uncoloured_ % steady_frames] = heard.dbfs;
  if (++uncoloured_ < steady_frames) return false;
  const auto [low, high] = std::minmax_element(recent_.begin(), recent_.end());
  return *high - *low < steady_db;
}

/// Whether the frames up to this one are a tone, as of a line that rings, rather than a voice.
bool voice_activity::is_tone(const frame& heard) {
  const bool same =
      std::abs(heard.dbfs - tone_.dbfs) < tone_db && std::abs(heard.colour - tone_.colour) < tone_colour;
  if (!same) {
    tone_ = heard;
    alike_ = 0;
  }
  return ++alike_ >= tone_frames && heard.dbfs > noise_level::quietest_dbfs;
}

bool voice_activity::is_above(const frame& heard, float more_db) const {
  const float lower = speaking_ ? hysteresis_db : 0;
  const auto passes = [&](float dbfs, const noise_level& noise) {
    return dbfs >= noise.gate(settings_.margin_db) - lower + more_db;
  };
  return heard.dbfs >= settings_.least_dbfs - lower &&
         (passes(heard.low, low_noise_) || passes(heard.high, high_noise_));
}

bool voice_activity::is_voice(std::span<const std::int16_t> samples, const frame& heard, bool above) {
  ++unlike_speech_;
  if (!above) return false;
  if (is_above(heard, certain_db) || model_.is_speech(samples.subspan(lag_))) unlike_speech_ = 0;
  if (speaking_) return unlike_speech_ * settings_.frame_ms <= patience_ms;
  return unlike_speech_ == 0 && (heard.colour >= voice_colour || heard.dbfs >= loud_dbfs);
}

/// Noise that passed for a voice hardly rises above its floor, and is found out by it.
void voice_activity::learn_quiet(const frame& heard) {
  if (heard.low < low_noise_.floor() + quiet_db) low_noise_.learn(heard.low, slow);
  if (heard.high < high_noise_.floor() + quiet_db) high_noise_.learn(heard.high, slow);
}

void voice_activity::on_voice(std::uint64_t begin) {
  voice_end_ = position_;
  if (speaking_) return;
  if (!onset_begin_) onset_begin_ = begin;
  if (position_ - *onset_begin_ < onset_) return;
  speaking_ = true;
  changes_.push_back({voice_change::kind::started, *onset_begin_, position_});
}

void voice_activity::on_silence() {
  onset_begin_.reset();
  if (!speaking_ || position_ - voice_end_ < release_) return;
  speaking_ = false;
  changes_.push_back({voice_change::kind::ended, voice_end_, position_});
}

}  // namespace tandem
