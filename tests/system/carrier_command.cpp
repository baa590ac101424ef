#include "protocols/audio/wav.hpp"
#include "tests/lab/line_checks.hpp"
#include "tests/system/fixture.hpp"

#include <bit>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// `tandem-lab carrier` as a user starts it, with what it prints.
class carrier_program {
 public:
  explicit carrier_program(const std::string& arguments)
      : output_(popen(("timeout 120 " + lab::engine_program() + "-lab carrier " + arguments).c_str(), "r")) {
    REQUIRE(output_ != nullptr);
  }
  ~carrier_program() {
    if (output_ != nullptr) pclose(output_);
  }
  carrier_program(const carrier_program&) = delete;

  /// What follows `begin` on the next line, which must begin so.
  std::string line(const std::string& begin) {
    char text[512] = "";
    REQUIRE(std::fgets(text, sizeof text, output_) != nullptr);
    std::string whole(text);
    REQUIRE_MESSAGE(whole.starts_with(begin), whole);
    return whole.substr(begin.size(), whole.size() - begin.size() - 1);
  }

  /// Its exit code, once it has ended.
  int wait() { return WEXITSTATUS(pclose(std::exchange(output_, nullptr))); }

 private:
  std::FILE* output_;
};

/// The samples of a recording; it must be 16-bit stereo at 8 kHz.
std::vector<std::int16_t> recorded(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  const auto text = bytes.str();
  const auto read = wav::read({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  REQUIRE(read);
  REQUIRE(read->layout.channels == 2);
  REQUIRE(read->layout.samples == wav::coding::pcm16);
  std::vector<std::int16_t> samples(read->audio.size() / sizeof(std::int16_t));
  std::memcpy(samples.data(), read->audio.data(), samples.size() * sizeof(std::int16_t));
  return samples;
}

/// A mono WAV of the known speech.
void write_speech(const std::string& path) {
  const auto& speech = known_speech(telnyx::codec::pcmu);
  const auto head = wav::header({wav::coding::ulaw, 1, 8000}, static_cast<std::uint32_t>(speech.size()));
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(head.data()), static_cast<std::streamsize>(head.size()));
  file.write(reinterpret_cast<const char*>(speech.data()), static_cast<std::streamsize>(speech.size()));
}

}  // namespace

TEST_CASE("the carrier's program announces a call to an engine that is started after it, and records it") {
  temporary_folder folder;
  lab::reserved_port engine_side;
  const auto engine = "127.0.0.1:" + std::to_string(engine_side.number());
  carrier_program program("--webhook http://" + engine +
                          "/telnyx/webhooks --calls 1 --say 'hello there' --record " + (folder / ""));
  const auto carrier = program.line("listening on ");
  const auto key = program.line("public key ");
  running_engine running({.flags = {"--server.listen=" + engine, "--server.public_url=http://" + engine,
                                    "--telnyx.api_url=http://" + carrier + "/v2",
                                    "--telnyx.public_key=" + key, "--agent.greeting=Good day."}});
  const auto ended = program.line("call 1 ended ");
  CHECK_MESSAGE(ended.find("by=caller") != std::string::npos, ended);
  CHECK(program.wait() == 0);
  const auto call = running.view->ended_call(20s);
  REQUIRE(call.turns.size() == 3);
  CHECK(call.turns[1].text == "hello there");
  const auto line = recorded(folder / "call-1.wav");
  CHECK(lab::sound_in(line, 0) >= 400ms);
  CHECK(lab::sound_in(line, 1) >= 800ms);
  CHECK(running.left().empty());
}

TEST_CASE("the carrier's program plays a recording into a bare stream, late in both directions") {
  temporary_folder folder;
  write_speech(folder / "speech.wav");
  running_engine running({});
  carrier_program program(
      "--media ws://127.0.0.1:" + std::to_string(running.port()) +
      "/telnyx/media/fixed-token-of-the-test --calls 1 --to-engine-ms 60 --from-engine-ms 40 " + "--play " +
      (folder / "speech.wav") + " --record " + (folder / ""));
  program.line("listening on ");
  program.line("public key ");
  const auto ended = program.line("call 1 ended ");
  CHECK_MESSAGE(ended.find("by=caller") != std::string::npos, ended);
  CHECK(program.wait() == 0);
  CHECK(lab::sound_in(recorded(folder / "call-1.wav"), 1) >= 400ms);
}

TEST_CASE("the carrier's program says what is wrong with how it is used") {
  for (const auto* arguments :
       {"--listen nowhere 2>/dev/null", "--calls 1 2>/dev/null", "--nonsense 2>/dev/null",
        "--rest-delay 300..50 2>/dev/null", "--second-stream maybe 2>/dev/null"}) {
    CAPTURE(arguments);
    CHECK(carrier_program(arguments).wait() == 2);
  }
  CHECK(carrier_program("--calls 1 --wait-seconds 0 --media ws://127.0.0.1:1/ >/dev/null 2>&1").wait() == 1);
}

}  // namespace tandem::test
