#include "tests/lab/demo.hpp"

#include "actors/agents/script_file.hpp"
#include "gateway/settings/bounded_file.hpp"
#include "protocols/audio/audio_format.hpp"
#include "tests/lab/call_report.hpp"
#include "tests/lab/caller_script.hpp"
#include "tests/lab/carrier.hpp"
#include "tests/lab/engine_process.hpp"
#include "tests/lab/engine_view.hpp"
#include "tests/lab/lab_loop.hpp"
#include "tests/lab/line_recorder.hpp"
#include "tests/lab/scripted_caller.hpp"
#include "tests/lab/sound_format.hpp"
#include "tests/lab/speech_server.hpp"
#include "tests/lab/stop_signal.hpp"
#include "tests/lab/synthesis.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <vector>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t file_bound = 1024 * 1024;
constexpr auto call_deadline = 240s;
constexpr auto poll_pause = 100ms;
constexpr std::string_view caller_number = "+13125550100";
constexpr std::string_view business_number = "+13125550142";

std::string shipped(std::string_view name) {
  auto beside_sources = std::filesystem::path("deploy/agents") / name;
  if (std::filesystem::exists(beside_sources)) return beside_sources;
  return std::filesystem::path(engine_program()).parent_path() / "../../deploy/agents" / name;
}

std::string read_file(const std::string& path) {
  auto text = read_bounded(path, file_bound);
  if (!text) throw std::runtime_error(text.error());
  return std::move(*text);
}

template <class Value>
Value without_faults(tl::expected<Value, std::vector<std::string>> loaded, const std::string& path) {
  if (loaded) return std::move(*loaded);
  std::string all = path + " is not usable:";
  for (const auto& fault : loaded.error()) all += "\n  " + fault;
  throw std::runtime_error(all);
}

