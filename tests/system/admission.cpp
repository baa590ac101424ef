#include "tests/system/plain_socket.hpp"
#include "tests/system/staying_caller.hpp"

#include <atomic>
#include <cstdlib>
#include <future>
#include <limits>
#include <map>
#include <string>
#include <string_view>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

/// How many calls the engine may carry, and for how long others knock.
std::size_t slots() { return wanted("TANDEM_TEST_SLOTS", 5); }
std::chrono::seconds knocking() { return std::chrono::seconds(wanted("TANDEM_TEST_SECONDS", 5)); }

std::vector<std::uint8_t> reply() {
  auto spoken = lab::make_synthetic_voice()->speak("hello there ", 8000);
  std::vector<std::uint8_t> bytes(spoken.samples.size());
  g711::encode_ulaw(spoken.samples, bytes);
  return bytes;
}

/// A caller who says something, hears the whole reply, says it again a second later, and so on until told to
/// leave; every byte of both is kept.
class known_guest final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override {
    const auto& speech = known_speech(telnyx::codec::pcmu);
    out.fill(g711::ulaw_silence);
    const std::lock_guard guard(mutex_);
    if (pause_ > 0) {
      --pause_;
    } else {
      const auto count = std::min(out.size(), speech.size() - at_);
      std::copy_n(speech.begin() + static_cast<std::ptrdiff_t>(at_), count, out.begin());
      at_ += count;
    }
    said_.insert(said_.end(), out.begin(), out.end());
  }

  void hear(moment, const lab::frame& frame, bool is_audio) override {
    if (!is_audio) return;
    const std::lock_guard guard(mutex_);
    heard_.insert(heard_.end(), frame.begin(), frame.end());
    if (heard_.size() < (replies_ + 1) * whole_) return;
    ++replies_;
    at_ = 0;
    pause_ = 50;
  }

  bool hangs_up(moment) override { return leaving; }

  std::vector<std::uint8_t> said() const {
    const std::lock_guard guard(mutex_);
    return said_;
  }
  std::vector<std::uint8_t> heard() const {
    const std::lock_guard guard(mutex_);
    return heard_;
  }
  std::size_t replies() const {
    const std::lock_guard guard(mutex_);
    return replies_;
  }

  std::atomic<bool> leaving = false;

 private:
  const std::size_t whole_ = reply().size();
  mutable std::mutex mutex_;
  std::size_t pause_ = 25;
  std::size_t at_ = 0;
  std::size_t replies_ = 0;
  std::vector<std::uint8_t> said_;
  std::vector<std::uint8_t> heard_;
};

/// Somebody who would stay on the line if let in.
class stranger final : public lab::person {
 public:
  void speak(moment, lab::frame& out) override { out.fill(g711::ulaw_silence); }
  void hear(moment, const lab::frame&, bool) override {}
};

/// Whether what was heard is `whole` again and again, the last time perhaps not to its end.
bool repeats(const std::vector<std::uint8_t>& heard, const std::vector<std::uint8_t>& whole) {
  for (std::size_t i = 0; i < heard.size(); ++i) {
    if (heard[i] != whole[i % whole.size()]) return false;
  }
  return !heard.empty();
}

/// The engine's media delays by now: how many were at most so many seconds.
std::map<double, double> media_delays(const std::string& metrics) {
  constexpr std::string_view bucket = "tandem_media_delay_seconds_bucket{le=\"";
  std::map<double, double> out;
  for (auto at = metrics.find(bucket); at != std::string::npos; at = metrics.find(bucket, at + 1)) {
    const auto bound = metrics.substr(at + bucket.size());
    out[bound.starts_with('+') ? std::numeric_limits<double>::infinity() : std::stod(bound)] =
        std::stod(bound.substr(bound.find('}') + 1));
  }
  return out;
}

/// The bound that 99 % of the delays between two readings were within.
double p99(const std::map<double, double>& before, std::map<double, double> after) {
  for (const auto& [bound, count] : before) after[bound] -= count;
  for (const auto& [bound, count] : after) {
    if (count > 0 && count >= 0.99 * after.rbegin()->second) return bound;
  }
  return 0;
}

