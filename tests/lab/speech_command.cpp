#include "gateway/settings/bounded_file.hpp"
#include "gateway/settings/settings.hpp"
#include "tests/lab/commands.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/phrase_files.hpp"
#include "tests/lab/speech_server.hpp"
#include "tests/lab/stop_signal.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace tandem::lab {

namespace {

constexpr std::size_t file_bound = 1024 * 1024;

struct speech_arguments {
  std::string listen = "127.0.0.1:0";
  std::vector<std::string> scripts;
  std::string transcripts;
  std::string save;
  bool snake_case = false;
  std::size_t loops = 1;
  unsigned first_partial_ms = 2000;
  unsigned next_partial_ms = 1000;
  unsigned commit_ms = 210;
  unsigned first_audio_ms = 120;
  std::string api_key;
  std::vector<std::string> faults;
  speech_server_options server;
};

std::string content_of(const std::string& path) {
  auto text = read_bounded(path, file_bound);
  if (!text) throw std::runtime_error(path + ": " + text.error());
  return *text;
}

void append_to_file(const std::string& folder, std::uint64_t session, std::span<const std::uint8_t> audio) {
  std::ofstream file(folder + "/scribe-" + std::to_string(session) + ".raw",
                     std::ios::binary | std::ios::app);
  file.write(reinterpret_cast<const char*>(audio.data()), static_cast<std::streamsize>(audio.size()));
}

speech_server_options options_of(const speech_arguments& given, const listen_address& where) {
  using std::chrono::milliseconds;
  auto options = given.server;
  options.host = where.host;
  options.port = where.port;
  for (const auto& path : given.scripts)
    for (auto& phrase : phrases_of(content_of(path))) options.phrases.push_back(std::move(phrase));
  if (!given.transcripts.empty()) options.transcripts = lines_of(content_of(given.transcripts));
  options.scribe.first_partial = milliseconds(given.first_partial_ms);
  options.scribe.next_partial = milliseconds(given.next_partial_ms);
  options.scribe.commit_delay = milliseconds(given.commit_ms);
  options.scribe.api_key = options.speech.api_key = given.api_key;
  options.speech.first_audio = milliseconds(given.first_audio_ms);
  if (given.snake_case) {
    options.scribe.spelling = scribe::config_spelling::documented;
    options.speech.spelling = tts::spelling::snake_case;
  }
  for (const auto& text : given.faults) {
    options.faults.push_back(parse_fault(text).value());
  }
  if (!given.save.empty())
    options.heard = [folder = given.save](std::uint64_t session, std::span<const std::uint8_t> audio) {
      append_to_file(folder, session, audio);
    };
  return options;
}

int run_speech(const speech_arguments& given) {
  auto where = parse_listen(given.listen);
  if (!where) {
    std::fprintf(stderr, "tandem-lab: --listen wants HOST:PORT, not %s\n", given.listen.c_str());
    return 2;
  }
  if (!given.server.synthetic && given.scripts.empty()) {
    std::fprintf(stderr,
                 "tandem-lab: speech wants --script (whose phrases it is to recognise) or --synthetic\n");
    return 2;
  }
  auto options = options_of(given, *where);
  stop_signal signals;
  lab_loops loops(given.loops);
  speech_server server(loops.all(), std::move(options));
  server.start();
  announce_listening(where->host, server.port());
  signals.wait();
  return 0;
}

}  // namespace

void add_speech_command(CLI::App& program, int& exit_code) {
  auto given = std::make_shared<speech_arguments>();
  auto* command =
      program.add_subcommand("speech", "A local server that speaks ElevenLabs' Scribe and TTS protocols");
  command->add_option("--listen", given->listen, "HOST:PORT; port 0 = any")->capture_default_str();
  command->add_option(
      "--script", given->scripts,
      "An agent's dialogue or a caller's script, whose phrases it recognises; may be repeated");
  command->add_option("--voice", given->server.voice, "awb, kal16, rms or slt")->capture_default_str();
  command->add_flag("--synthetic", given->server.synthetic,
                    "Generated sound, scripted transcripts: next to no CPU");
  command->add_option("--transcripts", given->transcripts,
                      "With --synthetic: a file with one transcript a line");
  command->add_option("--threads", given->loops, "Event loops")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--workers", given->server.workers, "Threads of recognition and synthesis")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->add_option("--max-streams", given->server.max_streams, "Callers recognised at once")
      ->capture_default_str();
  command->add_option("--first-partial-ms", given->first_partial_ms, "Audio before the first partial")
      ->capture_default_str();
  command->add_option("--partial-every-ms", given->next_partial_ms, "Audio between partials")
      ->capture_default_str();
  command->add_option("--commit-ms", given->commit_ms, "From a commit to its transcript, at least")
      ->capture_default_str();
  command
      ->add_option("--first-audio-ms", given->first_audio_ms,
                   "From a whole text to its first audio, at least")
      ->capture_default_str();
  command->add_flag("--snake-case", given->snake_case,
                    "Name fields as the documentation does, not as live servers");
  command->add_flag("--silent-close", given->server.speech.silent_close,
                    "A context closed before its first audio stays silent");
  command->add_option("--api-key", given->api_key, "The key that clients must send; none = any");
  command->add_option("--save", given->save, "A folder for the audio of each Scribe session (scribe-N.raw)")
      ->check(CLI::ExistingDirectory);
  command
      ->add_option("--fault", given->faults, "What goes wrong; may be repeated: " + std::string(fault_syntax))
      ->check([](const std::string& text) {
        auto fault = parse_fault(text);
        return fault ? std::string() : fault.error();
      });
  command->callback([given, &exit_code] { exit_code = run_speech(*given); });
}

}  // namespace tandem::lab