void write_file(const std::filesystem::path& path, std::string_view content) {
  std::ofstream out(path, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!out.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::vector<caller_line> record_lines(const caller_script& script, const audio_format& sound) {
  auto voice = make_flite_voice("slt");
  std::vector<caller_line> lines;
  for (const auto& each : script.lines) {
    const auto spoken = voice->speak(each.say, sound.rate);
    lines.push_back(
        {each.say, encode_sound(*sound_format_of(sound.name), spoken.samples), each.interrupt_after});
  }
  return lines;
}

std::string at(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

/// The console goes on until somebody has seen enough.
void stay(const std::string& console) {
  stop_signal enough;
  std::printf(
      "\nThe engine stays up. Its console: %s\n"
      "  Now, Calls: how the line is doing, and the call above, to hear and to read.\n"
      "  Talk: call the agent yourself; it understands what its dialogue expects.\n"
      "Ctrl+C ends it.\n",
      console.c_str());
  std::fflush(stdout);
  enough.wait();
}

}  // namespace

int run_demo(const demo_options& options) {
  auto agent_file = options.agent_script.empty() ? shipped(options.example + ".json") : options.agent_script;
  auto caller_file =
      options.caller_script.empty() ? shipped(options.example + ".caller.json") : options.caller_script;
  auto program = options.engine.empty() ? engine_program() : options.engine;
  auto agent = without_faults(load_script(read_file(agent_file)), agent_file);
  auto caller = without_faults(load_caller_script(read_file(caller_file)), caller_file);
  std::filesystem::path directory = options.directory;
  std::filesystem::create_directories(directory);

  std::printf("Tandem demo: one phone call on this machine, without any account.\n\n");
  const auto& sound = spoken_format(options.codec);
  const std::string codec(telnyx::to_string(options.codec));
  auto lines = record_lines(caller, sound);
  auto phrases = tandem::phrases(agent);
  for (const auto& line : caller.lines) phrases.push_back(line.say);

  lab_loops loops;
  speech_server_options ears_and_mouth;
  ears_and_mouth.phrases = phrases;
  speech_server speech(loops.all(), std::move(ears_and_mouth));
  speech.start();

  // Carrier and engine need each other's address before they start.
  reserved_port carrier_side;
  auto engine_address = at(carrier_side.number());
  carrier_options line;
  line.webhook_url = "http://" + engine_address + "/telnyx/webhooks";
  line.to_engine = line.from_engine = 40ms;
  carrier telnyx(loops.first(), line);
  telnyx.start();
  auto log_file = (directory / "engine.log").string();
  std::filesystem::remove(log_file);
  const auto database = (directory / "tandem.db").string();
  for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(database + part);
  auto speech_url = "ws://" + at(speech.port());
  std::vector<std::string> flags{
      "--server.listen=" + engine_address,
      "--server.admin_listen=127.0.0.1:0",
      "--server.public_url=http://" + engine_address,
      "--server.drain_seconds=5",
      "--telnyx.api_url=http://" + at(telnyx.port()) + "/v2",
      "--telnyx.api_key=demo",
      "--telnyx.public_key=" + telnyx.public_key(),
      "--telnyx.codec=" + codec,
      "--elevenlabs.api_key=demo",
      "--scribe.url=" + speech_url + "/v1/speech-to-text/realtime",
      "--speech.url=" + speech_url + "/v1/text-to-speech",
      "--speech.voice=rms",
      "--agent.kind=script",
      "--store.url=sqlite:" + database,
      "--agent.script=" + agent_file,
      "--cluster.node=demo",
      // Recognition beside it may keep every core busy.
      "--limits.loop_lag_ms=10000",
  };
  if (options.stays) flags.push_back("--store.recordings=" + (directory / "recordings").string());
  engine_process engine(program, flags, log_file);
  if (!engine.wait_ready(20s)) throw std::runtime_error("the engine did not start; see " + log_file);
  std::printf("  engine    tandem serve                            %s\n", engine_address.c_str());
  std::printf("  carrier   a simulated Telnyx, 40 ms away          %s\n", at(telnyx.port()).c_str());
  std::printf("  speech    local recognition and synthesis         %s\n", at(speech.port()).c_str());
  const auto console = "http://" + at(engine.admin_port()) + "/";
  std::printf("  console   watch it in a browser                   %s\n\n", console.c_str());

  scripted_caller person(std::move(lines), sound.silence);
  line_recorder recorder(person, options.codec);
  std::promise<call_outcome> over;
  auto outcome = over.get_future();
  loops.run([&] {
    telnyx.place(std::string(caller_number), std::string(business_number), options.codec, recorder,
                 [&](const call_outcome& how) { over.set_value(how); });
  });

  engine_view view(loops, "http://" + at(engine.admin_port()));
  live_transcript screen;
  auto deadline = std::chrono::steady_clock::now() + call_deadline;
  while (outcome.wait_for(poll_pause) != std::future_status::ready &&
         std::chrono::steady_clock::now() < deadline) {
    screen.show(view.newest_call());
  }
  auto ended = outcome.wait_for(0s) == std::future_status::ready;
  if (!ended) loops.run([&] { telnyx.hang_up_all(); });
  if (!ended && outcome.wait_for(10s) != std::future_status::ready)
    throw std::runtime_error("the call cannot be ended");
  auto how = outcome.get();
  auto call = view.ended_call(10s);
  screen.show(call);
  auto metrics = view.idle_metrics(10s);

  write_file(directory / "call.wav", recorder.wav());
  write_file(directory / "call.json", call.json);
  write_file(directory / "transcript.json", call.transcript_json);
  write_file(directory / "metrics.txt", metrics);
  auto worked = report({.script = caller,
                        .call = call,
                        .outcome = how,
                        .person = person,
                        .metrics = metrics,
                        .recording = {recorder.samples(), recorder.rate()},
                        .directory = directory.string()});
  if (options.stays) {
    stay(console);
  } else {
    std::printf("With --stay its console stays up, where you can talk to the agent yourself.\n");
  }
  auto exit_code = engine.stop(20s);
  if (exit_code != 0)
    std::printf("The engine ended with exit code %d; see %s\n", exit_code, log_file.c_str());
  return worked && exit_code == 0 ? 0 : 1;
}

}  // namespace tandem::lab
