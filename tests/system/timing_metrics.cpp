#include "tests/lab/load/frame_tag.hpp"
#include "tests/lab/load/sound_book.hpp"
#include "tests/system/interrupting_caller.hpp"
#include "tests/system/shown_metrics.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <mutex>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// A caller every frame of whom says its number; speaks first, and is silent then.
class numbered_caller final : public lab::person {
 public:
  static constexpr std::uint32_t spoken = 200;
  static constexpr std::uint32_t all = 300;

  void speak(moment now, lab::frame& out) override {
    const lab::frame_tag tag{.call = 1, .number = number_, .sound = book_.caller_sound(number_)};
    if (number_ < spoken) {
      out = book_.tagged(tag);
    } else {
      out.fill(g711::ulaw_silence);
      lab::write_tag(out, tag);
    }
    ++number_;
    std::lock_guard guard(mutex_);
    sent_.push_back(now);
  }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return number_ >= all; }

  /// So many frames have left; from any thread, as what follows.
  std::size_t count() {
    std::lock_guard guard(mutex_);
    return sent_.size();
  }

  /// When it left, at the earliest.
  moment sent(std::uint32_t frame) {
    std::lock_guard guard(mutex_);
    return sent_.at(frame);
  }

 private:
  lab::sound_book book_ = lab::sound_book::spoken();
  std::uint32_t number_ = 0;
  std::mutex mutex_;
  std::vector<moment> sent_;
};

/// What Scribe was sent of a numbered caller: the last new frame of each chunk that has any, and when it
/// came.
class numbered_chunks {
 public:
  struct chunk {
    std::uint32_t frame = 0;
    moment came{};
  };

  void take(std::span<const std::uint8_t> audio) {
    const auto now = clock::now();
    std::lock_guard guard(mutex_);
    waiting_.insert(waiting_.end(), audio.begin(), audio.end());
    const auto before = next_;
    std::size_t at = 0;
    while (waiting_.size() - at >= lab::frame_bytes) {
      const auto tag = lab::read_tag(std::span(waiting_).subspan(at));
      at += tag ? lab::frame_bytes : 1;
      if (tag) next_ = std::max(next_, tag->number + 1);
    }
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    if (next_ != before) all_.push_back({next_ - 1, now});
  }

  std::vector<chunk> all() {
    std::lock_guard guard(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint8_t> waiting_;
  std::uint32_t next_ = 0;
  std::vector<chunk> all_;
};

constexpr auto greeting =
    "--agent.greeting=Good morning and welcome to this long greeting which goes on for quite a while so that "
    "there is time to cut it short.";

/// Whether a process stands still because of a signal.
bool stands_still(pid_t process) {
  std::ifstream about("/proc/" + std::to_string(process) + "/stat");
  std::string text;
  std::getline(about, text);
  const auto name_end = text.rfind(") ");
  return name_end != std::string::npos && text.compare(name_end + 2, 1, "T") == 0;
}

}  // namespace

TEST_CASE("an interruption takes as long as from the caller's first sound to the clear on their line") {
  constexpr auto voice = 400ms;
  running_engine running({.flags = {greeting, "--turns.min_interruption_ms=" + std::to_string(voice.count())},
                          .speech = [](auto& server) { server.scribe.first_partial = 60s; }});
  interrupting_caller callers[2];
  std::vector<std::future<lab::call_outcome>> over;
  for (auto& each : callers) over.push_back(running.place(each));
  CHECK(becomes([&] { return shown_metrics(running)("tandem_interruptions_total") == std::size(callers); }));
  for (auto& each : callers) each.leaving = true;
  seen_from_outside seen;
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience) == std::future_status::ready);
    seen.count += each.get().counts.clears;
  }
  CHECK(running.left().empty());
  std::size_t clears = 0;
  for (const auto& each : callers) {
    clears += each.clears();
    seen.most += each.waits();
  }
  CHECK(clears >= std::size(callers));
  CHECK(clears == seen.count);
  // Whom the agent does not understand in time may interrupt it once more, at once.
  seen.least = std::size(callers) * voice;
  agrees(shown_metrics(running), "tandem_interruption_seconds", {}, seen);
}

TEST_CASE(
    "a chunk is kept and delayed no longer than from its last frame's leaving to its coming to Scribe") {
  // The first second of what the caller says has to wait for its session.
  constexpr auto session = 2500ms;
  numbered_chunks chunks;
  running_engine running({.speech = [&](auto& server) {
    server.scribe.session_started = session;
    server.heard = [&](std::uint64_t, std::span<const std::uint8_t> audio) { chunks.take(audio); };
  }});
  const auto frames_read = [&] {
    return shown_metrics(running)(R"(tandem_audio_frames_total{direction="inbound",outcome="ok"})");
  };
  numbered_caller caller;
  const auto placed = clock::now();
  auto over = running.place(caller);
  double frames = 0;
  REQUIRE(becomes([&] { return (frames = frames_read()) > 0; }));
  const auto looked = clock::now();
  // All of it is kept until there is a transcript of it.
  const auto kept =
      shown_metrics(running)(R"(tandem_call_buffer_bytes{buffer="upstream"})") / lab::frame_bytes;
  CHECK(kept >= frames);
  CHECK(kept <= static_cast<double>(caller.count()));
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
  seen_from_outside seen;
  for (const auto& [frame, came] : chunks.all()) {
    const auto waited = frame < frames ? placed + session - looked : 0ns;
    seen.add(std::max<clock::duration>(waited, 0ns), came - caller.sent(frame));
  }
  CHECK(seen.count > 20);
  agrees(shown_metrics(running), "tandem_media_delay_seconds", {}, seen);
}

TEST_CASE("event loops that stand still say for how long") {
  constexpr std::size_t loops = 2;
  const std::string family = "tandem_event_loop_lag_seconds";
  running_engine running({.flags = {"--server.threads=" + std::to_string(loops)}});
  const auto long_lags = [&family](const shown_metrics& shown) {
    return shown.count(family) - shown(family + R"(_bucket{le="1"})");
  };
  const shown_metrics begun(running);
  REQUIRE(becomes([&] { return shown_metrics(running).count(family) > begun.count(family) + 5 * loops; }));
  const shown_metrics before(running);
  CHECK(long_lags(before) == long_lags(begun));
  running.engine->signal(SIGSTOP);
  REQUIRE(becomes([&] { return stands_still(running.engine->pid()); }));
  const auto stopped = clock::now();
  std::promise<void>().get_future().wait_for(1500ms);
  const std::chrono::duration<double> stall = clock::now() - stopped;
  running.engine->signal(SIGCONT);
  CHECK(becomes([&] { return long_lags(shown_metrics(running)) == long_lags(before) + loops; }));
  // Each loop would have looked a tenth of a second into it, or into the moment before it stood still as
  // well.
  const auto least = (stall.count() - 0.2) * loops;
  CHECK(shown_metrics(running).sum(family) - before.sum(family) >= least);
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
