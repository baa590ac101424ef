#include "gateway/settings/bounded_file.hpp"
#include "gateway/settings/settings.hpp"
#include "protocols/audio/audio_format.hpp"
#include "protocols/audio/codecs/resampler.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/audio/wav.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/commands.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/line_recorder.hpp"
#include "tests/lab/scripted_caller.hpp"
#include "tests/lab/sound_format.hpp"
#include "tests/lab/stop_signal.hpp"
#include "tests/lab/synthesis.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t file_bound = 64 * 1024 * 1024;

/// Longer than the courier tries.
constexpr auto told_within = 8s;

struct carrier_arguments {
  std::string listen = "127.0.0.1:0";
  std::string from = "+13125550100";
  std::string to = "+13125550142";
  std::string codec = "PCMU";
  std::vector<std::string> say;
  std::string play;
  std::string record;
  std::size_t calls = 0;
  unsigned wait_seconds = 60;
  unsigned to_engine_ms = 0;
  unsigned from_engine_ms = 0;
  unsigned webhook_delay_ms = 0;
  unsigned longest_ring_ms = 0;
  std::string rest_delay;
  std::string second_stream = "refuses";
  carrier_options carrier;
};

/// Somebody on the line, with what is recorded of the call.
struct recorded_caller {
  recorded_caller(std::vector<caller_line> lines, telnyx::codec codec)
      : person(std::move(lines), spoken_format(codec).silence), recorder(person, codec) {}

  /// Whoever is on the line: recorded when there is a folder for it.
  lab::person& on_line(const std::string& folder) {
    return folder.empty() ? static_cast<lab::person&>(person) : recorder;
  }

  /// Writes what was recorded and keeps nothing of it.
  void write(const std::string& path) {
    std::ofstream(path, std::ios::binary) << recorder.wav();
    recorder.forget();
  }

  scripted_caller person;
  line_recorder recorder;
};

/// Somebody who is called.
struct recorded_callee : recorded_caller {
  recorded_callee(const std::string& whose, std::vector<caller_line> lines, telnyx::codec codec)
      : recorded_caller(std::move(lines), codec), number(whose) {}

  std::string number;
  bool is_over = false;
};

/// Waits until somebody answers at this address, whatever they say; false when nobody does in time or the
/// program is to end.
bool answers(lab_loops& loops, stop_signal& signals, std::string url, std::chrono::seconds deadline) {
  if (url.starts_with("ws")) url.replace(0, 2, "http");
  engine_view view(loops, url);
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (view.ask("GET", "").status == 0) {
    if (std::chrono::steady_clock::now() >= until || signals.wait_for(100ms)) return false;
  }
  return true;
}

/// The samples of a mono WAV file at 8 or 16 kHz, at the rate that is wanted.
std::vector<std::int16_t> read_wav(const std::string& path, std::uint32_t rate) {
  auto file = read_bounded(path, file_bound);
  if (!file) throw std::runtime_error(path + ": " + file.error());
  auto found = wav::read({reinterpret_cast<const std::uint8_t*>(file->data()), file->size()});
  if (!found || found->layout.channels != 1 || (found->layout.rate != 8000 && found->layout.rate != 16000)) {
    throw std::runtime_error(path +
                             ": wanted is a mono WAV of 16-bit PCM, µ-law or A-law at 8000 or 16000 Hz");
  }
  std::vector<std::int16_t> samples(found->audio.size() / found->layout.frame_bytes());
  switch (found->layout.samples) {
    case wav::coding::ulaw:
      g711::decode_ulaw(found->audio, samples);
      break;
    case wav::coding::alaw:
      g711::decode_alaw(found->audio, samples);
      break;
    case wav::coding::pcm16:
      for (std::size_t i = 0; i < samples.size(); ++i) {
        samples[i] = static_cast<std::int16_t>(found->audio[2 * i] | found->audio[2 * i + 1] << 8);
      }
      break;
  }
  if (found->layout.rate == rate) return samples;
  std::vector<std::int16_t> converted;
  resampler(found->layout.rate, rate).convert(samples, converted);
  return converted;
}

