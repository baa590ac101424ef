#include "actors/agents/script_file.hpp"

#include "actors/agents/intent_match.hpp"
#include "actors/agents/spoken_words.hpp"
#include "tests/actors/agents/shipped_file.hpp"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using list = std::vector<std::string>;

const std::string small = R"({
  "version": 1, "greeting": "Hello.", "start": "ask",
  "slots": {"size": {"type": "number", "from": 1, "to": 3}, "at": {"type": "time", "from": "12:00", "to": "13:00"},
            "who": {"type": "list", "values": ["Anna", "Mary Ann"]}, "when": {"type": "day"}},
  "nodes": {"ask": {"prompt": "What?", "reprompts": ["What, please?"], "intents": [
    {"name": "size", "phrases": ["Size {size}", "{size} for {who}"], "go": "ask"},
    {"name": "bye", "keywords": ["bye bye"], "reply": "Bye.", "then": "hang_up"}]}},
  "give_up": {"reply": "Sorry."}
})";

list faults_of(const std::string& text) {
  auto loaded = load_script(text);
  return loaded ? list{} : loaded.error();
}

std::string replaced(std::string_view from, std::string_view to) {
  auto text = small;
  const auto at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

/// The faults after one piece of the small script was replaced, each without its line, which it must have.
list faults(std::string_view from, std::string_view to) {
  auto all = faults_of(replaced(from, to));
  for (auto& each : all) {
    REQUIRE(each.starts_with("line "));
    each.erase(0, each.find(": ") + 2);
  }
  return all;
}

}  // namespace

TEST_CASE("a good script loads") {
  const auto loaded = load_script(small);
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
  CHECK(loaded->slots.size() == 4);
  CHECK(loaded->nodes.at("ask").intents.at(0).phrases.at(1).parts.size() == 3);
}

TEST_CASE("a file that is no JSON is refused with its line") {
  CHECK(faults_of("") == list{"line 1: not JSON"});
  CHECK(faults_of("{\n\"version\": 1,\n}") == list{"line 3: not JSON"});
  CHECK(faults_of("[]") == list{"not an object"});
  CHECK(faults_of(std::string(100, '[')) == list{"line 1: too deep"});
}

TEST_CASE("every fault is one line with its place and what is allowed") {
  CHECK(faults("\"version\": 1", "\"version\": 2") == list{"version: must be a whole number from 1 to 1"});
  CHECK(faults("\"start\": \"ask\"", "\"start\": \"task\"") ==
        list{"start: there is no node \"task\"; allowed: ask"});
  CHECK(faults("\"prompt\"", "\"promt\"") ==
        list{"nodes.ask.prompt: missing; must be a text",
             "nodes.ask.promt: unknown; allowed: prompt, reprompts, intents, skip, also"});
  CHECK(faults("[\"What, please?\"]", "[]") == list{"nodes.ask.reprompts: must be a list of at least 1"});
  CHECK(faults("[\"What, please?\"]", "[7]") ==
        list{"nodes.ask.reprompts[0]: must be a text that is not empty"});
  CHECK(faults("Size {size}", "Size {length}") ==
        list{"nodes.ask.intents[0].phrases \"Size {length}\": there is no slot \"length\"; allowed: at, "
             "size, when, who"});
  CHECK(faults("Size {size}", "Size {size") == list{"nodes.ask.intents[0].phrases \"Size {size\": has a "
                                                    "brace without a partner; a slot stands as {name}"});
  CHECK(faults("Size {size}", "{size} {size}") ==
        list{"nodes.ask.intents[0].phrases \"{size} {size}\": has the slot \"size\" twice"});
  CHECK(faults("Size {size}", "...") == list{"nodes.ask.intents[0].phrases \"...\": has no word in it"});
  CHECK(faults("\"go\": \"ask\"", "\"go\": \"there\"") ==
        list{"nodes.ask.intents[0].go: there is no node \"there\"; allowed: ask"});
  CHECK(faults("\"then\": \"hang_up\"", "\"then\": \"leave\"") ==
        list{"nodes.ask.intents[1].then: must be one of hang_up, transfer"});
  CHECK(faults("\"reply\": \"Bye.\", ", "") ==
        list{"nodes.ask.intents[1].reply: missing; nobody is hung up on or transferred without a word"});
  CHECK(faults("\"then\"", "\"go\": \"ask\", \"then\"") ==
        list{"nodes.ask.intents[1].then: goes to no node; only one of go and then is allowed"});
  CHECK(faults("\"keywords\": [\"bye bye\"], ", "") ==
        list{"nodes.ask.intents[1]: needs phrases, keywords or keys"});
  CHECK(faults("\"name\": \"bye\"", "\"name\": \"bye\", \"confidence\": 2") ==
        list{"nodes.ask.intents[1].confidence: must be a number from 0.1 to 1"});
  CHECK(faults("\"type\": \"day\"", "\"type\": \"month\"") ==
        list{"slots.when.type: must be one of number, time, day, list"});
  CHECK(faults("\"to\": 3", "\"to\": 0") == list{"slots.size.to: must be a whole number from 1 to 999"});
  CHECK(faults("\"13:00\"", "\"1 pm\"") == list{"slots.at.to: must be a time from 00:00 to 24:00, as HH:MM"});
  CHECK(faults("\"13:00\"", "\"11:00\"") == list{"slots.at.to: must not be before from"});
  CHECK(faults("\"Sorry.\"", "\"Sorry, {name}.\"") ==
        list{"give_up.reply: there is no slot \"name\"; allowed: at, size, when, who"});
  CHECK(faults("\"Hello.\"", "\"Hello.\", \"greeting\": \"Twice.\"") == list{"greeting: appears twice"});
  CHECK(faults("\"prompt\"", "\"skip\": {\"if\": \"size\", \"to\": \"ask\"}, \"prompt\"") ==
        list{"nodes.ask.skip.to: skipping never comes to an end"});
  CHECK(faults("\"prompt\"", "\"also\": [\"task\"], \"prompt\"") ==
        list{"nodes.ask.also: there is no node \"task\"; allowed: ask"});
  CHECK(faults("\"nodes\": {", "\"nodes\": {\"attic\": 7, ") ==
        list{"nodes.attic: must be an object", "nodes.attic: nothing leads here"});
}

