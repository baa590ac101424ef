#include "gateway/network/http_server.hpp"
#include "tests/system/shown_metrics.hpp"
#include "tests/system/staying_caller.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

/// How long everybody takes, at least, to do their part of a turn: the silence that has the engine ask for a
/// transcript (half of turns.endpoint_ms), the transcript, the model's first word, the reply's first sound.
constexpr auto asks_for_transcript = 300ms;
constexpr auto transcript = 400ms;
constexpr auto first_word = 150ms;
constexpr auto first_sound = 250ms;

/// What the model says, in two pieces that are one sentence, and so many frames does the lab's voice take for
/// the first, but for its last sound, which may count to what is heard with it.
constexpr std::string_view reply_begin = "Certainly";
constexpr std::string_view reply_rest = " yes.";
constexpr std::size_t frames_of_begin = (reply_begin.size() - 1) * 60 / 20;

constexpr std::size_t turns = 2;

/// When something happened, each time.
class noted_times {
 public:
  void note(moment at = clock::now()) {
    std::lock_guard guard(mutex_);
    all_.push_back(at);
  }
  std::vector<moment> all() {
    std::lock_guard guard(mutex_);
    return all_;
  }

 private:
  std::mutex mutex_;
  std::vector<moment> all_;
};

/// Hears a greeting in whatever is said, and notes when Scribe got the last audio of each commit.
class noting_ears final : public lab::recogniser {
 public:
  std::unique_ptr<lab::recognition> open(unsigned rate, lab::post_function post) override {
    return std::make_unique<stream>(ears_->open(rate, std::move(post)), commits);
  }

  noted_times commits;

 private:
  class stream final : public lab::recognition {
   public:
    stream(std::unique_ptr<lab::recognition> real, noted_times& commits)
        : real_(std::move(real)), commits_(commits) {}

    bool hear(std::span<const std::int16_t> samples) override {
      heard_ = clock::now();
      return real_->hear(samples);
    }
    void guess(answer told) override { real_->guess(std::move(told)); }
    void conclude(answer told) override {
      // Not now: the session has reckoned already when its answer is due.
      commits_.note(heard_);
      real_->conclude(std::move(told));
    }

   private:
    std::unique_ptr<lab::recognition> real_;
    noted_times& commits_;
    moment heard_{};
  };

  std::unique_ptr<lab::recogniser> ears_ = lab::make_scripted_recogniser({"hello there"});
};

/// A language model that says one word when it is asked, and the rest of the sentence when it is told to; the
/// first time, when it greets, at once.
class halting_model {
 public:
  struct answer {
    moment asked{};
    moment rest{};
  };

  halting_model()
      : server_({&loops_.first()}, server_settings{},
                server_handlers{
                    .on_request = [this](const server_request&, const respond& reply) { begin(reply); },
                    .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); }}) {
    server_.start();
  }
  ~halting_model() {
    loops_.run([this] {
      word_.cancel();
      out_.reset();
    });
    server_.stop();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/v1"; }

  void go_on() {
    loops_.run([this] { finish(); });
  }

  std::vector<answer> answers() {
    std::vector<answer> all;
    loops_.run([&] { all = answers_; });
    return all;
  }

 private:
  static std::string token(std::string_view words) {
    return R"(data: {"choices":[{"index":0,"delta":{"content":")" + std::string(words) + "\"}}]}\n\n";
  }

  void begin(const respond& reply) {
    answers_.push_back({.asked = clock::now()});
    auto [write, read] = open_body::make(65536);
    out_ = std::move(write);
    word_ = loops_.first().at(clock::now() + first_word, [this] {
      out_->write(token(reply_begin));
      if (answers_.size() == 1) finish();
    });
    reply({.content_type = "text/event-stream", .open = std::move(read)});
  }

  void finish() {
    answers_.back().rest = clock::now();
    out_->write(token(reply_rest) +
                "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                "data: [DONE]\n\n");
    out_.reset();
  }

  lab::lab_loops loops_;
  std::vector<answer> answers_;
  std::unique_ptr<open_body::writer> out_;
  timer word_;
  http_server server_;
};

/// Speech that ends in its loudest 20 ms, which are clearly louder than those before, so that everybody
/// agrees where it ends.
std::vector<std::uint8_t> abrupt_speech() {
  const auto& whole = known_speech(telnyx::codec::pcmu);
  constexpr std::size_t shortest = 25 * lab::frame_bytes;
  constexpr double clearly = 1.2;
  std::size_t end = shortest;
  double most = 0;
  double before = 0;
  for (std::size_t at = 0; at + lab::frame_bytes <= whole.size(); at += lab::frame_bytes) {
    std::vector<std::int16_t> samples(lab::frame_bytes);
    g711::decode_ulaw(std::span(whole).subspan(at, lab::frame_bytes), samples);
    double energy = 0;
    for (const double sample : samples) energy += sample * sample;
    const bool rises = energy > clearly * std::exchange(before, energy);
    if (at < shortest || !rises || energy <= most) continue;
    most = energy;
    end = at + lab::frame_bytes;
  }
  return {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(end)};
}

/// Says the same whenever told to, and notes when that was over and what was heard then; the first of the
/// turns is the greeting.
class prompted_caller final : public lab::person {
 public:
  struct turn {
    /// By those of the frames behind it that left in time, as an engine tells it.
    moment voice_end = moment::max();
    moment first_sound{};
    moment first_word{};
  };