std::vector<caller_line> lines_of(const carrier_arguments& given, telnyx::codec codec) {
  const auto sound = *sound_format_of(spoken_format(codec).name);
  std::vector<caller_line> lines;
  if (!given.play.empty())
    lines.push_back({given.play, encode_sound(sound, read_wav(given.play, sound.rate)), {}, true});
  if (given.say.empty()) return lines;
  auto voice = make_flite_voice("slt");
  for (const auto& text : given.say)
    lines.push_back({text, encode_sound(sound, voice->speak(text, sound.rate).samples), {}});
  return lines;
}

int run_carrier(const carrier_arguments& given) {
  auto where = parse_listen(given.listen);
  auto codec = telnyx::codec_of(given.codec);
  if (!where) throw CLI::ValidationError("--listen", "wants HOST:PORT, not " + given.listen);
  if (given.calls > 0 && given.carrier.webhook_url.empty() && given.carrier.media_url.empty()) {
    throw CLI::ValidationError("--calls",
                               "wants --webhook URL (Call Control) or --media URL (a bare stream)");
  }
  auto options = given.carrier;
  options.host = where->host;
  options.port = where->port;
  options.to_engine = std::chrono::milliseconds(given.to_engine_ms);
  options.from_engine = std::chrono::milliseconds(given.from_engine_ms);
  options.delivery.delay = std::chrono::milliseconds(given.webhook_delay_ms);
  options.longest_ring = std::chrono::milliseconds(given.longest_ring_ms);
  if (!given.rest_delay.empty()) options.rest_delay = *read_delay_range(given.rest_delay);
  options.second_stream = *read_second_stream(given.second_stream);
  auto lines = lines_of(given, codec);
  // Whoever answers says the same; nobody leaves before the program does.
  std::vector<std::unique_ptr<recorded_callee>> callees;
  std::size_t placed = 0;
  options.answering = [&](const std::string& number) -> person* {
    if (lines.empty()) return nullptr;
    callees.push_back(std::make_unique<recorded_callee>(number, lines, codec));
    return &callees.back()->on_line(given.record);
  };
  options.placed_over = [&](const call_outcome& how) {
    std::printf("placed call %zu ended to=%s by=%s cause=%s answered=%d\n", ++placed, how.to.c_str(),
                how.ended_by.c_str(), how.hangup_cause.c_str(), how.answered ? 1 : 0);
    std::fflush(stdout);
    const auto who = std::find_if(callees.begin(), callees.end(),
                                  [&](const auto& each) { return !each->is_over && each->number == how.to; });
    if (who == callees.end()) return;
    (*who)->is_over = true;
    if (!given.record.empty()) (*who)->write(given.record + "/placed-" + std::to_string(placed) + ".wav");
  };

  stop_signal signals;
  lab_loops loops;
  std::vector<std::unique_ptr<recorded_caller>> callers;
  std::size_t over = 0;
  std::size_t failed = 0;
  carrier telnyx(loops.first(), options);
  telnyx.start();
  announce_listening(where->host, telnyx.port());
  std::printf("public key %s\n", telnyx.public_key().c_str());
  std::fflush(stdout);
  auto on_over = [&](std::size_t which, const call_outcome& how) {
    std::printf("call %zu ended by=%s detail=\"%s\" frames_sent=%llu audio_bytes_received=%llu clears=%llu\n",
                which + 1, how.ended_by.c_str(), how.detail.c_str(),
                static_cast<unsigned long long>(how.counts.frames_sent),
                static_cast<unsigned long long>(how.counts.audio_bytes_received),
                static_cast<unsigned long long>(how.counts.clears));
    std::fflush(stdout);
    if (how.ended_by != "caller" && how.ended_by != "engine") ++failed;
    if (!given.record.empty())
      callers[which]->write(given.record + "/call-" + std::to_string(which + 1) + ".wav");
    if (++over == given.calls) signals.release();
  };
  const auto& engine = options.webhook_url.empty() ? options.media_url : options.webhook_url;
  if (given.calls > 0 && !answers(loops, signals, engine, std::chrono::seconds(given.wait_seconds))) {
    throw std::runtime_error("nobody answers at " + engine);
  }
  for (std::size_t which = 0; which < given.calls; ++which) {
    callers.push_back(std::make_unique<recorded_caller>(lines, codec));
    auto& who = callers.back()->on_line(given.record);
    loops.run([&, which] {
      telnyx.place(given.from, given.to, codec, who,
                   [&, which](const call_outcome& how) { on_over(which, how); });
    });
  }
  signals.wait();
  // The last call's end is still on its way to the engine, and before it the answer to what ended it.
  const auto is_told = [&] {
    bool told = true;
    loops.run([&] { told = over < given.calls || telnyx.undelivered() == 0; });
    return told;
  };
  const auto until = std::chrono::steady_clock::now() + told_within;
  while (given.calls > 0 && !is_told() && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(20ms);
  return failed == 0 ? 0 : 1;
}

}  // namespace