TEST_CASE("keys and transfers are checked like everything else") {
  const auto bye = [](std::string_view members) {
    return faults(R"("keywords": ["bye bye"], "reply": "Bye.", "then": "hang_up")", members);
  };
  CHECK(bye(R"("keys": ["1", "*9"], "reply": "Bye.", "then": "transfer", "to": "sip:desk@example.com")")
            .empty());
  CHECK(bye(R"("reply": "Bye.", "then": "hang_up")") ==
        list{"nodes.ask.intents[1]: needs phrases, keywords or keys"});
  CHECK(bye(R"("keys": ["1#"], "reply": "Bye.", "then": "hang_up")") ==
        list{"nodes.ask.intents[1].keys: \"1#\" is none; keys are 0 to 9, * and A to D (# ends them)"});
  CHECK(bye(R"("keys": ["1"], "reply": "Bye.", "then": "transfer")") ==
        list{"nodes.ask.intents[1].to: missing; must be a text"});
  CHECK(bye(R"("keys": ["1"], "reply": "Bye.", "then": "transfer", "to": "911")") ==
        list{"nodes.ask.intents[1].to: must be a number such as +13125550142 or a SIP address"});
}

TEST_CASE("a wait has an answer, a bound, and no other end beside it") {
  const auto moment = [](std::string_view members) {
    return faults(R"("keywords": ["bye bye"], "reply": "Bye.", "then": "hang_up")", members);
  };
  CHECK(moment(R"("keys": ["1"], "reply": "Of course.", "wait": 60)").empty());
  CHECK(moment(R"("keys": ["1"], "reply": "Of course.", "wait": 4)") ==
        list{"nodes.ask.intents[1].wait: must be a whole number from 5 to 600"});
  CHECK(moment(R"("keys": ["1"], "wait": 60)") ==
        list{"nodes.ask.intents[1].reply: missing; who asks for a moment gets an answer"});
  CHECK(moment(R"("keys": ["1"], "reply": "Bye.", "then": "hang_up", "wait": 60)") ==
        list{"nodes.ask.intents[1].wait: the node stays; only one of go, then and wait is allowed"});
}

TEST_CASE("every fault has the line where it is") {
  const auto line = [](std::string_view from, std::string_view to) {
    const auto all = faults_of(replaced(from, to));
    REQUIRE(!all.empty());
    return all.front().substr(0, all.front().find(':'));
  };
  CHECK(line("\"version\": 1", "\"version\": 2") == "line 2");
  CHECK(line("\"from\": 1", "\"from\": -1") == "line 3");
  CHECK(line("\"Mary Ann\"", "\"-\"") == "line 4");
  CHECK(line("\"prompt\"", "\"promt\"") == "line 5");
  CHECK(line("Size {size}", "Size {length}") == "line 6");
  CHECK(line("\"go\": \"ask\"", "\"go\": \"there\"") == "line 6");
  CHECK(line("\"reply\": \"Bye.\", ", "") == "line 7");
  CHECK(line("\"Sorry.\"", "\"Sorry, {name}.\"") == "line 8");
  CHECK(line("\"give_up\"", "\"give_in\"") == "line 1");
}

TEST_CASE("what is left on a machine is checked like everything else") {
  const auto left = [](std::string_view members) {
    return faults("\"give_up\"", "\"voicemail\": " + std::string(members) + ", \"give_up\"");
  };
  CHECK(left(R"({"reply": "Call back, {who}.", "note": {"outcome": "voicemail"}})").empty());
  CHECK(left("{}") == list{"voicemail.reply: missing; must be a text"});
  CHECK(left(R"("Hello.")").front() == "voicemail: must be an object");
  CHECK(left(R"({"reply": "Call {you}."})") ==
        list{"voicemail.reply: there is no slot \"you\"; allowed: at, size, when, who"});
  CHECK(left(R"({"reply": "Hello.", "node": "ask"})") ==
        list{"voicemail.node: unknown; allowed: reply, note"});
  auto text = replaced("\"give_up\"", "\"voicemail\": {\n\"reply\": 7}, \"give_up\"");
  CHECK(faults_of(text) == list{"line 9: voicemail.reply: must be a text that is not empty"});
}

TEST_CASE("all faults of a file are named at once") {
  const auto all = faults_of("{\"version\": \"1\", \"greeting\": 7,\n\"mood\": \"good\"}");
  CHECK(all == list{"line 1: version: must be a whole number from 1 to 1",
                    "line 1: greeting: must be a text that is not empty",
                    "line 1: start: missing; must be a text",
                    "line 1: nodes: missing; must be an object of at least 1",
                    "line 1: give_up: missing; must be an object",
                    "line 2: mood: unknown; allowed: version, slots, greeting, start, anywhere, nodes, "
                    "give_up, voicemail"});
}

TEST_CASE("the phrases are everything that a caller may say") {
  const auto all = phrases(*load_script(small));
  CHECK(all == list{"Size one", "Size two", "Size three", "one for Anna", "two for Mary Ann",
                    "three for Anna", "bye bye"});
}

TEST_CASE(
    "every phrase of a shipped script is understood as it is meant, and most of them with a wrong word") {
  std::string name_of_file;
  int least_damaged = 300;
  int least_percent = 90;
  SUBCASE("of the restaurant") { name_of_file = "agents/book-a-table.json"; }
  SUBCASE("of the clinic") {
    name_of_file = "agents/front-desk.json";
    // Its intents are more alike.
    least_percent = 85;
  }
  const auto loaded = load_script(shipped_file(name_of_file));
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
  std::mt19937 random(1);
  int damaged = 0, understood = 0;
  for (const auto& [name, node] : loaded->nodes) {
    for (const auto& meant : node.intents) {
      script only;
      only.slots = loaded->slots;
      only.nodes["only"].intents = {meant};
      for (const auto& text : phrases(only)) {
        const auto found = match_intent(*loaded, node, text);
        CAPTURE(text);
        REQUIRE(found.has_value());
        CHECK(found->what->name == meant.name);
        CHECK(found->score > 0.99);
        auto words = spoken_words(text);
        if (words.size() < 4) continue;
        // Replaces a word, mishears no value: what a slot holds cannot be guessed.
        auto& word = words[random() % words.size()];
        const script_node none;
        if (word.size() < 2 || parse_number(std::vector{word}) || parse_day(word) ||
            found->what->name == "give_name")
          continue;
        word = "hum";
        std::string noisy;
        for (const auto& one : words) noisy += one + " ";
        const auto guess = match_intent(*loaded, node, noisy);
        ++damaged;
        if (guess && guess->what->name == meant.name) ++understood;
      }
    }
  }
  MESSAGE(understood << " of " << damaged << " damaged phrases understood");
  CHECK(damaged > least_damaged);
  CHECK(understood > damaged * least_percent / 100);
}

TEST_CASE("any text is matched without harm") {
  const auto loaded = load_script(shipped_file("agents/book-a-table.json"));
  REQUIRE(loaded.has_value());
  std::mt19937 random(7);
  const auto said = phrases(*loaded);
  for (int i = 0; i < 300; ++i) {
    std::string text;
    const auto size = random() % 400;
    while (text.size() < size)
      text += random() % 3 == 0 ? std::string(1, static_cast<char>(random() % 256))
                                : said[random() % said.size()] + " ";
    for (const auto& [name, node] : loaded->nodes) {
      const auto found = match_intent(*loaded, node, text);
      if (found) CHECK((found->score >= found->what->confidence && found->score <= 1.0001));
    }
  }
}
