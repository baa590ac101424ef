#pragma once

#include "protocols/audio/g711.hpp"
#include "protocols/json.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/word_recogniser.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace tandem::test {

/// A caller who says four words every eight seconds, or as seldom as told, whatever the agent does, and
/// leaves after the last reply.
class steady_caller final : public lab::person {
 public:
  static constexpr std::size_t utterances = 4;
  static constexpr std::size_t words_each = 4;
  static constexpr std::size_t words_said = utterances * words_each;
  static constexpr std::chrono::seconds usual_pause{8};

  explicit steady_caller(const known_words& words, std::chrono::seconds pause = usual_pause)
      : words_(words), frames_between_(static_cast<std::size_t>(pause / std::chrono::milliseconds(20))) {}

  void speak(moment, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    const auto frame = frames_++;
    if (frame < 25) return;
    const auto which = (frame - 25) / frames_between_;
    if (which >= utterances) return;
    const auto& all = said(which);
    const auto at = (frame - 25) % frames_between_ * out.size();
    if (at >= all.size()) return;
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), std::min(out.size(), all.size() - at),
                out.begin());
  }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return frames_ >= utterances * frames_between_ + 500; }

 private:
  const std::vector<std::uint8_t>& said(std::size_t which) {
    while (said_.size() <= which) {
      auto& all = said_.emplace_back();
      for (std::size_t i = 0; i < words_each; ++i) {
        const auto& word = words_.ulaw((said_.size() - 1) * words_each + i);
        all.insert(all.end(), word.begin(), word.end());
      }
    }
    return said_[which];
  }

  const known_words& words_;
  std::size_t frames_between_;
  std::size_t frames_ = 0;
  std::vector<std::vector<std::uint8_t>> said_;
};

/// What the caller said, going by a call's transcript.
inline std::string caller_words(lab::engine_view& view, const std::string& id) {
  auto text = view.get("/v1/calls/" + id + "/transcript").value_or("");
  json::document transcript;
  REQUIRE(transcript.parse({text.data(), text.size()}) == json::fault::none);
  std::string words;
  for (const auto& turn : json::find(transcript.root(), "turns")->GetArray()) {
    if (json::text_or(turn, "role") != "caller") continue;
    words.append(words.empty() ? "" : " ").append(json::text_or(turn, "text"));
  }
  return words;
}

/// A call that has ended.
struct seen_end {
  std::string id;
  std::string end_reason;
};

inline std::vector<seen_end> ended_calls(lab::engine_view& view) {
  auto text = view.get("/v1/calls?limit=100&state=ended").value_or("");
  json::document page;
  REQUIRE(page.parse({text.data(), text.size()}) == json::fault::none);
  std::vector<seen_end> found;
  for (const auto& call : json::find(page.root(), "calls")->GetArray()) {
    found.push_back({std::string(json::text_or(call, "id")), std::string(json::text_or(call, "end_reason"))});
  }
  return found;
}

/// Many of them at once on an engine whose Scribe knows their words.
class steady_callers {
 public:
  steady_callers(running_engine& running, const known_words& words, std::size_t count,
                 std::chrono::seconds pause = steady_caller::usual_pause)
      : running_(running), words_(words) {
    for (; count != 0; --count) {
      callers_.push_back(std::make_unique<steady_caller>(words, pause));
      over_.push_back(running.place(*callers_.back()));
    }
  }

  /// Until all have ended; who ended each.
  std::vector<std::string> wait() {
    std::vector<std::string> by;
    for (auto& each : over_) {
      REQUIRE(each.wait_for(patience * 2) == std::future_status::ready);
      by.push_back(each.get().ended_by);
    }
    return by;
  }

  /// Every caller stays to the end, every word is in its transcript once, and nothing is left of any call.
  void are_heard_to_the_end() {
    for (const auto& by : wait()) CHECK(by == "caller");
    CHECK(running_.left().empty());
    const auto ended = ended_calls(*running_.view);
    CHECK(ended.size() == callers_.size());
    for (const auto& call : ended) {
      CAPTURE(call.id);
      CHECK(call.end_reason == end_reason::caller_hung_up);
      CHECK(caller_words(*running_.view, call.id) == words_.all());
    }
  }

 private:
  running_engine& running_;
  const known_words& words_;
  std::vector<std::unique_ptr<steady_caller>> callers_;
  std::vector<std::future<lab::call_outcome>> over_;
};

}  // namespace tandem::test
