// What the audio of a call costs on its way, 20 ms of it unless said otherwise.

#include "protocols/audio/pacing.hpp"
#include "protocols/audio/reorder.hpp"
#include "protocols/audio/tone_keys.hpp"
#include "protocols/audio/upstream_audio.hpp"
#include "protocols/audio/voice_activity.hpp"
#include "tests/bench/micro/sounds.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>
#include <span>
#include <vector>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t rate = 8000;
constexpr std::size_t frame = rate / frames_per_second;
constexpr std::size_t seconds = 5;
constexpr std::size_t samples = seconds * rate;

void hear_voice(benchmark::State& state, const std::vector<std::int16_t>& line) {
  pieces<std::uint8_t> frames(ulaw(line), frame);
  voice_activity ears;
  std::uint64_t position = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ears.feed_ulaw(position, frames.next()).data());
    position += frame;
  }
}
BENCHMARK_CAPTURE(hear_voice, silence, std::vector<std::int16_t>(samples))->Name("voice_activity/silence");
BENCHMARK_CAPTURE(hear_voice, noise, noise(rate, seconds, -45))->Name("voice_activity/noise");
BENCHMARK_CAPTURE(hear_voice, voice, voice(rate, seconds))->Name("voice_activity/voice");

void hear_keys(benchmark::State& state) {
  pieces<std::int16_t> frames(voice(rate, seconds), frame);
  tone_keys ears;
  std::uint64_t position = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ears.feed(position, frames.next()).data());
    position += frame;
  }
}
BENCHMARK(hear_keys)->Name("tone_keys/voice");

/// With 0 in order; with 1 every two frames come in the wrong one.
void put_in_order(benchmark::State& state) {
  const auto swapped = state.range(0);
  pieces<std::uint8_t> frames(ulaw(voice(rate, seconds)), frame);
  reorder window;
  std::int64_t number = 0;
  std::uint64_t given = 0;
  for (auto _ : state) {
    window.push(number ^ swapped, frames.next());
    ++number;
    while (const auto next = window.next()) {
      benchmark::DoNotOptimize(next->payload.data());
      ++given;
    }
  }
  if (given + 4 < static_cast<std::uint64_t>(number)) state.SkipWithError("frames were lost");
}
BENCHMARK(put_in_order)->Name("reorder")->Arg(0)->Arg(1);

/// A frame in, and every fifth time a chunk out that is committed a second later.
void keep_upstream(benchmark::State& state) {
  pieces<std::uint8_t> frames(ulaw(voice(rate, seconds)), frame);
  upstream_audio upstream(upstream_audio::settings{});
  std::vector<std::uint8_t> chunk;
  for (auto _ : state) {
    upstream.append(frames.next());
    if (!upstream.take_chunk(chunk)) continue;
    benchmark::DoNotOptimize(chunk.data());
    if (upstream.sent_position() > rate) upstream.committed(upstream.sent_position() - rate);
  }
}
BENCHMARK(keep_upstream)->Name("upstream_audio");

/// A reply of four seconds, from the synthesiser's messages of 240 ms to the carrier's chunks of 100; a
/// chunk.
void pace(benchmark::State& state) {
  constexpr std::size_t reply = 4 * rate;
  constexpr std::size_t message = 1920;
  auto all = ulaw(voice(rate, 4));
  all.resize(reply);
  pacing way{pacing::settings{}};
  moment now{1h};
  std::vector<std::uint8_t> chunk;
  std::int64_t chunks = 0;
  for (auto _ : state) {
    way.begin_turn();
    for (std::size_t at = 0; at < reply; at += message)
      way.append(std::span(all).subspan(at, std::min(message, reply - at)));
    way.finish();
    for (auto due = way.wake_up(); due; due = way.wake_up()) {
      now = std::max(now, *due);
      while (way.take(chunk, now)) {
        benchmark::DoNotOptimize(chunk.data());
        ++chunks;
      }
    }
    now = std::max(now, way.played_at());
  }
  state.SetItemsProcessed(chunks);
}
BENCHMARK(pace)->Name("pacing/reply");

}  // namespace

}  // namespace tandem::bench