  void speak(moment now, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    if (asks.exchange(false)) {
      turns_.emplace_back();
      said_ = heard_ = 0;
      frames_ = 0;
    }
    const auto count = std::min(out.size(), speech_.size() - said_);
    std::copy_n(speech_.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
    if (said_ < speech_.size() || heard_ != 0) return;
    auto& end = turns_.back().voice_end;
    end = std::min(end, now - frames_++ * 20ms);
  }

  void hear(moment now, const lab::frame&, bool is_audio) override {
    if (!is_audio) return;
    ++heard_;
    if (heard_ == 1) turns_.back().first_sound = now;
    if (heard_ == frames_of_begin) turns_.back().first_word = now;
  }

  bool hangs_up(moment) override { return leaving; }

  /// Once the call is over.
  const std::vector<turn>& seen() const { return turns_; }

  std::atomic<bool> asks = false;
  std::atomic<bool> leaving = false;

 private:
  std::vector<std::uint8_t> speech_ = abrupt_speech();
  std::vector<turn> turns_ = std::vector<turn>(1);
  std::size_t said_ = speech_.size();
  std::size_t heard_ = 0;
  std::int64_t frames_ = 0;  // since the last of its voice
};

std::string of_stage(std::string_view name) { return "{stage=\"" + std::string(name) + "\"}"; }

const std::string family = "tandem_turn_seconds";

}  // namespace

TEST_CASE("each stage of a turn is as long as those saw it who took part in it") {
  halting_model model;
  const auto ears = std::make_shared<noting_ears>();
  noted_times texts;
  running_engine::options options;
  options.flags = {"--agent.kind=openai",
                   "--agent.url=" + model.url(),
                   "--agent.model=lab",
                   "--agent.api_key=key",
                   "--agent.timeout_ms=30000",
                   "--turns.preemptive=false",
                   "--turns.adaptive_endpoint=false",
                   "--turns.endpoint_ms=" + std::to_string(2 * asks_for_transcript.count())};
  options.ears = ears;
  options.speech = [&texts](lab::speech_server_options& server) {
    server.scribe.first_partial = 60s;
    server.scribe.commit_delay = transcript;
    server.speech.first_audio = first_sound;
    server.asked = [&texts](std::uint64_t, std::string_view text) {
      if (text.find_first_not_of(' ') != std::string_view::npos) texts.note();
    };
  };
  running_engine running(options);
  const auto measured = [&](std::string_view stage) {
    return shown_metrics(running).count(family, of_stage(stage));
  };
  prompted_caller caller;
  auto over = running.place(caller);
  REQUIRE(becomes([&] { return running.view->newest_call().turns.size() == 1; }));
  const shown_metrics greeted(running);
  std::vector<moment> words_seen, replies_seen;
  for (std::size_t n = 1; n <= turns; ++n) {
    caller.asks = true;
    // The rest of the sentence waits until the metrics have the first word, so that nothing else can pass for
    // it.
    REQUIRE(becomes([&] { return measured("first_token") == static_cast<double>(n); }));
    words_seen.push_back(clock::now());
    CHECK(measured("first_sentence") == static_cast<double>(n - 1));
    model.go_on();
    REQUIRE(becomes([&] { return measured("heard") == static_cast<double>(n); }));
    replies_seen.push_back(clock::now());
  }
  caller.leaving = true;
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  CHECK(running.left().empty());

  const auto& seen = caller.seen();
  const auto commits = ears->commits.all();
  const auto answers = model.answers();
  const auto asked = texts.all();
  REQUIRE(seen.size() == turns + 1);
  REQUIRE(commits.size() == turns);
  REQUIRE(answers.size() == turns + 1);
  std::map<std::string, seen_from_outside> stages;
  const auto spoken = [&](moment sound, moment rest) {
    stages["first_audio"].add(first_sound, sound - rest);
    stages["on_wire"].add(0s, sound - rest - first_sound);
  };
  // Nobody had asked for the greeting, so that it is spoken and nothing else.
  spoken(seen[0].first_sound, answers[0].rest);
  for (std::size_t n = 0; n < turns; ++n) {
    const auto [voice_end, sound, word] = seen[n + 1];
    const auto [question, rest] = answers[n + 1];
    const auto transcribed = commits[n] + transcript;
    const auto text = std::ranges::find_if(asked, [rest = rest](moment at) { return at >= rest; });
    REQUIRE(text != asked.end());
    stages["stt_final"].add(transcript, question - voice_end - asks_for_transcript);
    stages["endpoint"].add(asks_for_transcript + transcript, question - voice_end);
    stages["first_token"].add(first_word, words_seen[n] - transcribed);
    stages["first_sentence"].add(rest - question, *text - transcribed);
    spoken(sound, rest);
    stages["heard"].add(word - sound, replies_seen[n] - rest - first_sound);
    const auto others = asks_for_transcript + transcript + (rest - question) + first_sound;
    stages["total"].add(others, sound - voice_end);
    stages["own"].add(0s, sound - voice_end - others);
  }
  const shown_metrics shown(running);
  for (const auto& [stage, both] : stages) agrees(shown, family, of_stage(stage), both);
  const auto sum = [&](std::string_view stage) {
    return shown.sum(family, of_stage(stage)) - greeted.sum(family, of_stage(stage));
  };
  CHECK(sum("own") > 0);
  // One stage begins where the one before it ended, or later.
  CHECK(sum("endpoint") + sum("first_sentence") + sum("first_audio") + sum("on_wire") <= sum("total") + 1e-9);
}

}  // namespace tandem::test
