// Measures the engine beside relays without actors, one after the other and again, under the same load. The
// measured process has core 0 for itself, everything else the others.

#include "tests/bench/comparison.hpp"
#include "tests/lab/engine_process.hpp"
#include "tests/lab/load/load_run.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

namespace tandem::bench {

namespace {

struct orders {
  std::vector<std::size_t> calls{100, 500, 1000};
  std::vector<std::string> against{"callbacks", "epoll"};
  std::string commit = "local";
  std::string profile = "talk";
  unsigned seconds = 10;
  unsigned times = 3;
  std::string json;
};

/// A program that is measured; the engine's is the one that the load starts by itself.
struct subject {
  std::string program;
  std::vector<std::string> flags;
};

std::vector<subject> subjects_of(const orders& given) {
  const auto engine = lab::engine_program();
  const auto folder = engine.substr(0, engine.size() - std::string("tandem").size());
  std::vector<subject> out{{"", {"--scribe.commit=" + given.commit}}};
  for (const auto& each : given.against) {
    subject one{folder + (each == "epoll" ? "bench_epoll_relay" : "bench_relay"),
                {"--commit=" + given.commit}};
    if (each == "beast") one.flags.push_back("--reads-twice");
    out.push_back(std::move(one));
  }
  return out;
}

/// Every call has three sockets here and three in what is measured, which inherits the limit.
void allow_sockets(std::size_t calls) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  const auto wanted = 4 * calls + 200;
  if (files.rlim_cur < wanted)
    throw std::runtime_error(std::to_string(calls) + " calls need " + std::to_string(wanted) +
                             " open files, and only " + std::to_string(files.rlim_cur) +
                             " are allowed (ulimit -Hn)");
}

size_runs measure(const orders& given, const std::vector<subject>& subjects, const lab::sound_book& book,
                  std::size_t calls) {
  lab::load_options options;
  options.profile = lab::load_profile_of(given.profile).value();
  options.seconds = given.seconds;
  options.pin = true;
  options.log = "bench-subject.log";
  size_runs out;
  out.calls = calls;
  out.of_subject.resize(subjects.size());
  for (unsigned round = 0; round < given.times; ++round) {
    for (std::size_t n = 0; n < subjects.size(); ++n) {
      // Every second round runs backwards, so that a machine that slows down favours nobody.
      const auto which = round % 2 == 0 ? n : subjects.size() - 1 - n;
      options.relay = subjects[which].program;
      options.flags = subjects[which].flags;
      out.of_subject[which].push_back(lab::run_load_step(options, book, calls));
    }
  }
  return out;
}

int run(const orders& given) {
  allow_sockets(*std::max_element(given.calls.begin(), given.calls.end()));
  if (std::thread::hardware_concurrency() < 2)
    std::printf("there is one core: what is measured shares it with its load\n");
  const auto subjects = subjects_of(given);
  comparison all{given.profile, given.commit, given.seconds, {"engine"}, {}};
  all.subjects.insert(all.subjects.end(), given.against.begin(), given.against.end());
  const auto book = lab::sound_book::spoken();
  print_head(all);
  for (const auto calls : given.calls) {
    all.sizes.push_back(measure(given, subjects, book, calls));
    print_row(all, all.sizes.back());
  }
  if (!given.json.empty()) {
    std::ofstream file(given.json);
    file << to_json(all);
    if (!file.flush()) throw std::runtime_error("cannot write " + given.json);
  }
  const auto right =
      std::all_of(all.sizes.begin(), all.sizes.end(), [](const auto& each) { return each.is_right(); });
  std::printf("%s\n", right ? "every check held" : "not every check held");
  return right ? 0 : 1;
}

}  // namespace

}  // namespace tandem::bench

int main(int count, char** arguments) {
  tandem::bench::orders given;
  CLI::App program{"Measures the engine beside relays without actors."};
  program.add_option("--calls", given.calls, "Simultaneous calls of each size")
      ->delimiter(',')
      ->capture_default_str();
  program
      .add_option("--against", given.against,
                  "callbacks: on the engine's own sockets; beast: on Beast's as they come; epoll: by hand, "
                  "the limit")
      ->delimiter(',')
      ->check(CLI::IsMember({"callbacks", "beast", "epoll"}))
      ->capture_default_str();
  program.add_option("--commit", given.commit, "Who ends what callers say: the measured program, or Scribe")
      ->check(CLI::IsMember({"local", "vad"}))
      ->capture_default_str();
  program.add_option("--profile", given.profile, "talk: callers are answered; listen: they say nothing")
      ->check(CLI::IsMember({"talk", "listen"}))
      ->capture_default_str();
  program.add_option("--seconds", given.seconds, "Length of each measurement")
      ->check(CLI::Range(1U, 3600U))
      ->capture_default_str();
  program.add_option("--times", given.times, "Rounds of each size")
      ->check(CLI::Range(1U, 100U))
      ->capture_default_str();
  program.add_option("--json", given.json, "A file for the figures");
  CLI11_PARSE(program, count, arguments);
  try {
    return tandem::bench::run(given);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_media: %s\n", failure.what());
    return 1;
  }
}
