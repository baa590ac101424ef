// What 20 ms of audio cost each codec; base64 by the sizes in which it travels.

#include "protocols/audio/codecs/codec.hpp"
#include "protocols/audio/codecs/l16.hpp"
#include "protocols/audio/codecs/resampler.hpp"
#include "protocols/base64.hpp"
#include "tests/bench/micro/sounds.hpp"

#include <benchmark/benchmark.h>
#include <span>
#include <string>
#include <vector>

namespace tandem::bench {

namespace {

constexpr std::size_t seconds = 5;
constexpr std::uint32_t narrow = 8000;
constexpr std::uint32_t wide = 16000;
constexpr std::size_t narrow_frame = narrow / frames_per_second;

template <auto Decode>
void g711_decode(benchmark::State& state) {
  pieces<std::uint8_t> frames(ulaw(voice(narrow, seconds)), narrow_frame);
  std::vector<std::int16_t> samples(narrow_frame);
  for (auto _ : state) {
    Decode(frames.next(), samples);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(g711_decode<g711::decode_ulaw>)->Name("g711/decode/ulaw");
BENCHMARK(g711_decode<g711::decode_alaw>)->Name("g711/decode/alaw");

template <auto Encode>
void g711_encode(benchmark::State& state) {
  pieces<std::int16_t> frames(voice(narrow, seconds), narrow_frame);
  std::vector<std::uint8_t> bytes(narrow_frame);
  for (auto _ : state) {
    Encode(frames.next(), bytes);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(g711_encode<g711::encode_ulaw>)->Name("g711/encode/ulaw");
BENCHMARK(g711_encode<g711::encode_alaw>)->Name("g711/encode/alaw");

template <auto Convert>
void g711_convert(benchmark::State& state) {
  pieces<std::uint8_t> frames(ulaw(voice(narrow, seconds)), narrow_frame);
  std::vector<std::uint8_t> bytes(narrow_frame);
  for (auto _ : state) {
    Convert(frames.next(), bytes);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(g711_convert<g711::alaw_to_ulaw>)->Name("g711/alaw_to_ulaw");
BENCHMARK(g711_convert<g711::ulaw_to_alaw>)->Name("g711/ulaw_to_alaw");

void base64_encode(benchmark::State& state) {
  pieces<std::uint8_t> bytes(ulaw(voice(narrow, seconds)), static_cast<std::size_t>(state.range(0)));
  std::string out;
  for (auto _ : state) {
    out.clear();
    base64::append(out, bytes.next());
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
// A frame, a chunk for Scribe, a message of the synthesiser.
BENCHMARK(base64_encode)->Name("base64/encode")->Arg(160)->Arg(800)->Arg(1920);

void base64_decode(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  auto bytes = ulaw(voice(narrow, seconds));
  bytes.resize(size);
  std::string text;
  base64::append(text, bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(base64::decode(text, bytes));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(base64_decode)->Name("base64/decode")->Arg(160)->Arg(800)->Arg(1920);

std::uint32_t rate_of(telnyx::codec name) {
  return name == telnyx::codec::pcmu || name == telnyx::codec::pcma ? narrow : wide;
}

/// The caller's way: decoded, and resampled to what the call is heard in.
void decode(benchmark::State& state, telnyx::codec name, std::uint32_t heard_rate) {
  const auto rate = rate_of(name);
  const auto frame = rate / frames_per_second;
  const auto said = voice(rate, seconds);
  l16_order order;
  const auto encoder = make_encoder(name, rate, rate, order);
  std::vector<std::vector<std::uint8_t>> frames(seconds * frames_per_second);
  for (std::size_t n = 0; n < frames.size(); ++n)
    encoder->encode(std::span(said).subspan(n * frame, frame), frames[n]);
  const auto decoder = make_decoder({name, 0, 1}, heard_rate, order);
  std::vector<std::int16_t> samples;
  std::size_t at = 0;
  for (auto _ : state) {
    if (!decoder->decode(frames[at++ % frames.size()], samples)) return state.SkipWithError("no frame");
    benchmark::DoNotOptimize(samples.data());
  }
}

/// The agent's way.
void encode(benchmark::State& state, telnyx::codec name, std::uint32_t spoken_rate) {
  pieces<std::int16_t> frames(voice(spoken_rate, seconds), spoken_rate / frames_per_second);
  const l16_order order;
  const auto encoder = make_encoder(name, rate_of(name), spoken_rate, order);
  std::vector<std::uint8_t> frame;
  for (auto _ : state) {
    encoder->encode(frames.next(), frame);
    benchmark::DoNotOptimize(frame.data());
  }
}

BENCHMARK_CAPTURE(decode, pcmu_8000, telnyx::codec::pcmu, narrow)->Name("decode/PCMU/8000");
BENCHMARK_CAPTURE(decode, pcmu_16000, telnyx::codec::pcmu, wide)->Name("decode/PCMU/16000");
BENCHMARK_CAPTURE(decode, pcma_8000, telnyx::codec::pcma, narrow)->Name("decode/PCMA/8000");
BENCHMARK_CAPTURE(decode, pcma_16000, telnyx::codec::pcma, wide)->Name("decode/PCMA/16000");
BENCHMARK_CAPTURE(decode, g722_8000, telnyx::codec::g722, narrow)->Name("decode/G722/8000");
BENCHMARK_CAPTURE(decode, g722_16000, telnyx::codec::g722, wide)->Name("decode/G722/16000");
BENCHMARK_CAPTURE(decode, l16_8000, telnyx::codec::l16, narrow)->Name("decode/L16/8000");
BENCHMARK_CAPTURE(decode, l16_16000, telnyx::codec::l16, wide)->Name("decode/L16/16000");
BENCHMARK_CAPTURE(decode, opus_8000, telnyx::codec::opus, narrow)->Name("decode/OPUS/8000");
BENCHMARK_CAPTURE(decode, opus_16000, telnyx::codec::opus, wide)->Name("decode/OPUS/16000");
BENCHMARK_CAPTURE(encode, pcmu, telnyx::codec::pcmu, narrow)->Name("encode/PCMU");
BENCHMARK_CAPTURE(encode, pcma, telnyx::codec::pcma, narrow)->Name("encode/PCMA");
BENCHMARK_CAPTURE(encode, g722, telnyx::codec::g722, wide)->Name("encode/G722");
BENCHMARK_CAPTURE(encode, l16, telnyx::codec::l16, wide)->Name("encode/L16");
BENCHMARK_CAPTURE(encode, opus, telnyx::codec::opus, wide)->Name("encode/OPUS");

void resample(benchmark::State& state) {
  const auto from = static_cast<std::uint32_t>(state.range(0));
  pieces<std::int16_t> frames(voice(from, seconds), from / frames_per_second);
  resampler between(from, static_cast<std::uint32_t>(state.range(1)));
  std::vector<std::int16_t> out;
  for (auto _ : state) {
    between.convert(frames.next(), out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(resample)->Args({8000, 16000})->Args({16000, 8000})->Args({48000, 16000});

}  // namespace

}  // namespace tandem::bench
