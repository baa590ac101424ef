#include "tests/lab/decoder.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <pocketsphinx.h>
#include <sphinxbase/cmn.h>
#include <sphinxbase/err.h>
#include <sphinxbase/feat.h>
#include <stdexcept>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace tandem::lab {

namespace {

constexpr auto acoustic_model = "/usr/share/pocketsphinx/model/en-us/en-us";
constexpr std::size_t samples_per_ms = 16;

/// Cepstral means of speech on a phone line at 16 kHz; the model's own are of wideband speech, and a
/// session's first words would pay for that (9 of 336 sentences wrong instead of 1).
constexpr std::array<float, 13> phone_line{44.7F, 0.2F,   4.2F, 15.1F, 3.4F, -2.6F, 2.7F,
                                           -1.2F, -11.7F, 8.7F, -5.6F, 8.4F, -1.4F};

/// A file without a name, for a library that only reads files.
class memory_file {
 public:
  memory_file(const char* name, std::string_view content) : descriptor_(memfd_create(name, MFD_CLOEXEC)) {
    while (descriptor_ >= 0 && !content.empty()) {
      auto written = write(descriptor_, content.data(), content.size());
      if (written <= 0) throw std::runtime_error("cannot write a file in memory");
      content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (descriptor_ < 0) throw std::runtime_error("cannot make a file in memory");
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
  }
  ~memory_file() { close(descriptor_); }
  memory_file(const memory_file&) = delete;

  const std::string& path() const { return path_; }

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace

struct decoder::engine {
  cmd_ln_t* config = nullptr;
  ps_decoder_t* sphinx = nullptr;
  bool hearing = false;
  std::uint64_t heard_samples = 0;
  /// Per frame that the search has seen in this segment, when it ended in the stream: pocketsphinx leaves
  /// pauses out and counts on.
  std::vector<std::uint32_t> frame_ends_ms;

  void note_frames() {
    auto frames = static_cast<std::size_t>(std::max(0, ps_get_n_frames(sphinx)));
    auto now = static_cast<std::uint32_t>(heard_samples / samples_per_ms);
    auto fresh = frames - std::min(frames, frame_ends_ms.size());
    // The frames before speech was sure of itself come all at once, the newest being now.
    while (fresh > 0) frame_ends_ms.push_back(now - std::min(now, static_cast<std::uint32_t>(--fresh) * 10));
  }

  ~engine() {
    if (hearing) ps_end_utt(sphinx);
    if (sphinx) ps_free(sphinx);
    if (config) cmd_ln_free_r(config);
  }
};

decoder::decoder(const language& spoken) : engine_(std::make_unique<engine>()) {
  err_set_logfp(nullptr);
  memory_file model("language-model", spoken.model);
  memory_file words("dictionary", spoken.dictionary);
  std::vector<std::pair<std::string, std::string>> options{
      {"-hmm", acoustic_model},
      {"-lm", model.path()},
      {"-dict", words.path()},
      // Phone speech is clean or noisy throughout; the spectral subtraction then costs words (8 of 168).
      {"-remove_noise", "no"},
      // The lattice search prefers the phrases' own order to what was said, and is slower.
      {"-bestpath", "no"}};
  std::vector<char*> arguments;
  std::string program = "decoder";
  arguments.push_back(program.data());
  for (auto& [name, value] : options) {
    arguments.push_back(name.data());
    arguments.push_back(value.data());
  }
  engine_->config =
      cmd_ln_parse_r(nullptr, ps_args(), static_cast<int>(arguments.size()), arguments.data(), TRUE);
  if (engine_->config) engine_->sphinx = ps_init(engine_->config);
  if (!engine_->sphinx)
    throw std::runtime_error(std::string("pocketsphinx does not start; is ") + acoustic_model +
                             " installed (package pocketsphinx-en-us)?");
  restart();
}

decoder::~decoder() = default;

void decoder::restart() {
  if (engine_->hearing) ps_end_utt(engine_->sphinx);
  engine_->hearing = false;
  engine_->heard_samples = 0;
  std::array<mfcc_t, phone_line.size()> means{};
  std::transform(phone_line.begin(), phone_line.end(), means.begin(),
                 [](float mean) { return FLOAT2MFCC(mean); });
  cmn_live_set(ps_get_feat(engine_->sphinx)->cmn_struct, means.data());
  ps_start_stream(engine_->sphinx);
}

void decoder::hear(std::span<const std::int16_t> samples) {
  if (samples.empty()) return;
  if (!engine_->hearing) {
    engine_->hearing = ps_start_utt(engine_->sphinx) == 0;
    engine_->frame_ends_ms.clear();
  }
  constexpr std::size_t step = 10 * samples_per_ms;
  for (; !samples.empty(); samples = samples.subspan(std::min(step, samples.size()))) {
    auto part = samples.first(std::min(step, samples.size()));
    ps_process_raw(engine_->sphinx, part.data(), part.size(), FALSE, FALSE);
    engine_->heard_samples += part.size();
    engine_->note_frames();
  }
}

std::vector<heard_word> decoder::guess() { return engine_->hearing ? words() : std::vector<heard_word>{}; }

std::vector<heard_word> decoder::conclude() {
  if (!engine_->hearing) return {};
  ps_end_utt(engine_->sphinx);
  engine_->hearing = false;
  engine_->note_frames();
  return words();
}

std::vector<heard_word> decoder::words() {
  std::vector<heard_word> out;
  std::optional<int> base;
  auto time = [this](int frame) {
    const auto& ends = engine_->frame_ends_ms;
    if (ends.empty()) return 0U;
    return ends[std::min(ends.size() - 1, static_cast<std::size_t>(std::max(0, frame)))];
  };
  for (auto* at = ps_seg_iter(engine_->sphinx); at; at = ps_seg_next(at)) {
    int first = 0;
    int last = 0;
    ps_seg_frames(at, &first, &last);
    if (!base) base = first;
    std::string word = ps_seg_word(at);
    if (word.starts_with('<') || word.starts_with('[')) continue;
    word.erase(std::min(word.find('('), word.size()));
    auto end = time(last - *base);
    out.push_back({std::move(word), std::min(time(first - *base), end), end});
  }
  return out;
}

}  // namespace tandem::lab
