#pragma once

#include "protocols/audio/g711.hpp"
#include "tests/lab/recognition.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tandem::test {

/// Spoken words that can be told from each other sample by sample.
class known_words {
 public:
  explicit known_words(std::size_t count) {
    static constexpr const char* names[] = {"alpha", "bravo", "charlie", "delta",  "echo", "foxtrot",
                                            "golf",  "hotel", "india",   "juliet", "kilo", "lima",
                                            "mike",  "oscar", "papa",    "romeo"};
    auto voice = lab::make_flite_voice("slt");
    for (std::size_t i = 0; i < std::min(count, std::size(names)); ++i) {
      auto samples = voice->speak(names[i], 8000).samples;
      // Without the silence around it, where a commit may come.
      const auto loud = [](int sample) { return std::abs(sample) > 500; };
      samples.erase(samples.begin(), std::find_if(samples.begin(), samples.end(), loud));
      samples.erase(std::find_if(samples.rbegin(), samples.rend(), loud).base(), samples.end());
      std::vector<std::uint8_t> ulaw(samples.size());
      g711::encode_ulaw(samples, ulaw);
      std::vector<std::int16_t> heard(ulaw.size());
      g711::decode_ulaw(ulaw, heard);
      index_.emplace(key(heard), names_.size());
      names_.emplace_back(names[i]);
      ulaw_.push_back(std::move(ulaw));
      heard_.push_back(std::move(heard));
    }
  }

  /// All, in order.
  std::string all() const {
    std::string text;
    for (const auto& name : names_) text.append(text.empty() ? "" : " ").append(name);
    return text;
  }
  const std::vector<std::uint8_t>& ulaw(std::size_t index) const { return ulaw_[index]; }

  /// The words that stand in `samples` whole, in order.
  std::string found(std::span<const std::int16_t> samples) const {
    std::string text;
    for (; samples.size() >= 4; samples = samples.subspan(1)) {
      const auto [from, to] = index_.equal_range(key(samples));
      for (auto each = from; each != to; ++each) {
        const auto& word = heard_[each->second];
        if (samples.size() < word.size() || !std::equal(word.begin(), word.end(), samples.begin())) continue;
        text += (text.empty() ? "" : " ") + names_[each->second];
        break;
      }
    }
    return text;
  }

 private:
  static std::uint64_t key(std::span<const std::int16_t> samples) {
    std::uint64_t value = 0;
    std::memcpy(&value, samples.data(), sizeof value);
    return value;
  }

  std::vector<std::string> names_;
  std::vector<std::vector<std::uint8_t>> ulaw_;
  std::vector<std::vector<std::int16_t>> heard_;
  std::unordered_multimap<std::uint64_t, std::size_t> index_;
};

/// Hears the known words, each only when every sample of it is there.
class word_recogniser final : public lab::recogniser {
 public:
  explicit word_recogniser(const known_words& words) : words_(words) {}

  std::unique_ptr<lab::recognition> open(unsigned, lab::post_function post) override {
    return std::make_unique<stream>(words_, std::move(post));
  }

 private:
  class stream final : public lab::recognition {
   public:
    stream(const known_words& words, lab::post_function post) : words_(words), post_(std::move(post)) {}
    ~stream() override { *open_ = false; }

    bool hear(std::span<const std::int16_t> samples) override {
      samples_.insert(samples_.end(), samples.begin(), samples.end());
      return true;
    }
    void guess(answer told) override { tell(std::move(told)); }
    void conclude(answer told) override {
      tell(std::move(told));
      samples_.clear();
    }

   private:
    void tell(answer told) {
      post_([open = open_, told = std::move(told), text = words_.found(samples_)] {
        if (*open) told({text, {}});
      });
    }

    const known_words& words_;
    lab::post_function post_;
    std::vector<std::int16_t> samples_;
    std::shared_ptr<bool> open_ = std::make_shared<bool>(true);
  };

  const known_words& words_;
};

}  // namespace tandem::test
