// What a message costs to read or to write. A decoder changes its text, so that each time has a copy of it
// in, of some nanoseconds.

#include "protocols/elevenlabs/scribe_server.hpp"
#include "protocols/elevenlabs/speech_stream_server.hpp"
#include "protocols/json_checker.hpp"
#include "protocols/telnyx/carrier.hpp"
#include "tests/bench/micro/sounds.hpp"

#include <benchmark/benchmark.h>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::bench {

namespace {

constexpr std::string_view sentence = "I would like a table for two at seven, please.";

std::vector<std::uint8_t> audio(std::size_t bytes) {
  auto out = ulaw(voice(8000, 1));
  out.resize(bytes);
  return out;
}

/// Decodes the same text again and again.
template <class Decode>
void decode_again(benchmark::State& state, const std::string& text, Decode decode) {
  std::string copy(text);
  for (auto _ : state) {
    std::memcpy(copy.data(), text.data(), text.size());
    const auto message = decode(std::span<char>(copy));
    if (!message) return state.SkipWithError("no message");
    benchmark::DoNotOptimize(&message);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

/// Writes the same message again and again.
template <class Append>
void append_again(benchmark::State& state, Append append) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    append(out);
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}

void telnyx_decode_media(benchmark::State& state) {
  const auto frame = audio(160);
  std::string text;
  telnyx::carrier::append(text, telnyx::media{.sequence = 4711,
                                              .stream_id = "32de0dea-53cb-4b21-89a4-9e1819c043bc",
                                              .source = telnyx::track::inbound,
                                              .chunk = 4709,
                                              .timestamp = 94180,
                                              .payload = frame});
  decode_again(state, text, telnyx::decode_event);
}
BENCHMARK(telnyx_decode_media)->Name("telnyx/decode/media");

void telnyx_decode_mark(benchmark::State& state) {
  std::string text;
  telnyx::carrier::append(
      text,
      telnyx::mark{.sequence = 4711, .stream_id = "32de0dea-53cb-4b21-89a4-9e1819c043bc", .name = "7.24000"});
  decode_again(state, text, telnyx::decode_event);
}
BENCHMARK(telnyx_decode_mark)->Name("telnyx/decode/mark");

void telnyx_append_media(benchmark::State& state) {
  const auto chunk = audio(800);
  append_again(state, [&](std::string& out) { telnyx::append_media(out, chunk); });
}
BENCHMARK(telnyx_append_media)->Name("telnyx/append/media");

void telnyx_append_mark(benchmark::State& state) {
  append_again(state, [](std::string& out) { telnyx::append_mark(out, "7.24000"); });
}
BENCHMARK(telnyx_append_mark)->Name("telnyx/append/mark");

void scribe_decode(benchmark::State& state, const scribe::server_message& message) {
  std::string text;
  scribe::append_message(text, message);
  decode_again(state, text, scribe::decode_message);
}
BENCHMARK_CAPTURE(scribe_decode, partial, scribe::partial{sentence})->Name("scribe/decode/partial");
BENCHMARK_CAPTURE(scribe_decode, committed, scribe::committed{sentence})->Name("scribe/decode/committed");

void scribe_decode_words(benchmark::State& state) {
  scribe::committed_with_timestamps message{.text = sentence, .language_code = "en", .words = {}};
  for (int n = 0; n < 10; ++n) message.words.push_back({"table", 0.3 * n, 0.3 * n + 0.25});
  scribe_decode(state, message);
}
BENCHMARK(scribe_decode_words)->Name("scribe/decode/committed_with_timestamps");

void scribe_append_chunk(benchmark::State& state) {
  const auto chunk = audio(800);
  append_again(state, [&](std::string& out) { scribe::append_audio_chunk(out, chunk, false, 8000); });
}
BENCHMARK(scribe_append_chunk)->Name("scribe/append/audio_chunk");

/// 240 ms of audio and the times of its characters, as the lab's load sends them.
void tts_decode_output(benchmark::State& state) {
  const auto piece = audio(1920);
  tts::output message{.context = "12-1", .audio = piece};
  for (std::uint32_t n = 0; n < 12; ++n) message.alignment.push_back({sentence.substr(n, 1), 20 * n, 20});
  std::string text;
  tts::append_output(text, message, tts::spelling::camel_case);
  decode_again(state, text, tts::decode_message);
}
BENCHMARK(tts_decode_output)->Name("tts/decode/output");

void tts_append_text(benchmark::State& state) {
  append_again(state, [](std::string& out) { tts::append_text(out, "12-1", sentence, true); });
}
BENCHMARK(tts_append_text)->Name("tts/append/text");

constexpr std::string_view tools =
    R"({"version": 1, "press_keys": false, "transfers": {"manager": "+13125550177"},
  "tools": [{"name": "free_tables", "description": "Tells at which times a table is free on a day.",
    "url": "https://bookings.example.com/free-tables", "timeout_ms": 4000, "say": "One moment."}]})";

void json_parse(benchmark::State& state) {
  const std::string text(tools);
  decode_again(state, text, [](std::span<char> copy) {
    json::document parsed;
    return parsed.parse(copy) == json::fault::none;
  });
}
BENCHMARK(json_parse)->Name("json/document/parse");

/// Parses and checks, as the files of agents are read.
void json_check(benchmark::State& state) {
  const std::string text(tools);
  std::vector<std::string> faults;
  decode_again(state, text, [&](std::span<char> copy) {
    json::document parsed;
    if (parsed.parse(copy) != json::fault::none) return false;
    {
      json::checker file(parsed.root(), {}, faults);
      benchmark::DoNotOptimize(file.integer("version", 1, 1, std::nullopt));
      benchmark::DoNotOptimize(file.boolean("press_keys", false));
      benchmark::DoNotOptimize(file.text_members("transfers"));
      file.objects("tools", 1, [](json::checker& tool) {
        benchmark::DoNotOptimize(tool.text("name"));
        benchmark::DoNotOptimize(tool.text("description"));
        benchmark::DoNotOptimize(tool.text("url"));
        benchmark::DoNotOptimize(tool.integer("timeout_ms", 100, 30'000, 5000));
        benchmark::DoNotOptimize(tool.text_if("say"));
      });
    }
    return faults.empty();
  });
}
BENCHMARK(json_check)->Name("json/checker");

}  // namespace

}  // namespace tandem::bench
