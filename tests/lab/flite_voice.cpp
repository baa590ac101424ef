#include "tests/lab/rate.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>

extern "C" {
#include <flite/flite.h>
cst_voice* register_cmu_us_awb(const char* directory);
cst_voice* register_cmu_us_kal16(const char* directory);
cst_voice* register_cmu_us_rms(const char* directory);
cst_voice* register_cmu_us_slt(const char* directory);
}

namespace tandem::lab {

namespace {

/// Where the sound of a token of the text begins and ends.
struct token_time {
  std::size_t from = 0;
  std::size_t to = 0;
  float start = 0;
  float end = 0;
};

/// flite counts references to voice data without atomics, in data that all voices share.
std::mutex& flite_mutex() {
  static std::mutex mutex;
  return mutex;
}

/// The tokens of an utterance that are found again, in order, in the text.
std::vector<token_time> token_times(const cst_utterance* said, std::string_view text) {
  std::vector<token_time> times;
  std::size_t cursor = 0;
  for (auto* token = relation_head(utt_relation(said, "Token")); token; token = item_next(token)) {
    auto* first = item_daughter(token);
    auto* last = item_last_daughter(token);
    std::string_view name = item_feat_string(token, "name");
    auto at = text.find(name, cursor);
    if (!first || !last || name.empty() || at == text.npos) continue;
    cursor = at + name.size();
    auto start = ffeature_float(first, "R:SylStructure.daughter1.daughter1.R:Segment.p.end");
    auto end = ffeature_float(last, "R:SylStructure.daughtern.daughtern.R:Segment.end");
    if (end > start) times.push_back({at, cursor, start, end});
  }
  return times;
}

/// Each character of a token gets an equal part of its time; what stands between tokens, the pause between.
std::vector<spoken_character> align(std::string_view text, const std::vector<token_time>& tokens,
                                    float total) {
  std::vector<spoken_character> out;
  std::size_t next = 0;
  for (auto character : characters_of(text)) {
    auto offset = static_cast<std::size_t>(character.data() - text.data());
    while (next < tokens.size() && tokens[next].to <= offset) ++next;
    token_time span{0, text.size(), 0, total};
    if (next < tokens.size() && tokens[next].from <= offset) {
      span = tokens[next];
    } else {
      if (next > 0) span.from = tokens[next - 1].to, span.start = tokens[next - 1].end;
      if (next < tokens.size()) span.to = tokens[next].from, span.end = tokens[next].start;
    }
    auto place = [&](std::size_t byte) {
      auto part = static_cast<float>(byte - span.from) / static_cast<float>(span.to - span.from);
      return static_cast<std::uint32_t>(std::lround((span.start + part * (span.end - span.start)) * 1000));
    };
    auto start = place(offset);
    auto end = place(std::min(offset + character.size(), span.to));
    out.push_back({std::string{character}, start, end > start ? end - start : 0});
  }
  return out;
}

class flite_voice final : public voice {
 public:
  flite_voice(cst_voice* voice, float slowness) : voice_(voice), slowness_(slowness) {}

  speech speak(std::string_view sentence, unsigned rate) override {
    speech out;
    out.rate = rate;
    std::string text{sentence};
    std::lock_guard lock(flite_mutex());
    feat_set_float(voice_->features, "duration_stretch", slowness_);
    std::unique_ptr<cst_utterance, decltype(&delete_utterance)> said(flite_synth_text(text.c_str(), voice_),
                                                                     delete_utterance);
    const auto* wave = said ? utt_wave(said.get()) : nullptr;
    auto tokens = wave ? token_times(said.get(), text) : std::vector<token_time>{};
    // A text of blanks and marks alone makes no sound, but its characters still count.
    if (tokens.empty()) {
      for (auto character : characters_of(text)) out.characters.push_back({std::string{character}, 0, 0});
      return out;
    }
    std::vector<std::int16_t> samples(wave->samples, wave->samples + wave->num_samples);
    auto lead = trim_lead(samples, wave->sample_rate, tokens.front().start);
    for (auto& token : tokens) token.start -= lead, token.end -= lead;
    auto total = static_cast<float>(samples.size()) / static_cast<float>(wave->sample_rate);
    tokens.back().end = std::min(tokens.back().end, total);
    out.characters = align(text, tokens, total);
    out.samples = rate == 8000 ? halve_rate(samples) : std::move(samples);
    normalise_level(out.samples);
    return out;
  }

 private:
  /// Voices begin with up to a quarter of a second of pause, which a caller would only wait for.
  static float trim_lead(std::vector<std::int16_t>& samples, int rate, float first_sound) {
    constexpr float kept = 0.05F;
    auto cut = std::max(0.0F, first_sound - kept);
    samples.erase(samples.begin(),
                  samples.begin() + static_cast<std::ptrdiff_t>(cut * static_cast<float>(rate)));
    return cut;
  }

  cst_voice* voice_;
  float slowness_;
};

}  // namespace

std::unique_ptr<voice> make_flite_voice(std::string_view name, float slowness) {
  static constexpr std::array<std::pair<std::string_view, cst_voice* (*)(const char*)>, 4> voices{
      {{"awb", register_cmu_us_awb},
       {"kal16", register_cmu_us_kal16},
       {"rms", register_cmu_us_rms},
       {"slt", register_cmu_us_slt}}};
  for (const auto& [known, make] : voices) {
    if (known != name) continue;
    std::lock_guard lock(flite_mutex());
    flite_init();
    return std::make_unique<flite_voice>(make(nullptr), slowness);
  }
  return nullptr;
}

}  // namespace tandem::lab
