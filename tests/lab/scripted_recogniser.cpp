#include "tests/lab/recognition.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <utility>

namespace tandem::lab {

namespace {

using lines_ptr = std::shared_ptr<const std::vector<std::string>>;

class scripted_recognition final : public recognition {
 public:
  scripted_recognition(lines_ptr lines, unsigned rate, post_function post)
      : lines_(std::move(lines)), rate_(rate), post_(std::move(post)) {}

  ~scripted_recognition() override { *open_ = false; }

  bool hear(std::span<const std::int16_t> samples) override {
    constexpr int audible = 256;
    if (std::any_of(samples.begin(), samples.end(), [](int sample) { return std::abs(sample) >= audible; })) {
      if (voice_ == 0) voice_start_ = samples_;
      voice_ += samples.size();
    }
    samples_ += samples.size();
    return true;
  }

  void guess(answer told) override { tell(std::move(told), words(voice_ / (rate_ / 3))); }

  void conclude(answer told) override {
    auto silent = voice_ == 0 || lines_->empty();
    tell(std::move(told), words(silent ? 0 : std::string::npos));
    if (!silent) next_ = (next_ + 1) % lines_->size();
    voice_ = 0;
  }

 private:
  /// The first `count` words of the line that is due, a third of a second each.
  heard words(std::size_t count) const {
    heard out;
    if (lines_->empty()) return out;
    const auto& line = (*lines_)[next_];
    auto at = static_cast<std::uint32_t>(voice_start_ * 1000 / rate_);
    for (std::size_t from = 0, to = 0; out.words.size() < count && to < line.size(); from = to + 1) {
      to = std::min(line.find(' ', from), line.size());
      if (to == from) continue;
      out.words.push_back({line.substr(from, to - from), at, at + 333});
      at += 333;
    }
    for (const auto& word : out.words) (out.text += out.text.empty() ? "" : " ") += word.text;
    return out;
  }

  void tell(answer told, heard what) {
    post_([open = open_, told = std::move(told), what = std::move(what)]() mutable {
      if (*open) told(std::move(what));
    });
  }

  lines_ptr lines_;
  std::uint64_t rate_;
  post_function post_;
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  std::size_t next_ = 0;
  std::uint64_t samples_ = 0;
  std::uint64_t voice_ = 0;
  std::uint64_t voice_start_ = 0;
};

class scripted_recogniser final : public recogniser {
 public:
  explicit scripted_recogniser(std::vector<std::string> lines)
      : lines_(std::make_shared<const std::vector<std::string>>(std::move(lines))) {}

  std::unique_ptr<recognition> open(unsigned rate, post_function post) override {
    return std::make_unique<scripted_recognition>(lines_, rate, std::move(post));
  }

 private:
  lines_ptr lines_;
};

}  // namespace

std::unique_ptr<recogniser> make_scripted_recogniser(std::vector<std::string> lines) {
  return std::make_unique<scripted_recogniser>(std::move(lines));
}

}  // namespace tandem::lab
