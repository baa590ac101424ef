#include "tests/system/interruptions/tagged_ears.hpp"

#include "protocols/audio/g711.hpp"
#include "tests/lab/load/call_plan.hpp"
#include "tests/lab/playout_queue.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::test {

namespace {

constexpr std::uint32_t sentences = 3;
constexpr std::uint32_t letters = 26;
/// Of the text, as long as it is not concluded: some words, the last one perhaps cut.
constexpr std::size_t guessed = 12;

class tagged_stream final : public lab::recognition {
 public:
  tagged_stream(std::uint64_t seed, lab::post_function post) : seed_(seed), post_(std::move(post)) {}
  ~tagged_stream() override { *open_ = false; }

  bool hear(std::span<const std::int16_t> samples) override {
    const auto before = waiting_.size();
    waiting_.resize(before + samples.size());
    g711::encode_ulaw(samples, std::span(waiting_).subspan(before));
    std::size_t at = 0;
    while (waiting_.size() - at >= lab::frame_bytes) {
      const auto tag = lab::read_tag(std::span(waiting_).subspan(at));
      at += tag ? lab::frame_bytes : 1;
      if (tag) note(*tag);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    return true;
  }

  void guess(answer told) override {
    const auto text = frames_ >= (late_ ? late_frames : 1) ? words() : std::string();
    tell(std::move(told), text.substr(0, guessed));
  }

  void conclude(answer told) override {
    tell(std::move(told), words());
    told_ = number_;
  }

 private:
  void note(const lab::frame_tag& tag) {
    const std::uint32_t number = tag.sound & ~known_late;
    if (number != number_) frames_ = 0;
    call_ = tag.call;
    number_ = number;
    late_ = (tag.sound & known_late) != 0;
    ++frames_;
  }

  /// Of what was not concluded before.
  std::string words() const { return number_ == told_ ? std::string() : saying(seed_, call_, number_); }

  void tell(answer told, std::string text) {
    post_([open = open_, told = std::move(told), text = std::move(text)] {
      if (*open) told({text, {}});
    });
  }

  std::uint64_t seed_;
  lab::post_function post_;
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  std::vector<std::uint8_t> waiting_;
  std::uint32_t call_ = 0;
  std::uint32_t number_ = 0;  // of the saying, from 1
  std::uint32_t told_ = 0;
  std::uint32_t frames_ = 0;
  bool late_ = false;
};

class tagged_ears final : public lab::recogniser {
 public:
  explicit tagged_ears(std::uint64_t seed) : seed_(seed) {}
  std::unique_ptr<lab::recognition> open(unsigned, lab::post_function post) override {
    return std::make_unique<tagged_stream>(seed_, std::move(post));
  }

 private:
  std::uint64_t seed_;
};

}  // namespace

std::string saying(std::uint64_t seed, std::uint32_t call, std::uint32_t n) {
  static constexpr std::array<std::string_view, 12> words{
      "a", "be", "see", "that", "table", "window", "evening", "reserved", "o'clock,", "it's", "on", "I"};
  const auto draw = lab::scatter(seed, call);
  std::string text;
  for (std::uint32_t s = 0; s < sentences; ++s) {
    auto random = lab::scatter(draw, n * sentences + s);
    if (!text.empty()) text += ' ';
    text += static_cast<char>('A' + (n * sentences + s) % letters);
    text += words[random % words.size()];
    for (auto more = 4 + random / 16 % 8; more != 0; --more) {
      random = lab::scatter(random, more);
      text += ' ';
      text += words[random % words.size()];
    }
    text += '.';
  }
  return text;
}

std::shared_ptr<lab::recogniser> make_tagged_ears(std::uint64_t seed) {
  return std::make_shared<tagged_ears>(seed);
}

}  // namespace tandem::test
