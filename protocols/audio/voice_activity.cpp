#include "protocols/audio/voice_activity.hpp"

#include "protocols/audio/g711.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tandem {
namespace {

constexpr float quietest_dbfs = -70;
// Where the floor begins: over the comfort noise that carriers make, so that it is no voice from the start.
constexpr float initial_floor_dbfs = -34;
constexpr float loudest_floor_dbfs = -15;
constexpr float hysteresis_db = 2.5F;
// Correlation of neighbouring samples: near 0 for white noise, 0.5 to 0.95 for voiced speech on a telephone.
constexpr float voice_colour = 0.3F;
// Louder than this it is voice whatever its colour, until it proves steady.
constexpr float loud_dbfs = -28;
// 20 ms of white noise vary by half a dB, those of speech by many.
constexpr float steady_db = 3;
constexpr std::size_t piece = 80;  // samples decoded at once
constexpr std::size_t lanes = 8;   // summed side by side, so that a compiler can do them at once

float dbfs_of(float energy, std::size_t samples) {
  constexpr float full_scale = 32768.0F * 32768.0F;
  if (energy == 0) return quietest_dbfs;
  return std::max(10 * std::log10(energy / (full_scale * static_cast<float>(samples))), quietest_dbfs);
}

struct sums {
  float energy = 0;   // of squares
  float product = 0;  // of neighbours
};

sums sums_of(std::span<const std::int16_t> samples, std::int16_t before) {
  std::array<float, lanes> energy{};
  std::array<float, lanes> product{};
  const auto take = [&](std::size_t lane, float sample, float former) {
    energy[lane] += sample * sample;
    product[lane] += sample * former;
  };
  take(0, samples[0], before);
  std::size_t i = 1;
  for (; i + lanes <= samples.size(); i += lanes) {
    for (std::size_t lane = 0; lane < lanes; ++lane) take(lane, samples[i + lane], samples[i + lane - 1]);
  }
  for (; i < samples.size(); ++i) take(0, samples[i], samples[i - 1]);
  return {std::accumulate(energy.begin(), energy.end(), 0.0F),
          std::accumulate(product.begin(), product.end(), 0.0F)};
}

void check(std::string& faults, std::string_view name, double value, double least, double most) {
  if (value >= least && value <= most) return;
  faults += faults.empty() ? "" : "; ";
  faults += name;
  faults += " is " + std::to_string(value) + ", allowed is " + std::to_string(least) + " to " +
            std::to_string(most);
}

}  // namespace

std::string voice_activity_settings::validate() const {
  std::string faults;
  check(faults, "rate", rate, 8000, 48000);
  check(faults, "frame_ms", frame_ms, 10, 40);
  check(faults, "onset_ms", onset_ms, frame_ms, 1000);
  check(faults, "release_ms", release_ms, frame_ms, 2000);
  check(faults, "margin_db", margin_db, 3, 30);
  check(faults, "least_dbfs", least_dbfs, -70, -20);
  return faults;
}

void noise_floor::add(float dbfs) {
  second_lowest_ = std::min(second_lowest_, std::max(lowest_, dbfs));
  lowest_ = std::min(lowest_, dbfs);
  if (++frames_ < frames_in_block) return;
  levels_[block_] = second_lowest_;
  block_ = (block_ + 1) % blocks;
  frames_ = 0;
  lowest_ = second_lowest_ = loudest_floor_dbfs;
  auto ordered = levels_;
  std::nth_element(ordered.begin(), ordered.begin() + 1, ordered.end());
  dbfs_ = ordered[1];
}

void noise_floor::set(float dbfs) {
  dbfs_ = std::min(dbfs, loudest_floor_dbfs);
  levels_.fill(dbfs_);
  lowest_ = second_lowest_ = dbfs_;
}

voice_activity::voice_activity(const voice_activity_settings& settings)
    : settings_(settings),
      frame_(std::max<std::size_t>(std::size_t{settings.rate} * settings.frame_ms / 1000, 1)),
      onset_(std::uint64_t{settings.rate} * settings.onset_ms / 1000),
      release_(std::uint64_t{settings.rate} * settings.release_ms / 1000),
      noise_(initial_floor_dbfs) {}

std::span<const voice_change> voice_activity::feed(std::uint64_t position,
                                                   std::span<const std::int16_t> samples) {
  changes_.clear();
  move_to(position);
  add(samples);
  return changes_;
}

std::span<const voice_change> voice_activity::feed_ulaw(std::uint64_t position,
                                                        std::span<const std::uint8_t> bytes) {
  changes_.clear();
  move_to(position);
  std::array<std::int16_t, piece> samples;
  while (!bytes.empty()) {
    const auto some = bytes.first(std::min(bytes.size(), samples.size()));
    g711::decode_ulaw(some, samples);
    add(std::span(samples).first(some.size()));
    bytes = bytes.subspan(some.size());
  }
  return changes_;
}

void voice_activity::move_to(std::uint64_t position) {
  if (position == position_) return;
  // A frame across the hole would be of two places.
  filled_ = 0;
  energy_ = 0;
  product_ = 0;
  onset_begin_.reset();
  if (position < voice_end_) voice_end_ = position;
  position_ = position;
}

void voice_activity::add(std::span<const std::int16_t> samples) {
  while (!samples.empty()) {
    const auto some = samples.first(std::min(samples.size(), frame_ - filled_));
    const auto [energy, product] = sums_of(some, last_sample_);
    energy_ += energy;
    product_ += product;
    last_sample_ = some.back();
    filled_ += some.size();
    position_ += some.size();
    samples = samples.subspan(some.size());
    if (filled_ == frame_) judge();
  }
}

void voice_activity::judge() {
  const float dbfs = dbfs_of(energy_, frame_);
  const float colour = energy_ == 0 ? 0 : product_ / energy_;
  filled_ = 0;
  energy_ = 0;
  product_ = 0;
  noise_.add(dbfs);
  if (is_steady(dbfs, colour)) noise_.set(dbfs);
  if (is_voice(dbfs, colour)) {
    on_voice(position_ - frame_);
  } else {
    on_silence();
  }
}

/// Whether the frames up to this one are the noise of a generator rather than a voice.
bool voice_activity::is_steady(float dbfs, float colour) {
  if (colour >= voice_colour) {
    uncoloured_ = 0;
    return false;
  }
  recent_[uncoloured_ % steady_frames] = dbfs;
  if (++uncoloured_ < steady_frames) return false;
  const auto [low, high] = std::minmax_element(recent_.begin(), recent_.end());
  return *high - *low < steady_db;
}

bool voice_activity::is_voice(float dbfs, float colour) const {
  const float above_noise = noise_.dbfs() + settings_.margin_db;
  if (speaking_) return dbfs >= std::max(above_noise, settings_.least_dbfs) - hysteresis_db;
  return dbfs >= std::max(above_noise, settings_.least_dbfs) && (colour >= voice_colour || dbfs >= loud_dbfs);
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