struct busy_engine : running_engine {
  explicit busy_engine(bool call_control, std::vector<std::string> more = {})
      : running_engine({.flags = flags_with(std::move(more)),
                        .transcripts = {"hello there"},
                        .call_control = call_control,
                        .wrapper = wrapper()}) {}

  /// A longer run may have the engine started by something else, on cores of its own for instance.
  static std::string wrapper() {
    const auto* program = std::getenv("TANDEM_TEST_WRAPPER");
    return program == nullptr ? "" : program;
  }

  static std::vector<std::string> flags_with(std::vector<std::string> more) {
    std::vector<std::string> flags{"--limits.max_calls=" + std::to_string(slots())};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }

  double value(std::string_view name) { return lab::metric(view->get("/metrics").value_or(""), name); }

  double refused(std::string_view why) {
    return value("tandem_calls_rejected_total{reason=\"" + std::string(why) + "\"}");
  }
};

void crowd(bool call_control) {
  busy_engine running(call_control);
  std::vector<std::unique_ptr<known_guest>> guests;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::size_t i = 0; i < slots(); ++i) {
    guests.push_back(std::make_unique<known_guest>());
    over.push_back(running.place(*guests.back()));
  }
  REQUIRE(becomes([&] {
    return running.value("tandem_calls_active") == static_cast<double>(slots()) &&
           std::ranges::all_of(guests, [](const auto& each) { return !each->said().empty(); });
  }));

  // A while without any others, to compare with.
  const auto delays = [&] { return media_delays(running.view->get("/metrics").value_or("")); };
  const auto at_first = delays();
  std::promise<void>().get_future().wait_for(knocking());
  const auto undisturbed = delays();

  // Ten times as many callers as there are places: whoever is refused tries again at once.
  stranger anybody;
  std::vector<std::future<lab::call_outcome>> knocks;
  for (std::size_t i = 0; i < 10 * slots(); ++i) knocks.push_back(running.place(anybody));
  double refusals = 0;
  std::map<std::string, int> answers;
  const auto until = std::chrono::steady_clock::now() + knocking();
  while (std::chrono::steady_clock::now() < until) {
    for (auto& knock : knocks) {
      REQUIRE(knock.wait_for(patience) == std::future_status::ready);
      const auto how = knock.get();
      ++refusals;
      ++answers[call_control ? how.ended_by + " " + how.detail
                             : (how.detail.find("503") != std::string::npos ? "503" : how.detail)];
      knock = running.place(anybody);
    }
    CHECK(running.value("tandem_calls_active") == static_cast<double>(slots()));
  }
  for (auto& knock : knocks) {
    REQUIRE(knock.wait_for(patience) == std::future_status::ready);
    ++refusals;
    ++answers[call_control ? "rejected USER_BUSY" : "503"];
  }
  MESSAGE("refused " << refusals << ", p99 of the media delay " << p99(at_first, undisturbed)
                     << " s without them, " << p99(undisturbed, delays()) << " s with them");
  CHECK(answers.size() == 1);
  CHECK(answers.begin()->first == (call_control ? "rejected USER_BUSY" : "503"));
  CHECK(running.refused("calls") == refusals);
  CHECK(running.value("tandem_calls_rejected_total") == refusals);
  CHECK_FALSE(running.view->get("/readyz"));

  // Every guest is still there, and goes on to be answered.
  CHECK(running.value("tandem_calls_active") == static_cast<double>(slots()));
  std::vector<std::size_t> replies;
  for (const auto& each : guests) replies.push_back(each->replies());
  for (std::size_t i = 0; i < guests.size(); ++i) {
    CHECK(becomes([&] { return guests[i]->replies() > replies[i]; }));
  }
  for (auto& each : guests) each->leaving = true;
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience) == std::future_status::ready);
    CHECK(each.get().ended_by == "caller");
  }
  CHECK(running.left().empty());
  CHECK(running.view->get("/readyz"));
  CHECK(running.value("tandem_calls_total") == static_cast<double>(slots()));

  for (const auto& each : guests) CHECK(repeats(each->heard(), reply()));
  // What each of them said is what a session at Scribe got, but for the last moment.
  const std::lock_guard guard(running.heard.mutex);
  CHECK(running.heard.sessions.size() == slots());
  for (const auto& [session, audio] : running.heard.sessions) {
    CAPTURE(session);
    CHECK(std::ranges::any_of(guests, [&audio = audio](const auto& each) {
      const auto said = each->said();
      return audio.size() <= said.size() && audio.size() + 4000 > said.size() &&
             std::equal(audio.begin(), audio.end(), said.begin());
    }));
  }
}

}  // namespace

