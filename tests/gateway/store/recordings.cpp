#include "gateway/store/recordings.hpp"

#include "actors/runtime/metrics.hpp"
#include "protocols/audio/g711.hpp"
#include "protocols/audio/wav.hpp"
#include "tests/temporary_folder.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;
using bytes = std::vector<std::uint8_t>;

constexpr auto patience = 30s;

struct recordings_fixture {
  temporary_folder folder;
  prometheus::Registry registry;
  metrics measure{registry};

  recording_settings how() const { return {.folder = fs::path(folder.path()) / "calls", .node = "here"}; }
  fs::path file(const std::string& name) const { return fs::path(folder.path()) / "calls" / name; }

  bytes content(const fs::path& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  /// The samples of a finished recording, both sides in turn.
  std::vector<std::int16_t> samples(const recordings& all, const std::string& id,
                                    std::uint32_t rate = 8000) const {
    const auto path = all.find(id);
    REQUIRE(path);
    const auto whole = content(*path);
    const auto found = wav::read(whole);
    REQUIRE(found);
    CHECK(found->layout == wav::format{wav::coding::pcm16, 2, rate});
    // The header knows the length.
    CHECK(wav::header(found->layout, static_cast<std::uint32_t>(found->audio.size())) ==
          bytes(whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(found->audio.size())));
    std::vector<std::int16_t> out;
    for (std::size_t i = 0; i + 1 < found->audio.size(); i += 2) {
      out.push_back(static_cast<std::int16_t>(found->audio[i] | found->audio[i + 1] << 8));
    }
    return out;
  }

  /// So many seconds of a line, as a call hands them over.
  static bytes stereo(std::uint8_t caller, std::uint8_t agent, std::size_t frames) {
    bytes out;
    for (std::size_t i = 0; i < frames; ++i) {
      out.push_back(caller);
      out.push_back(agent);
    }
    return out;
  }
};

}  // namespace

TEST_CASE_FIXTURE(recordings_fixture,
                  "a wideband recording says its rate, also when its process was killed") {
  const recording_folder before(how().folder);
  REQUIRE_FALSE(before.write("here-1-1", 0, stereo(0x10, 0x90, 4), 16000));
  recordings all(how(), measure);
  all.write("here-1-2", 0, stereo(0x20, 0xa0, 4), 16000);
  all.finish("here-1-2");
  CHECK(all.forget_now({"somebody else"}, patience));
  CHECK(samples(all, "here-1-1", 16000).size() == 8);
  CHECK(samples(all, "here-1-2", 16000).front() == g711::from_ulaw(0x20));
}

TEST_CASE_FIXTURE(recordings_fixture, "a recording has both sides, and silence where a piece is missing") {
  recordings all(how(), measure);
  all.write("here-1-1", 0, stereo(0x10, 0x90, 4), 8000);
  all.write("here-1-1", 6, stereo(0x20, 0xa0, 2), 8000);
  CHECK_FALSE(all.find("here-1-1"));
  all.finish("here-1-1");
  CHECK(all.forget_now({"somebody else"}, patience));
  const std::vector<std::uint8_t> codes{0x10, 0x90, 0x10, 0x90, 0x10, 0x90, 0x10, 0x90,
                                        0xff, 0xff, 0xff, 0xff, 0x20, 0xa0, 0x20, 0xa0};
  std::vector<std::int16_t> wanted;
  for (const auto code : codes) wanted.push_back(g711::from_ulaw(code));
  CHECK(samples(all, "here-1-1") == wanted);
  CHECK(fs::exists(file("here-1-1.wav")));
  CHECK_FALSE(fs::exists(file("here-1-1.wav.part")));
  CHECK(measure.recording_buffer_bytes->Value() == 0);
  CHECK(measure.recording_lost_seconds_total->Value() == 0);
}

TEST_CASE_FIXTURE(recordings_fixture, "everything that waits is written at the end") {
  {
    recordings all(how(), measure);
    for (std::uint64_t second = 0; second < 100; ++second) {
      all.write("here-1-1", second * 8000, stereo(1, 2, 8000), 8000);
    }
    all.finish("here-1-1");
  }
  CHECK(fs::file_size(file("here-1-1.wav")) > 100 * 32000);
}

