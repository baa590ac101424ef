#include "actors/agents/chat_memory.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

/// Every message as one line.
std::string lines_of(const std::vector<chat::message>& all) {
  std::string out;
  for (const auto& each : all) {
    constexpr std::array names{"system", "user", "assistant", "tool"};
    out += std::string(names.at(static_cast<std::size_t>(each.by))) + ": " + each.text;
    for (const auto& call : each.calls) out += "[" + call.name + " " + call.arguments + "]";
    out += "\n";
  }
  return out;
}

/// A conversation that holds these turns; the agent's second one is cut off.
conversation after(const std::vector<std::pair<speaker, std::string>>& turns) {
  std::string json = R"({"history":[)";
  conversation talk;
  auto text = talk.to_json({});
  std::string history;
  std::uint32_t n = 0;
  for (const auto& [who, words] : turns) {
    ++n;
    history += std::string(history.empty() ? "" : ",") + R"({"n":)" + std::to_string(n) + R"(,"role":")" +
               (who == speaker::agent ? "agent" : "caller") + R"(","text":")" + words +
               R"(","interrupted":)" + (n == 4 ? "true" : "false") + R"(,"began":0,"ended":0})";
  }
  text.replace(text.find(R"("history":[])"), 12, R"("history":[)" + history + "]");
  auto made = conversation::from_json(text, {});
  REQUIRE_MESSAGE(made, made.error());
  return std::move(*made);
}

}  // namespace

TEST_CASE("a model is told what was said and heard, and begins as the user's partner") {
  const chat_memory memory;
  const auto talk = after({{speaker::agent, "Good morning."},
                           {speaker::caller, "A table,"},
                           {speaker::caller, "please."},
                           {speaker::agent, "For how"}});
  CHECK(lines_of(memory.messages("Be brief.", {5, "For four.", talk})) ==
        "system: Be brief.\nuser: (The call begins.)\nassistant: Good morning.\nuser: A table,\nplease.\n"
        "assistant: For how…\nuser: For four.\n");
}

TEST_CASE("what was done stands between the question and the reply that it was done for") {
  chat_memory memory;
  memory.add(1, {{"a", "find", "{}"}}, {"found"});
  memory.add(3, {{"b", "book", "{}"}}, {"booked"});
  const auto talk = after({{speaker::agent, "Hi."}, {speaker::caller, "Look."}, {speaker::agent, "There."}});
  CHECK(
      lines_of(memory.messages("P", {4, "Book it.", talk})) ==
      "system: P\nuser: (The call begins.)\nassistant: Hi.\nuser: Look.\nassistant: [find {}]\ntool: found\n"
      "assistant: There.\nuser: Book it.\nassistant: [book {}]\ntool: booked\n");
}

TEST_CASE("keys are told as keys") {
  const conversation nothing;
  CHECK(lines_of(chat_memory().messages("P", {1, "12", nothing, turns::question::keys})) ==
        "system: P\nuser: [pressed 12]\n");
}

TEST_CASE("the memory is bounded, and its oldest goes first") {
  chat_memory memory;
  for (std::uint32_t i = 0; i < 100; ++i) memory.add(0, {{std::to_string(i), "t", "{}"}}, {"r"});
  const conversation nothing;
  CHECK(memory.messages("P", {1, "x", nothing}).size() == 2 + 2 * chat_memory::max_steps);
  chat_memory large;
  for (int i = 0; i < 10; ++i) large.add(0, {{"i", "t", std::string(60'000, 'x')}}, {"r"});
  CHECK(large.messages("P", {1, "x", nothing}).size() == 2 + 2 * 2);
  chat_memory again;
  REQUIRE(again.load(large.save()));
  CHECK(again.save() == large.save());
}
