#include "protocols/audio/g711.hpp"
#include "protocols/json.hpp"
#include "tests/system/fixture.hpp"
#include "tests/system/word_recogniser.hpp"

#include <sstream>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t utterances = 4;
constexpr std::size_t words_each = 4;
constexpr std::size_t frames_between = 400;  // 8 s

std::size_t calls() { return wanted("TANDEM_TEST_CALLS", 20); }
std::string room() { return "--limits.max_calls=" + std::to_string(calls()); }

/// A caller who says four words every eight seconds, whatever the agent does, and leaves after the last
/// reply.
class steady_caller final : public lab::person {
 public:
  explicit steady_caller(const known_words& words) : words_(words) {}

  void speak(moment, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    const auto frame = frames_++;
    if (frame < 25) return;
    const auto which = (frame - 25) / frames_between;
    if (which >= utterances) return;
    const auto& all = said(which);
    const auto at = (frame - 25) % frames_between * out.size();
    if (at >= all.size()) return;
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(at), std::min(out.size(), all.size() - at),
                out.begin());
  }
  void hear(moment, const lab::frame&, bool) override {}
  bool hangs_up(moment) override { return frames_ >= utterances * frames_between + 500; }

 private:
  const std::vector<std::uint8_t>& said(std::size_t which) {
    while (said_.size() <= which) {
      auto& all = said_.emplace_back();
      for (std::size_t i = 0; i < words_each; ++i) {
        const auto& word = words_.ulaw((said_.size() - 1) * words_each + i);
        all.insert(all.end(), word.begin(), word.end());
      }
    }
    return said_[which];
  }

  const known_words& words_;
  std::size_t frames_ = 0;
  std::vector<std::vector<std::uint8_t>> said_;
};

/// What the caller said, going by a call's transcript.
std::vector<std::string> caller_words(lab::engine_view& view, const std::string& id) {
  auto text = view.get("/v1/calls/" + id + "/transcript").value_or("");
  json::document transcript;
  REQUIRE(transcript.parse({text.data(), text.size()}) == json::fault::none);
  std::vector<std::string> words;
  for (const auto& turn : json::find(transcript.root(), "turns")->GetArray()) {
    if (json::text_or(turn, "role") != "caller") continue;
    std::istringstream all{std::string(json::text_or(turn, "text"))};
    for (std::string word; all >> word;) words.push_back(word);
  }
  return words;
}

struct seen {
  std::string id;
  std::string end_reason;
};

std::vector<seen> ended_calls(lab::engine_view& view) {
  auto text = view.get("/v1/calls?limit=100&state=ended").value_or("");
  json::document page;
  REQUIRE(page.parse({text.data(), text.size()}) == json::fault::none);
  std::vector<seen> found;
  for (const auto& call : json::find(page.root(), "calls")->GetArray()) {
    found.push_back({std::string(json::text_or(call, "id")), std::string(json::text_or(call, "end_reason"))});
  }
  return found;
}

/// Many calls while this goes wrong; every word of every caller is in its transcript once.
void survives(const std::vector<const char*>& faults) {
  const known_words words(utterances * words_each);
  running_engine running({.flags = {room()}, .ears = std::make_shared<word_recogniser>(words)});
  std::vector<std::unique_ptr<steady_caller>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::size_t i = 0; i < calls(); ++i) {
    callers.push_back(std::make_unique<steady_caller>(words));
    over.push_back(running.place(*callers.back()));
  }
  for (const auto* text : faults) running.speech.inject(lab::parse_fault(text).value());
  for (auto& each : over) {
    REQUIRE(each.wait_for(patience * 2) == std::future_status::ready);
    CHECK(each.get().ended_by == "caller");
  }
  CHECK(running.left().empty());
  const auto ended = ended_calls(*running.view);
  CHECK(ended.size() == calls());
  for (const auto& call : ended) {
    CAPTURE(call.id);
    CHECK(call.end_reason == end_reason::caller_hung_up);
    CHECK(caller_words(*running.view, call.id) == words.all());
  }
  const auto metrics = running.view->get("/metrics").value_or("");
  CHECK(lab::metric(metrics, R"(tandem_reconnects_total{peer="scribe"})") >= 1);
  CHECK(lab::metric(metrics, "tandem_call_buffer_bytes") == 0);
  CHECK(lab::metric(metrics, R"(tandem_audio_frames_total{direction="inbound",outcome="dropped"})") == 0);
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace

// The callers speak from 0.5, 8.5, 16.5 and 24.5 s on, for some two seconds.
TEST_CASE("providers that are killed, stopped and reset in mid-word cost no call and no word") {
  survives({"scribe.drop@1.5+1.5", "speech.drop@4+1", "scribe.stall@9.5+5", "speech.stall@12+2",
            "scribe.drop@17.5", "scribe.refuse-502@17.4+2", "speech.drop@20", "speech.refuse-429@20+2",
            "scribe.silence@25.5+4"});
}

TEST_CASE(
    "a provider that stays away ends the calls with its reason, and new ones are not hammered with it") {
  const known_words words(utterances * words_each);
  running_engine running({.flags = {room(), "--agent.fallback_reply=goodbye then"},
                          .ears = std::make_shared<word_recogniser>(words)});
  std::vector<std::unique_ptr<steady_caller>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::size_t i = 0; i < calls(); ++i) {
    callers.push_back(std::make_unique<steady_caller>(words));
    over.push_back(running.place(*callers.back()));
  }
  running.speech.inject(lab::parse_fault("scribe.drop@3").value());
  running.speech.inject(lab::parse_fault("scribe.refuse-502@2.9+600").value());
  for (auto& each : over) REQUIRE(each.wait_for(patience * 2) == std::future_status::ready);
  CHECK(running.left().empty());
  const auto ended = ended_calls(*running.view);
  CHECK(ended.size() == calls());
  for (const auto& call : ended) CHECK(call.end_reason == end_reason::provider_failed);
  const auto metrics = running.view->get("/metrics").value_or("");
  const auto refused =
      lab::metric(metrics, R"(tandem_connection_failures_total{peer="scribe",reason="upgrade"})");
  CHECK(refused >= 1);
  CHECK(refused < static_cast<double>(calls() * 4));
  CHECK(running.engine->stop(30s) == 0);
}

}  // namespace tandem::test
