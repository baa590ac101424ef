#include "tests/system/staying_caller.hpp"
#include "tests/system/steady_caller.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t calls = 8;

std::string url_of(std::uint16_t port) { return "ws://127.0.0.1:" + std::to_string(port); }

/// A speech server beside the engine's own, which hears the same words.
struct other_server {
  explicit other_server(std::shared_ptr<lab::recogniser> ears) {
    lab::speech_server_options options;
    options.synthetic = true;
    options.ears = std::move(ears);
    speech = std::make_unique<lab::speech_server>(loops.all(), std::move(options));
    speech->start();
  }

  lab::lab_loops loops;
  std::unique_ptr<lab::speech_server> speech;
};

/// `tandem-lab speech` as a process of its own.
class speech_program {
 public:
  speech_program()
      : output_(popen(("exec 3>&1; " + lab::engine_program() +
                       "-lab speech --synthetic >&3 & echo pid $!; wait 2>/dev/null")
                          .c_str(),
                      "r")) {
    REQUIRE(output_ != nullptr);
    // The two lines come from two programs.
    for (int i = 0; i < 2; ++i) {
      char text[512] = "";
      REQUIRE(std::fgets(text, sizeof text, output_) != nullptr);
      const std::string line(text);
      if (line.starts_with("pid ")) pid_ = std::atoi(line.c_str() + 4);
      if (line.starts_with("listening on ")) url_ = "ws://" + line.substr(13, line.size() - 14);
    }
    REQUIRE(pid_ > 0);
    REQUIRE_FALSE(url_.empty());
  }
  ~speech_program() {
    if (pid_ > 0) signal(SIGKILL);
    if (output_ != nullptr) pclose(output_);
  }
  speech_program(const speech_program&) = delete;
  speech_program& operator=(const speech_program&) = delete;

  void signal(int number) const { kill(pid_, number); }
  const std::string& url() const { return url_; }

 private:
  std::FILE* output_;
  pid_t pid_ = 0;
  std::string url_;
};

/// An engine that asks `first` before the fixture's own speech server, its standby.
struct engine_with_standby {
  explicit engine_with_standby(const known_words& words)
      : ears(std::make_shared<word_recogniser>(words)), running({.ears = ears}) {}

  void start(const std::string& first) {
    REQUIRE(running.engine->stop(30s) == 0);
    const auto standby = url_of(running.speech.port());
    running.start_again(
        {"--scribe.url=" + first + "/v1/speech-to-text/realtime",
         "--speech.url=" + first + "/v1/text-to-speech",
         "--scribe.standby_url=" + standby + "/v1/speech-to-text/realtime", "--scribe.standby_api_key=test",
         "--speech.standby_url=" + standby + "/v1/text-to-speech", "--speech.standby_api_key=test"});
  }

  double metric(const std::string& name) {
    return lab::metric(running.view->get("/metrics").value_or(""), name);
  }

  /// Every call went to the standby once, for ears and for voice, and nothing else was lost.
  void check_failovers() {
    CHECK(metric(R"(tandem_failovers_total{peer="scribe"})") == calls);
    CHECK(metric(R"(tandem_failovers_total{peer="speech"})") == calls);
    CHECK(metric("tandem_call_buffer_bytes") == 0);
    CHECK(metric(R"(tandem_audio_frames_total{direction="inbound",outcome="dropped"})") == 0);
    CHECK(running.engine->said("call changes its provider"));
    CHECK(running.engine->said("peer=scribe provider=standby"));
    CHECK(running.engine->said("peer=speech provider=standby"));
  }

  std::shared_ptr<word_recogniser> ears;
  running_engine running;
};

}  // namespace

// The callers speak from 0.5, 8.5, 16.5 and 24.5 s on, for some two seconds.
TEST_CASE("a first provider that is killed in mid-word costs no call and no word") {
  const known_words words(steady_caller::words_said);
  engine_with_standby engine(words);
  other_server first(engine.ears);
  engine.start(url_of(first.speech->port()));
  steady_callers callers(engine.running, words, calls);
  // Both sockets of each call.
  REQUIRE(becomes([&] { return first.speech->clients() >= 2 * calls; }));
  std::promise<void>().get_future().wait_for(9500ms);
  CHECK(engine.metric("tandem_failovers_total") == 0);
  first.speech.reset();
  callers.are_heard_to_the_end();
  engine.check_failovers();
  CHECK(engine.running.engine->stop(30s) == 0);
}

TEST_CASE("a first provider that stops answering in mid-word costs no call and no word") {
  const known_words words(steady_caller::words_said);
  engine_with_standby engine(words);
  other_server first(engine.ears);
  engine.start(url_of(first.speech->port()));
  steady_callers callers(engine.running, words, calls);
  first.speech->inject(lab::parse_fault("silence@9.5+600").value());
  callers.are_heard_to_the_end();
  CHECK(engine.metric(R"(tandem_failovers_total{peer="scribe"})") == calls);
  CHECK(engine.running.engine->stop(30s) == 0);
}

TEST_CASE("with a key that the first provider refuses calls run on the standby, until it takes the key") {
  const known_words words(steady_caller::words_said);
  engine_with_standby engine(words);
  other_server first(engine.ears);
  first.speech->inject(lab::parse_fault("refuse-401@0+25").value());
  engine.start(url_of(first.speech->port()));
  steady_callers callers(engine.running, words, calls);
  callers.are_heard_to_the_end();
  engine.check_failovers();
  CHECK(first.speech->accepted() == 0);
  // Later the key is right again, and a call that begins asks the first.
  const auto before = engine.running.speech.accepted();
  known_caller later(telnyx::codec::pcmu);
  auto over = engine.running.place(later);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(first.speech->accepted() >= 2);
  CHECK(engine.running.speech.accepted() == before);
  CHECK(engine.metric(R"(tandem_failovers_total{peer="scribe"})") == calls);
  CHECK(engine.running.engine->stop(30s) == 0);
}

TEST_CASE("a first provider that hangs is left for the standby in time for the first word") {
  const known_words words(steady_caller::words_said);
  engine_with_standby engine(words);
  speech_program first;
  engine.start(first.url());
  first.signal(SIGSTOP);
  steady_callers callers(engine.running, words, calls);
  callers.are_heard_to_the_end();
  engine.check_failovers();
  CHECK(engine.running.engine->stop(30s) == 0);
}

TEST_CASE("with both providers gone calls end as with one: with their reason, and soon") {
  const known_words words(steady_caller::words_said);
  engine_with_standby engine(words);
  other_server first(engine.ears);
  engine.start(url_of(first.speech->port()));
  steady_callers callers(engine.running, words, calls);
  first.speech->inject(lab::parse_fault("drop@3+600").value());
  engine.running.speech.inject(lab::parse_fault("refuse-502@0+600").value());
  callers.wait();
  CHECK(engine.running.left().empty());
  const auto ended = ended_calls(*engine.running.view);
  CHECK(ended.size() == calls);
  for (const auto& call : ended) CHECK(call.end_reason == end_reason::provider_failed);
  CHECK(engine.running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
