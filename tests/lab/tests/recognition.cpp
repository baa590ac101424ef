#include "tests/lab/recognition.hpp"

#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/g711.hpp"
#include "tests/lab/synthesis.hpp"
#include "tests/lab/words.hpp"

#include <chrono>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <optional>
#include <random>

#include <doctest/doctest.h>

using namespace tandem::lab;
using list = std::vector<std::string>;

namespace {

const list phrases{"Hello, I'd like to book a table, please.",
                   "For four people.",
                   "On Friday at half past seven.",
                   "My name is Maria Lopez.",
                   "Could I have a table by the window?",
                   "Sorry, can we make it six people instead?",
                   "Yes, that's right.",
                   "That's all, thank you. Goodbye."};

/// Waits for a stream's answer as its thread would.
class inbox {
 public:
  post_function post() {
    return [this](std::function<void()> call) {
      std::lock_guard lock(mutex_);
      calls_.push_back(std::move(call));
      wake_.notify_one();
    };
  }

  /// Runs calls until `done` holds; false when none came for 20 s.
  bool run_until(const std::function<bool()>& done) {
    while (!done()) {
      std::unique_lock lock(mutex_);
      if (!wake_.wait_for(lock, std::chrono::seconds(20), [this] { return !calls_.empty(); })) return false;
      auto call = std::move(calls_.front());
      calls_.pop_front();
      lock.unlock();
      call();
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> calls_;
};

/// The pool outlives the recogniser, as make_sphinx_recogniser wants it.
struct engine {
  worker_pool workers{2};
  std::unique_ptr<recogniser> ears = make_sphinx_recogniser(phrases, workers, 3);
};

engine& shared_engine() {
  static engine one;
  return one;
}

/// As a phone line carries it.
std::vector<std::int16_t> over_the_line(std::vector<std::int16_t> samples) {
  for (auto& sample : samples) sample = tandem::g711::from_ulaw(tandem::g711::to_ulaw(sample));
  return samples;
}

std::vector<std::int16_t> spoken(const std::string& text) {
  static auto voice = make_flite_voice("awb");
  return over_the_line(voice->speak(text, 8000).samples);
}

heard concluded(recognition& stream, inbox& box) {
  std::optional<heard> result;
  stream.conclude([&](heard what) { result = std::move(what); });
  REQUIRE(box.run_until([&] { return result.has_value(); }));
  return *result;
}

void hear_in_chunks(recognition& stream, std::span<const std::int16_t> samples) {
  for (; !samples.empty(); samples = samples.subspan(std::min<std::size_t>(800, samples.size())))
    REQUIRE(stream.hear(samples.first(std::min<std::size_t>(800, samples.size()))));
}

const std::vector<std::int16_t> half_second(4000, 0);

}  // namespace

TEST_CASE("phrases spoken by the caller's voice over a phone line are recognised word for word") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  for (const auto& phrase : phrases) {
    hear_in_chunks(*stream, half_second);
    hear_in_chunks(*stream, spoken(phrase));
    hear_in_chunks(*stream, half_second);
    auto what = concluded(*stream, box);
    CHECK(words_of(what.text) == words_of(phrase));
  }
}

TEST_CASE("phrases spoken over a wideband line are recognised word for word in every codec") {
  using tandem::telnyx::codec;
  auto voice = make_flite_voice("awb");
  for (const auto name : {codec::l16, codec::g722, codec::opus}) {
    CAPTURE(tandem::telnyx::to_string(name));
    tandem::l16_order order;
    const auto encoder = tandem::make_encoder(name, 16000, 16000, order);
    const auto decoder = tandem::make_decoder({name, 0, 1}, 16000, order);
    inbox box;
    auto stream = shared_engine().ears->open(16000, box.post());
    REQUIRE(stream);
    for (const auto& phrase : phrases) {
      auto said = voice->speak(phrase, 16000).samples;
      said.insert(said.begin(), 8000, 0);
      said.resize(said.size() + 8000);
      std::vector<std::uint8_t> frame;
      std::vector<std::int16_t> heard;
      for (std::span<const std::int16_t> rest(said); rest.size() >= 320; rest = rest.subspan(320)) {
        encoder->encode(rest.first(320), frame);
        REQUIRE(decoder->decode(frame, heard));
        REQUIRE(stream->hear(heard));
      }
      CHECK(words_of(concluded(*stream, box).text) == words_of(phrase));
    }
  }
}

TEST_CASE("the phrases' words are recognised in another order too") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  hear_in_chunks(*stream, spoken("Six people on Friday by the window, please."));
  CHECK(concluded(*stream, box).text == "Six people on Friday by the window please.");
}

TEST_CASE("words have the times of the stream, over pauses and segments") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  auto said = spoken("For four people.");
  auto length = static_cast<std::uint32_t>(said.size() / 8);
  hear_in_chunks(*stream, std::vector<std::int16_t>(16000, 0));
  hear_in_chunks(*stream, said);
  hear_in_chunks(*stream, std::vector<std::int16_t>(16000, 0));
  hear_in_chunks(*stream, said);
  auto both = concluded(*stream, box).words;
  REQUIRE(both.size() == 6);
  CHECK(std::abs(int(both[0].start_ms) - 2050) < 150);
  CHECK(std::abs(int(both[3].start_ms) - int(4050 + length)) < 150);
  hear_in_chunks(*stream, half_second);
  hear_in_chunks(*stream, said);
  hear_in_chunks(*stream, half_second);
  auto third = concluded(*stream, box).words;
  REQUIRE(third.size() == 3);
  CHECK(std::abs(int(third[0].start_ms) - int(4550 + 2 * length)) < 150);
  for (std::size_t i = 1; i < third.size(); ++i) CHECK(third[i].start_ms >= third[i - 1].end_ms);
}

