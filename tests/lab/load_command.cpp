#include "tests/lab/commands.hpp"
#include "tests/lab/load/load_run.hpp"
#include "tests/lab/load/process_figures.hpp"
#include "tests/lab/load/report/load_html.hpp"
#include "tests/lab/load/report/load_json.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

namespace tandem::lab {

namespace {

struct load_arguments {
  load_options run;
  std::string profile = "talk";
  std::string chaos;
  std::string agent;
  std::string json;
  std::string html;
};

/// What cannot be asked for together; nullptr when all can.
const char* fault_of(const load_options& run) {
  if (!run.engine.empty() && !run.relay.empty()) return "--engine and --program exclude each other";
  if (!run.admin.empty() && run.engine.empty()) return "--admin goes with --engine";
  if (run.tls && !run.is_ours()) return "--tls is for our own engine";
  if (run.agent == "openai" && !run.is_ours()) return "--agent openai is for our own engine";
  if (run.model_fails && !run.has_model())
    return "only our own engine with --agent openai has a model that fails";
  if (run.is_ours() || !run.admin.empty()) return nullptr;
  if (run.ask_api) return "--api asks the engine's admin side; --admin says where it is";
  if (run.kills != 0) return "--kills needs the engine's admin side; --admin says where it is";
  return nullptr;
}

/// A run takes minutes: that its report cannot be kept is better known before.
void require_writable(const std::string& file) {
  if (!file.empty() && !std::ofstream(file, std::ios::app)) throw std::runtime_error("cannot write " + file);
}

void keep(const std::string& file, const std::string& report) {
  if (file.empty()) return;
  std::ofstream out(file);
  out << report;
  if (!out.flush()) throw std::runtime_error("cannot write " + file);
}

/// What goes wrong, as far as it goes without saying.
void settle_chaos(load_arguments& given) {
  auto& run = given.run;
  const auto all = given.chaos.empty() || given.chaos == "all";
  run.profile = given.chaos.empty() ? load_profile_of(given.profile).value() : load_profile::chaos;
  run.lines_fail = all || given.chaos == "lines";
  run.providers_fail = all || given.chaos == "providers";
  if (given.chaos == "actors" && run.kills == 0) run.kills = 1;
  const auto wants_model = run.profile == load_profile::chaos && (all || given.chaos == "model");
  run.agent = !given.agent.empty() ? given.agent : wants_model && run.is_ours() ? "openai" : "echo";
  run.model_fails = given.chaos == "model" || (wants_model && run.has_model());
}

/// Of each call there are some connections here, and at times those of the one before it still.
void allow_calls(const load_options& run) {
  constexpr std::uint64_t files_of_a_call = 10;
  constexpr std::uint64_t other_files = 200;
  const auto most = *std::max_element(run.calls.begin(), run.calls.end());
  const auto wanted = most * files_of_a_call + other_files;
  const auto allowed = allow_open_files();
  if (allowed < wanted)
    std::fprintf(stderr, "tandem-lab: %zu calls may need %llu open files; the system allows %llu\n", most,
                 static_cast<unsigned long long>(wanted), static_cast<unsigned long long>(allowed));
}

int run_command(load_arguments& given) {
  settle_chaos(given);
  if (const auto* fault = fault_of(given.run)) {
    std::fprintf(stderr, "tandem-lab: %s\n", fault);
    return 2;
  }
  require_writable(given.json);
  require_writable(given.html);
  allow_calls(given.run);
  const auto summary = run_load(given.run);
  keep(given.json, report_json(summary));
  keep(given.html, report_html(summary));
  std::printf("%s\n", summary.is_right() ? "every check held" : "not every check held");
  return summary.is_right() ? 0 : 1;
}

}  // namespace

void add_load_command(CLI::App& program, int& exit_code) {
  auto given = std::make_shared<load_arguments>();
  auto& run = given->run;
  auto* command = program.add_subcommand(
      "load", "Puts many calls on an engine, checks every byte of them, and measures it from outside");
  command->add_option("--profile", given->profile, "listen, talk, churn, barge, overload, soak, chaos")
      ->capture_default_str()
      ->check(CLI::IsMember({"listen", "talk", "churn", "barge", "overload", "soak", "chaos"}));
  command->add_option("--calls", run.calls, "Simultaneous calls of each step; overload: the engine's limit")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--seconds", run.seconds, "Length of each measurement")->capture_default_str();
  command->add_option("--seed", run.seed, "The same seed plans the same calls")->capture_default_str();
  command->add_option("--rate", run.rate, "New calls a second, at most")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 100000.0));
  command->add_option("--json", given->json, "A file for the figures");
  command->add_option("--html", given->html, "A file for a report to read: one page with tables and charts");
  command->add_option("--engine", run.engine,
                      "HOST:PORT of an engine's carrier side; HOST:PORT/PATH where its streams have another "
                      "path than ours; none = our own engine");
  command->add_option(
      "--admin", run.admin,
      "HOST:PORT of that engine's admin side; none = it is of another make, and what only ours "
      "tell is left out");
  command->add_option("--program", run.relay,
                      "A program of another make in our engine's place: it is started as PROGRAM serve "
                      "ws://PROVIDERS and prints 'engine listening carrier=HOST:PORT admin=HOST:0'");
  command->add_option("--pid", run.pid, "That engine's process, for CPU and memory");
  command->add_option("--token", run.token, "Its telnyx.stream_token")->capture_default_str();
  command->add_option("--providers", run.providers, "HOST:PORT where our Scribe and TTS listen; port 0 = any")
      ->capture_default_str();
  command
      ->add_option("--set", run.flags, "A flag of our own engine, e.g. --scribe.commit=vad; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--threads", run.engine_threads, "Event loops of our own engine")
      ->capture_default_str();
  command->add_option("--log", run.log, "Where our own engine's log goes")->capture_default_str();
  command
      ->add_option("--chaos", given->chaos,
                   "Profile chaos with one kind of trouble: all, lines, providers, model, actors")
      ->check(CLI::IsMember({"all", "lines", "providers", "model", "actors"}));
  command
      ->add_option(
          "--agent", given->agent,
          "Who answers in our own engine: echo, or openai, a language model of ours that says what the "
          "caller said; in chaos it misbehaves. Default: openai in chaos, if the model is to fail in it, "
          "otherwise echo")
      ->check(CLI::IsMember({"echo", "openai"}));
  command
      ->add_option("--kills", run.kills,
                   "chaos: actors killed inside the engine a second; wants a build with TANDEM_CHAOS")
      ->capture_default_str();
  command->add_option("--kill", run.killed_kinds, "Whom, by kind; call is a call's supervisor")
      ->delimiter(',')
      ->check(CLI::IsMember({"scribe", "speech", "ingress", "dialogue", "call"}))
      ->capture_default_str();
  command->add_option("--growth", run.most_growth,
                      "Percent that the engine may grow after its first thousand calls, which must be that "
                      "many; none = any");
  command->add_flag("--tls", run.tls, "Our own engine reaches our providers over TLS");
  command->add_flag(
      "--flat", run.must_be_flat,
      "The engine's memory must not grow while measuring, as far as growth is more than chance");
  command->add_option("--least-ended", run.least_ended, "Calls that must have ended in each step")
      ->capture_default_str();
  command->add_flag(
      "--api", run.ask_api,
      "Measures how fast the engine's API answers, asked ten times a second; costs it some CPU");
  command->add_flag("--pin", run.pin, "Our own engine gets core 0 for itself, everything else the others");
  command->callback([given, &exit_code] { exit_code = run_command(*given); });
}

}  // namespace tandem::lab
