// Measures the engine and a relay without actors, one after the other, with the same callers and providers:
// CPU per call-second and bytes per call. The measured process has core 0 for itself, everything else the
// others.

#include "protocols/audio/g711.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/engine_process.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/synthesis.hpp"

#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sched.h>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

/// Says a sentence every four seconds, for ever; the reply comes in between.
class busy_caller final : public lab::person {
 public:
  busy_caller(const std::vector<std::uint8_t>& sentence, std::size_t offset)
      : sentence_(sentence), at_(offset) {}

  void speak(moment, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    auto from = at_ * out.size();
    if (from < sentence_.size()) {
      auto size = std::min(out.size(), sentence_.size() - from);
      std::copy_n(sentence_.begin() + static_cast<std::ptrdiff_t>(from), size, out.begin());
    }
    at_ = (at_ + 1) % 200;
  }
  void hear(moment, const lab::frame&, bool is_audio) override { heard += is_audio; }
  bool hangs_up(moment) override { return leaving; }

  std::uint64_t heard = 0;
  static inline std::atomic<bool> leaving = false;

 private:
  const std::vector<std::uint8_t>& sentence_;
  std::size_t at_;
};

void use_core(int from, int count) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int core = from; core < from + count; ++core) CPU_SET(core, &set);
  sched_setaffinity(0, sizeof set, &set);
}

/// CPU seconds of a process since its start.
double cpu_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int n = 3; n <= 15 && fields >> field; ++n) {
    if (n == 14 || n == 15) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double resident_bytes(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

struct figures {
  double cpu_ms = 0;
  double kilobytes = 0;
  double heard_share = 0;
};

struct measurement {
  std::size_t calls = 50;
  std::chrono::seconds time{10};
  bool relay = false;
};

std::vector<std::uint8_t> sentence() {
  auto spoken = lab::make_flite_voice("slt")->speak("I would like a table for two.", 8000);
  std::vector<std::uint8_t> bytes(spoken.samples.size());
  g711::encode_ulaw(spoken.samples, bytes);
  return bytes;
}

figures measure(const measurement& what, const std::string& providers,
                const std::vector<std::uint8_t>& said) {
  lab::reserved_port carrier_side;
  auto address = "127.0.0.1:" + std::to_string(carrier_side.number());
  auto folder = lab::engine_program();
  folder.resize(folder.size() - std::string("tandem").size());
  std::vector<std::string> arguments;
  if (what.relay) {
    arguments = {providers};
  } else {
    arguments = {"--server.listen=" + address,
                 "--server.admin_listen=127.0.0.1:0",
                 "--server.threads=1",
                 "--telnyx.stream_token=bench",
                 "--elevenlabs.api_key=bench",
                 "--scribe.url=" + providers + "/v1/speech-to-text/realtime",
                 "--speech.url=" + providers + "/v1/text-to-speech",
                 "--speech.voice=rms",
                 "--agent.kind=echo",
                 "--limits.max_calls=2000"};
  }
  use_core(0, 1);
  lab::engine_process subject(folder + (what.relay ? "bench_relay" : "tandem"), arguments,
                              "bench-subject.log");
  use_core(1, static_cast<int>(std::thread::hardware_concurrency()) - 1);
  if (!subject.wait_ready(20s))
    throw std::runtime_error("the measured program did not start; see bench-subject.log");

  lab::lab_loops loops;
  lab::carrier_options line;
  line.media_url = "ws://127.0.0.1:" + std::to_string(subject.carrier_port()) + "/telnyx/media/bench";
  lab::carrier telnyx(loops.first(), line);
  std::vector<std::unique_ptr<busy_caller>> callers;
  busy_caller::leaving = false;
  std::atomic<std::size_t> over = 0;
  auto idle = resident_bytes(subject.pid());
  for (std::size_t i = 0; i < what.calls; ++i) {
    callers.push_back(std::make_unique<busy_caller>(said, i * 37 % 200));
    loops.run([&] {
      telnyx.place("a", "b", telnyx::codec::pcmu, *callers.back(), [&](const lab::call_outcome&) { ++over; });
    });
    std::this_thread::sleep_for(5ms);
  }
  std::this_thread::sleep_for(5s);
  auto cpu_before = cpu_seconds(subject.pid());
  std::uint64_t heard_before = 0;
  loops.run([&] {
    for (const auto& each : callers) heard_before += each->heard;
  });
  auto begin = std::chrono::steady_clock::now();
  std::this_thread::sleep_for(what.time);
  auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  figures out;
  out.cpu_ms = (cpu_seconds(subject.pid()) - cpu_before) * 1000 / seconds / static_cast<double>(what.calls);
  out.kilobytes = (resident_bytes(subject.pid()) - idle) / 1024 / static_cast<double>(what.calls);
  std::uint64_t heard = 0;
  loops.run([&] {
    for (const auto& each : callers) heard += each->heard;
  });
  out.heard_share =
      static_cast<double>(heard - heard_before) * 0.02 / seconds / static_cast<double>(what.calls);
  if (over != 0) std::printf("  %zu calls ended early\n", over.load());
  busy_caller::leaving = true;
  for (auto until = std::chrono::steady_clock::now() + 20s;
       over < what.calls && std::chrono::steady_clock::now() < until;) {
    std::this_thread::sleep_for(50ms);
  }
  subject.stop(30s);
  return out;
}

}  // namespace

}  // namespace tandem::bench

int main(int count, char** arguments) {
  using namespace tandem;
  CLI::App program{"Measures the engine beside a relay without actors."};
  std::vector<std::size_t> sizes{50, 200, 500};
  unsigned seconds = 10;
  std::string providers;
  program.add_option("--calls", sizes, "Simultaneous calls of each run (50 200 500)");
  program.add_option("--seconds", seconds, "Length of each measurement (10)");
  program.add_option("--providers", providers, "A synthetic speech server, ws://HOST:PORT")->required();
  CLI11_PARSE(program, count, arguments);
  auto said = bench::sentence();
  std::printf(
      "| calls | program | CPU ms per call-second | KiB per call | agent audio per second "
      "|\n|---|---|---|---|---|\n");
  for (auto calls : sizes) {
    for (auto relay : {true, false}) {
      auto got = bench::measure({calls, std::chrono::seconds(seconds), relay}, providers, said);
      std::printf("| %zu | %s | %.3f | %.1f | %.2f s |\n", calls, relay ? "relay" : "engine", got.cpu_ms,
                  got.kilobytes, got.heard_share);
      std::fflush(stdout);
    }
  }
  return 0;
}