TEST_CASE("while ten times as many streams knock as there are places, those inside go on byte for byte") {
  crowd(false);
}

TEST_CASE(
    "while ten times as many callers are announced as there are places, those inside go on byte for byte") {
  crowd(true);
}

TEST_CASE("a refused stream is told when to come again") {
  busy_engine running(false, {"--limits.max_calls=1", "--limits.retry_after_seconds=7"});
  known_guest inside;
  auto over = running.place(inside);
  REQUIRE(becomes([&] { return running.value("tandem_calls_active") == 1; }));
  plain_socket late(running.port());
  late.send(
      "GET /telnyx/media/fixed-token-of-the-test HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  const auto answer = late.read_all();
  CHECK(answer.find(" 503 ") != std::string::npos);
  CHECK(answer.find("Retry-After: 7\r\n") != std::string::npos);
  inside.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
}

TEST_CASE("calls come in no faster than the rate allows") {
  busy_engine running(false, {"--limits.max_calls=100", "--limits.calls_per_second=3"});
  std::vector<std::unique_ptr<known_guest>> guests;
  std::vector<std::future<lab::call_outcome>> over;
  for (int i = 0; i < 30; ++i) {
    guests.push_back(std::make_unique<known_guest>());
    over.push_back(running.place(*guests.back()));
  }
  REQUIRE(becomes([&] { return running.refused("rate") + running.value("tandem_calls_active") == 30; }));
  CHECK(running.refused("rate") > 0);
  CHECK(running.value("tandem_calls_active") >= 3);
  for (auto& each : guests) each->leaving = true;
  for (auto& each : over) REQUIRE(each.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());
}

TEST_CASE("the sessions that a provider allows, memory and connections are limits as well") {
  struct {
    std::vector<std::string> flags;
    std::string reason;
    double inside;
  } const cases[] = {
      {{"--scribe.max_sessions=1"}, "provider", 1},
      {{"--speech.max_sessions=2"}, "provider", 2},
      {{"--limits.max_connections=9"}, "connections", 1},
      {{"--limits.memory_mb=1"}, "memory", 0},
  };
  for (const auto& each : cases) {
    CAPTURE(each.flags.front());
    busy_engine running(false, each.flags);
    std::vector<std::unique_ptr<known_guest>> guests;
    std::vector<std::future<lab::call_outcome>> over;
    for (int i = 0; i < 4; ++i) {
      guests.push_back(std::make_unique<known_guest>());
      over.push_back(running.place(*guests.back()));
    }
    REQUIRE(becomes([&] { return running.refused(each.reason) == 4 - each.inside; }));
    CHECK(running.value("tandem_calls_active") == each.inside);
    for (auto& guest : guests) guest->leaving = true;
    for (auto& end : over) REQUIRE(end.wait_for(patience) == std::future_status::ready);
    CHECK(running.left().empty());
  }
}

TEST_CASE("idle connections that never say who they are keep no caller out") {
  busy_engine running(false, {"--limits.pending_connections=50"});
  const auto strangers = wanted("TANDEM_TEST_STRANGERS", 400);
  std::vector<std::unique_ptr<plain_socket>> idle;
  while (idle.size() < strangers / 2) idle.push_back(std::make_unique<plain_socket>(running.port()));
  known_guest caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return running.value("tandem_calls_active") == 1; }));
  while (idle.size() < strangers) idle.push_back(std::make_unique<plain_socket>(running.port()));
  REQUIRE(becomes([&] { return caller.replies() > 0; }));
  CHECK(running.value(R"(tandem_connections{peer="telnyx"})") < 60);
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(over.get().ended_by == "caller");
  CHECK(running.left().empty());
}

}  // namespace tandem::test