TEST_CASE_FIXTURE(recordings_fixture, "a call of which nothing was written has no recording") {
  recordings all(how(), measure);
  all.finish("here-1-1");
  CHECK(all.forget_now({"x"}, patience));
  CHECK_FALSE(all.find("here-1-1"));
  CHECK(fs::is_empty(file("")));
}

TEST_CASE_FIXTURE(recordings_fixture, "what is forgotten is gone, also what is not finished") {
  recordings all(how(), measure);
  for (const auto* id : {"here-1-1", "here-1-2", "here-1-3"}) all.write(id, 0, stereo(1, 2, 800), 8000);
  all.finish("here-1-1");
  all.finish("here-1-3");
  CHECK(all.forget_now({"here-1-1", "here-1-2"}, patience));
  CHECK_FALSE(all.find("here-1-1"));
  CHECK(all.find("here-1-3"));
  CHECK(std::distance(fs::directory_iterator(file("")), {}) == 1);
}

TEST_CASE_FIXTURE(recordings_fixture,
                  "what an earlier process left open is finished, what others do is not touched") {
  {
    const recording_folder before(how().folder);
    REQUIRE_FALSE(before.works());
    for (const auto* id : {"here-1-1", "elsewhere-1-1", "here-more-1-1"}) {
      REQUIRE_FALSE(before.write(id, 0, stereo(1, 2, 800), 8000));
    }
  }
  recordings all(how(), measure);
  CHECK(all.forget_now({"x"}, patience));
  CHECK(samples(all, "here-1-1").size() == 1600);
  CHECK_FALSE(all.find("elsewhere-1-1"));
  CHECK(fs::exists(file("elsewhere-1-1.wav.part")));
  CHECK(fs::exists(file("here-more-1-1.wav.part")));
}

TEST_CASE_FIXTURE(recordings_fixture, "recordings go when they are old enough") {
  {
    recordings all(how(), measure);
    for (const auto* id : {"here-1-1", "here-1-2"}) {
      all.write(id, 0, stereo(1, 2, 800), 8000);
      all.finish(id);
    }
  }
  fs::last_write_time(file("here-1-1.wav"), fs::file_time_type::clock::now() - 73h);
  auto three_days = how();
  three_days.keep_days = 3;
  recordings all(three_days, measure);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (fs::exists(file("here-1-1.wav")) && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(5ms);
  }
  CHECK_FALSE(all.find("here-1-1"));
  CHECK(all.find("here-1-2"));
}

TEST_CASE_FIXTURE(recordings_fixture, "beyond the bound audio is left out and counted, never kept waiting") {
  auto small = how();
  small.queue_bound = 100;
  recordings all(small, measure);
  all.write("here-1-1", 0, stereo(1, 2, 16000), 8000);
  all.write("here-1-1", 16000, stereo(0x30, 0x40, 10), 8000);
  all.finish("here-1-1");
  CHECK(all.forget_now({"x"}, patience));
  CHECK(measure.recording_lost_seconds_total->Value() == 2);
  const auto kept = samples(all, "here-1-1");
  REQUIRE(kept.size() == 2 * 16010);
  CHECK(kept[0] == 0);
  CHECK(kept[31999] == 0);
  CHECK(kept[32000] == g711::from_ulaw(0x30));
}

TEST_CASE_FIXTURE(recordings_fixture,
                  "a folder that cannot be written costs the recordings and nothing else") {
  std::ofstream(folder / "calls") << "a file";
  recordings all(how(), measure);
  all.write("here-1-1", 0, stereo(1, 2, 8000), 8000);
  all.finish("here-1-1");
  all.forget_now({"x"}, patience);
  CHECK(measure.recording_lost_seconds_total->Value() == 1);
  CHECK_FALSE(all.find("here-1-1"));
}

TEST_CASE_FIXTURE(recordings_fixture, "an id that is no call's names no file") {
  std::ofstream(folder / "secret.wav") << "x";
  recordings all(how(), measure);
  for (const auto* id : {"../secret", "", ".", "..", "a/b", "/etc/passwd", ".hidden"})
    CHECK_FALSE(all.find(id));
}