void add_carrier_command(CLI::App& program, int& exit_code) {
  auto given = std::make_shared<carrier_arguments>();
  auto* command = program.add_subcommand(
      "carrier", "Telnyx as the engine sees it: Call Control's REST API, signed webhooks, media streams");
  command->add_option("--listen", given->listen, "HOST:PORT of the REST API; port 0 = any")
      ->capture_default_str();
  command->add_option("--webhook", given->carrier.webhook_url,
                      "Where events go, e.g. http://HOST:PORT/telnyx/webhooks");
  command->add_option("--media", given->carrier.media_url,
                      "Without --webhook: the stream to open, e.g. ws://HOST:PORT/telnyx/media/TOKEN");
  command->add_option("--connection-id", given->carrier.connection_id,
                      "The application that calls must be placed with; none = any");
  command->add_option("--webhook-delay-ms", given->webhook_delay_ms, "How late webhooks are")
      ->capture_default_str();
  command->add_flag("--webhooks-twice", given->carrier.delivery.twice, "Delivers each webhook a second time");
  command->add_flag("--webhooks-shuffled", given->carrier.delivery.shuffled,
                    "Lets webhooks overtake each other");
  command
      ->add_option(
          "--longest-ring-ms", given->longest_ring_ms,
          "How long a number that does not answer rings at most; 0 = as long as the engine wants. Numbers "
          "that end in 01 are busy, 02 do not answer, 03 are machines, 04 reject, 05 do not exist")
      ->capture_default_str();
  command
      ->add_option("--rest-delay", given->rest_delay,
                   "How long the REST API takes to obey and answer, as MIN..MAX in ms; Telnyx: 50..300")
      ->check([](const std::string& text) {
        return read_delay_range(text) ? "" : "wants MIN..MAX in ms, at most 60000, not " + text;
      });
  command->add_option("--seed", given->carrier.seed, "Of what is drawn, such as the REST API's delays")
      ->capture_default_str();
  command
      ->add_option("--second-stream", given->second_stream,
                   "What a streaming_start does on a leg that has a stream: `replaces` stops the old stream "
                   "and opens the new one; `refuses` is 90045 until the old one was stopped and its "
                   "streaming.stopped sent; `waits` is 200, and the new one opens when the old one is over")
      ->capture_default_str()
      ->check(CLI::IsMember({"replaces", "refuses", "waits"}));
  command->add_option("--api-key", given->carrier.api_key, "The key that commands must carry; none = any");
  command
      ->add_option("--calls", given->calls,
                   "Places so many calls at once, when the engine is up, and ends with them; 0 = only serves")
      ->capture_default_str();
  command->add_option("--wait-seconds", given->wait_seconds, "How long --calls waits for the engine")
      ->capture_default_str();
  command->add_option("--from", given->from, "The caller's number")->capture_default_str();
  command->add_option("--to", given->to, "The number that is called")->capture_default_str();
  command->add_option("--say", given->say, "What the caller says when it is their turn; may be repeated");
  command->add_option("--play", given->play, "A WAV (mono, 8000 or 16000 Hz) that the caller plays first")
      ->check(CLI::ExistingFile);
  command->add_option("--codec", given->codec, "Of the line")
      ->capture_default_str()
      ->check(CLI::IsMember({"PCMU", "PCMA", "G722", "L16", "OPUS"}));
  command->add_option("--to-engine-ms", given->to_engine_ms, "Latency towards the engine, in steps of 20")
      ->capture_default_str();
  command->add_option("--from-engine-ms", given->from_engine_ms, "Latency from the engine")
      ->capture_default_str();
  command
      ->add_option(
          "--record", given->record,
          "A folder for call-N.wav, and placed-N.wav of calls that the engine places: caller left, agent "
          "right")
      ->check(CLI::ExistingDirectory);
  command->callback([given, &exit_code] { exit_code = run_carrier(*given); });
}

}  // namespace tandem::lab