TEST_CASE("a guess tells what was said so far") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  auto said = spoken("Hello, I'd like to book a table, please.");
  hear_in_chunks(*stream, std::span(said).first(said.size() / 2));
  std::optional<heard> guess;
  stream->guess([&](heard what) { guess = std::move(what); });
  REQUIRE(box.run_until([&] { return guess.has_value(); }));
  CHECK(guess->text.starts_with("Hello"));
  CHECK(guess->words.size() < 8);
  hear_in_chunks(*stream, std::span(said).subspan(said.size() / 2));
  CHECK(concluded(*stream, box).words.size() == 8);
}

TEST_CASE("silence and noise hold no words") {
  std::mt19937 random(1);
  for (int loudness : {0, 30, 300, 3000}) {
    inbox box;
    auto stream = shared_engine().ears->open(8000, box.post());
    REQUIRE(stream);
    std::vector<std::int16_t> noise(24000);
    for (auto& sample : noise)
      sample = static_cast<std::int16_t>(std::uniform_int_distribution<int>(-loudness, loudness)(random));
    hear_in_chunks(*stream, over_the_line(noise));
    CHECK(concluded(*stream, box).text.empty());
  }
}

TEST_CASE("a segment without sound is empty") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  CHECK(concluded(*stream, box).text.empty());
}

TEST_CASE("streams beyond the bound are refused until one ends, and a used decoder starts afresh") {
  inbox box;
  std::vector<std::unique_ptr<recognition>> streams;
  auto open = [&] { return shared_engine().ears->open(8000, box.post()); };
  // Streams of earlier tests are let go by a worker, a moment after their end.
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (streams.size() < 3 && std::chrono::steady_clock::now() < deadline)
    if (auto one = open()) streams.push_back(std::move(one));
  REQUIRE(streams.size() == 3);
  CHECK(open() == nullptr);
  hear_in_chunks(*streams[0], spoken("That's all, thank you."));
  streams.pop_back();
  while (streams.size() < 3 && std::chrono::steady_clock::now() < deadline)
    if (auto one = open()) streams.push_back(std::move(one));
  REQUIRE(streams.size() == 3);
  hear_in_chunks(*streams[2], spoken("For four people."));
  CHECK(concluded(*streams[2], box).text == "For four people.");
}

TEST_CASE("samples beyond the backlog are refused") {
  worker_pool stuck(1);
  std::promise<void> release;
  auto ears = make_sphinx_recogniser(phrases, stuck, 1);
  stuck.run([gate = release.get_future().share()] { gate.wait(); });
  inbox box;
  auto stream = ears->open(8000, box.post());
  std::vector<std::int16_t> ten_seconds(80000);
  for (int i = 0; i < 3; ++i) CHECK(stream->hear(ten_seconds));
  CHECK_FALSE(stream->hear(ten_seconds));
  release.set_value();
}

TEST_CASE("an ended stream answers nothing") {
  inbox box;
  auto stream = shared_engine().ears->open(8000, box.post());
  REQUIRE(stream);
  bool told = false;
  stream->conclude([&](heard) { told = true; });
  stream.reset();
  auto other = make_scripted_recogniser({"x"})->open(8000, box.post());
  bool done = false;
  other->conclude([&](heard) { done = true; });
  REQUIRE(box.run_until([&] { return done; }));
  CHECK_FALSE(told);
}

TEST_CASE("a phrase with a word that has no pronunciation is refused by name") {
  worker_pool workers(1);
  list odd{"Hello zzyzzxqua and quuxly."};
  std::string reason;
  try {
    make_sphinx_recogniser(odd, workers);
  } catch (const std::runtime_error& fault) {
    reason = fault.what();
  }
  CHECK(reason.find("quuxly, zzyzzxqua") != std::string::npos);
}

TEST_CASE("a scripted stream hears its lines in order, one for each segment that is not silent") {
  inbox box;
  auto ears = make_scripted_recogniser({"One two three four.", "Five."});
  auto stream = ears->open(8000, box.post());
  std::vector<std::int16_t> loud(8000, 1000);
  stream->hear(loud);
  std::optional<heard> guess;
  stream->guess([&](heard what) { guess = std::move(what); });
  REQUIRE(box.run_until([&] { return guess.has_value(); }));
  CHECK(guess->text == "One two three");
  auto first = concluded(*stream, box);
  CHECK(first.text == "One two three four.");
  CHECK(first.words.size() == 4);
  stream->hear(half_second);
  CHECK(concluded(*stream, box).text.empty());
  stream->hear(loud);
  auto second = concluded(*stream, box);
  CHECK(second.text == "Five.");
  CHECK(second.words[0].start_ms == 1500);
  stream->hear(loud);
  CHECK(concluded(*stream, box).text == "One two three four.");
}
