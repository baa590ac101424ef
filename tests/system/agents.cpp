#include "tests/lab/caller_script.hpp"
#include "tests/lab/chat_server.hpp"
#include "tests/lab/scripted_caller.hpp"
#include "tests/project_folder.hpp"
#include "tests/system/control_fixture.hpp"

#include <fstream>
#include <iterator>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

std::string shipped(std::string_view name) { return project_folder() / "deploy/agents" / name; }

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Somebody who says so many lines, each when it is their turn.
lab::scripted_caller caller_of(std::size_t lines) {
  std::vector<lab::caller_line> all;
  for (std::size_t i = 0; i < lines; ++i) all.push_back({"a line", known_speech(telnyx::codec::pcmu), {}});
  return {std::move(all), g711::ulaw_silence};
}

/// A machine that speaks from the first moment on, and notes whether it is spoken to meanwhile.
class answering_machine final : public lab::person {
 public:
  static constexpr auto greeting = 3s;

  void speak(moment now, lab::frame& out) override {
    if (!began_) began_ = now;
    out.fill(g711::ulaw_silence);
    if (now - *began_ >= greeting) return;
    for (auto& each : out) each = speech_[said_++ % speech_.size()];
  }

  void hear(moment now, const lab::frame&, bool is_audio) override {
    if (!is_audio || !began_) return;
    // What was on its way when the machine was found may still be heard.
    const auto after = now - *began_;
    if (after >= 1s && after < greeting - 300ms) talked_over = true;
    if (after >= greeting - 300ms) recorded = true;
  }

  std::atomic<bool> talked_over{false};
  std::atomic<bool> recorded{false};

 private:
  const std::vector<std::uint8_t>& speech_ = known_speech(telnyx::codec::pcmu);
  std::size_t said_ = 0;
  std::optional<moment> began_;
};

std::string transcript(controlled_engine& it, const std::string& id) {
  return it.api("GET", "/v1/calls/" + id + "/transcript").body;
}

}  // namespace

TEST_CASE("a prompt that is changed in a call reaches the model with the next question") {
  lab::lab_loops loops;
  lab::chat_server model(loops.first(), {});
  model.start();
  const auto requests = [&] {
    std::vector<std::string> all;
    loops.run([&] { all = model.requests(); });
    return all;
  };
  auto caller = caller_of(2);
  controlled_engine it(
      [&](lab::carrier_options& line) {
        line.answering = [&](const std::string&) -> lab::person* { return &caller; };
      },
      {"--agent.kind=openai", "--agent.url=http://127.0.0.1:" + std::to_string(model.port()) + "/v1",
       "--agent.model=lab", "--agent.greeting=Good day.", "--agent.system_prompt=You sell tables.",
       "--limits.max_call_seconds=60"});
  const auto id = controlled_engine::text_of(it.place("+13125550142").body, "id");
  const auto path = "/v1/calls/" + id + "/agent";
  REQUIRE(becomes([&] { return !requests().empty(); }));
  CHECK(requests().front().find("You sell tables.") != std::string::npos);
  const auto changed = it.api("PATCH", path, R"({"system_prompt":"You sell chairs.","timeout_ms":5000})");
  CHECK(changed.status == 200);
  CHECK(controlled_engine::text_of(changed.body, "id") == id);
  CHECK(controlled_engine::text_of(changed.body, "agent") == "openai");
  REQUIRE(becomes([&] { return requests().size() >= 2; }));
  CHECK(requests().at(1).find("You sell chairs.") != std::string::npos);
  CHECK(requests().at(1).find("You sell tables.") == std::string::npos);

  const auto greeting = it.api("PATCH", path, R"({"greeting":"Hello."})");
  CHECK(greeting.status == 400);
  CHECK(greeting.body.find("agent.greeting cannot change in a call; allowed: kind") != std::string::npos);
  CHECK(it.api("PATCH", path, R"({"colour":"red"})").status == 400);
  CHECK(it.api("PATCH", path, R"({"model":["a"]})").status == 400);
  CHECK(it.api("PATCH", path).status == 400);
  const auto echo = it.api("PATCH", path, R"({"kind":"echo"})");
  CHECK(echo.status == 200);
  CHECK(controlled_engine::text_of(echo.body, "agent") == "echo");
  CHECK(it.text(id, "agent") == "echo");
  CHECK(it.api("PATCH", "/v1/calls/nobody/agent", R"({"kind":"echo"})").status == 404);
  CHECK(it.api("POST", "/v1/calls/" + id + "/hangup").status == 202);
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "agent") == "echo");
  const auto late = it.api("PATCH", path, R"({"kind":"echo"})");
  CHECK(late.status == 409);
  CHECK(controlled_engine::text_of(late.body, "state") == "ended");
  CHECK(it.running.left().empty());
}

TEST_CASE("a message is left on a machine after its beep, and nothing is said into its greeting") {
  answering_machine machine;
  controlled_engine it(
      [&](lab::carrier_options& line) {
        line.machine_greeting = answering_machine::greeting + 500ms;
        line.answering = [&](const std::string&) -> lab::person* { return &machine; };
      },
      {"--agent.kind=script", "--agent.script=" + shipped("front-desk.json"),
       "--limits.max_call_seconds=60"});
  const auto made = it.place("+13125550103", R"(,"machine_detection":"premium","on_machine":"continue")");
  REQUIRE_MESSAGE(made.status == 201, made.body);
  const auto id = controlled_engine::text_of(made.body, "id");
  REQUIRE(it.becomes_text(id, "state", "ended"));
  CHECK(it.text(id, "end_reason") == "agent_hung_up");
  CHECK_FALSE(machine.talked_over);
  CHECK(machine.recorded);
  const auto record = it.api("GET", "/v1/calls/" + id).body;
  CHECK(record.find(R"("answered_by":"machine")") != std::string::npos);
  CHECK(record.find(R"("outcome":"voicemail")") != std::string::npos);
  const auto turns = transcript(it, id);
  CHECK(turns.find("Please call us back about your appointment") != std::string::npos);
  CHECK(turns.find(R"("role":"caller")") == std::string::npos);
  CHECK(it.running.left().empty());
}

TEST_CASE("the shipped front desk makes an appointment, which is on record") {
  const auto script = lab::load_caller_script(text_of_file(shipped("front-desk.caller.json")));
  REQUIRE(script.has_value());
  running_engine::options options;
  options.call_control = true;
  options.flags = {"--agent.kind=script", "--agent.script=" + shipped("front-desk.json"),
                   "--limits.max_call_seconds=180"};
  options.transcripts.clear();
  for (const auto& line : script->lines) options.transcripts.push_back(line.say);
  running_engine running(options);
  auto caller = caller_of(script->lines.size());
  auto over = running.place(caller);
  REQUIRE(over.wait_for(180s) == std::future_status::ready);
  CHECK(over.get().ended_by == "engine");
  const auto call = running.view->ended_call(10s);
  CHECK(call.json.find(R"("end_reason":"agent_hung_up")") != std::string::npos);
  for (const auto& [key, text] : script->expect_metadata) {
    CAPTURE(key);
    CHECK(call.json.find("\"" + key + "\":\"" + text + "\"") != std::string::npos);
  }
  for (const auto& line : script->lines) {
    for (const auto& words : line.expect_reply) CHECK(lab::contains_words(call.transcript_json, words));
  }
  CHECK(running.left().empty());
}

}  // namespace tandem::test
