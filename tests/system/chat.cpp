#include "protocols/json.hpp"
#include "tests/lab/chat_server.hpp"
#include "tests/system/control_fixture.hpp"

#include <array>
#include <atomic>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr auto agent_timeout = 1500ms;

/// A caller who is greeted, says one thing, and hangs up when they were answered, or have waited for the end
/// of an answer for so long.
class polite_caller final : public lab::person {
 public:
  static constexpr auto patience = 20s;

  void speak(moment now, lab::frame& out) override {
    out.fill(g711::ulaw_silence);
    if (!heard_last_ || now - *heard_last_ < 700ms || said_ == speech_.size()) return;
    const auto count = std::min(out.size(), speech_.size() - said_);
    std::copy_n(speech_.begin() + static_cast<std::ptrdiff_t>(said_), count, out.begin());
    said_ += count;
    if (said_ == speech_.size()) spoke_ = now;
  }

  void hear(moment now, const lab::frame&, bool is_audio) override {
    if (!is_audio) return;
    heard_last_ = now;
    if (spoke_) answered = true;
  }

  bool hangs_up(moment now) override {
    if (!spoke_) return false;
    return now - *spoke_ >= patience || (answered && now - *heard_last_ >= 2500ms);
  }

  std::atomic<bool> answered{false};

 private:
  const std::vector<std::uint8_t>& speech_ = known_speech(telnyx::codec::pcmu);
  std::size_t said_ = 0;
  std::optional<moment> spoke_;
  std::optional<moment> heard_last_;
};

/// An engine whose agent is a language model at the lab's server.
struct chatting_engine {
  explicit chatting_engine(lab::chat_server_options options = {}, std::vector<std::string> more = {},
                           std::function<void(lab::carrier_options&)> line = {})
      : model(loops.first(), std::move(options)), it(std::move(line), flags(std::move(more))) {}

  std::vector<std::string> flags(std::vector<std::string> more) {
    model.start();
    std::vector<std::string> all{"--agent.kind=openai",
                                 "--agent.url=http://127.0.0.1:" + std::to_string(model.port()) + "/v1",
                                 "--agent.model=lab",
                                 "--agent.api_key=key-of-the-model",
                                 "--agent.timeout_ms=" + std::to_string(agent_timeout.count()),
                                 "--agent.greeting=Good day.",
                                 "--agent.fallback_reply=I am sorry, I did not get that.",
                                 "--limits.max_call_seconds=60"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  std::size_t asked() {
    std::size_t count = 0;
    loops.run([&] { count = model.requests().size(); });
    return count;
  }

  std::string request(std::size_t which) {
    std::string body;
    loops.run([&] { body = model.requests().at(which); });
    return body;
  }

  /// From the caller's last word to the first sound of what was said to it, for every reply that was heard.
  std::vector<std::chrono::milliseconds> waits(const std::string& id) {
    std::vector<std::chrono::milliseconds> all;
    for (const auto& each : it.running.view->turns(id))
      if (each.role == speaker::agent && each.latency_ms >= 0) all.emplace_back(each.latency_ms);
    return all;
  }

  lab::lab_loops loops;
  lab::chat_server model;
  controlled_engine it;
};

}  // namespace

TEST_CASE("a caller talks to a language model, and its tokens are on the bill") {
  chatting_engine chat;
  polite_caller caller;
  auto over = chat.it.running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto id = chat.it.running.view->newest_call().id;
  REQUIRE(chat.it.becomes_text(id, "state", "ended"));
  CHECK(chat.it.text(id, "agent") == "openai");
  const auto turns = chat.it.api("GET", "/v1/calls/" + id + "/transcript").body;
  CHECK(turns.find(R"("role":"caller","text":"hello there")") != std::string::npos);
  CHECK(turns.find(R"("text":"You said: hello there.")") != std::string::npos);
  const auto record = chat.it.api("GET", "/v1/calls/" + id).body;
  CHECK(record.find(R"("llm_output_tokens":4)") != std::string::npos);
  CHECK(chat.asked() == 1);
  CHECK(chat.request(0).find("You are a friendly agent on the telephone.") != std::string::npos);
  CHECK(chat.it.running.left().empty());
}

TEST_CASE("whatever the model's server does wrong, the caller is not left in silence" *
          doctest::skip(leaves_out_long())) {
  lab::chat_server_options options;
  options.reply = [](const lab::chat_question&) { return "We are open. Until ten o'clock in the evening."; };
  // One call for each fault, all at once: the model's name says which.
  options.fault = [](const lab::chat_question& asked) {
    return static_cast<lab::chat_fault>(std::stoul(asked.model));
  };
  std::array<polite_caller, lab::chat_faults> callers;
  constexpr std::size_t first_number = 10;
  chatting_engine chat(options, {}, [&](lab::carrier_options& line) {
    line.answering = [&](const std::string& number) -> lab::person* {
      return &callers.at(std::stoul(number.substr(number.size() - 2)) - first_number);
    };
  });
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < lab::chat_faults; ++i) {
    const auto made = chat.it.place("+131255501" + std::to_string(first_number + i),
                                    R"(,"agent":{"model":")" + std::to_string(i) + "\"}");
    REQUIRE_MESSAGE(made.status == 201, made.body);
    ids.push_back(controlled_engine::text_of(made.body, "id"));
  }
  for (std::size_t i = 0; i < lab::chat_faults; ++i) {
    CAPTURE(i);
    REQUIRE(chat.it.becomes_text(ids[i], "state", "ended"));
    CHECK(callers[i].answered);
    const auto waits = chat.waits(ids[i]);
    CHECK_FALSE(waits.empty());
    // As long as a machine may take that has eighteen calls to carry with sanitizers.
    for (const auto each : waits) CHECK(each <= 10 * agent_timeout);
    CHECK(chat.it.text(ids[i], "end_reason") == "caller_hung_up");
    const auto turns = chat.it.api("GET", "/v1/calls/" + ids[i] + "/transcript").body;
    const auto fault = static_cast<lab::chat_fault>(i);
    const bool is_whole = lab::is_whole_with(fault);
    const bool apologised = turns.find("I am sorry, I did not get that.") != std::string::npos;
    CHECK(apologised == !is_whole);
    CHECK((turns.find("We are open. Until ten o'clock in the evening.") != std::string::npos) == is_whole);
    const bool began = is_whole || fault == lab::chat_fault::cut_within || fault == lab::chat_fault::stalls;
    CHECK((turns.find("We are open.") != std::string::npos) == began);
  }
  CHECK(chat.it.running.left().empty());
}

TEST_CASE("a model's server that fails once is asked again, and the caller hears its answer") {
  lab::chat_server_options options;
  options.fault = [](const lab::chat_question& asked) {
    return asked.n == 0 ? lab::chat_fault::overloaded : lab::chat_fault::none;
  };
  chatting_engine chat(options);
  polite_caller caller;
  auto over = chat.it.running.place(caller);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto id = chat.it.running.view->newest_call().id;
  CHECK(chat.it.api("GET", "/v1/calls/" + id + "/transcript").body.find("You said: hello there.") !=
        std::string::npos);
  CHECK(chat.asked() == 2);
  CHECK(chat.it.running.left().empty());
}

}  // namespace tandem::test
