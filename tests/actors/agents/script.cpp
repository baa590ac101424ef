#include "actors/agents/script.hpp"

#include "tests/actors/agents/agent_probe.hpp"
#include "tests/actors/agents/shipped_file.hpp"

#include <doctest/doctest.h>

using namespace tandem;

namespace {

std::shared_ptr<const script> shipped() {
  static const auto dialogue = [] {
    auto loaded = load_script(shipped_file("agents/book-a-table.json"));
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
    return std::make_shared<const script>(std::move(*loaded));
  }();
  return dialogue;
}

/// A script agent that has been told these things.
struct visit {
  explicit visit(std::initializer_list<const char*> texts = {}) : who(shipped()) {
    for (const auto* text : texts) probe.ask(who, text);
  }
  std::string ask(const std::string& text) { return probe.ask(who, text); }

  script_agent who;
  agent_probe probe;
};

const std::string which_day = "Which day would you like to come?";
const std::string which_time = "What time would you like to come?";
const std::string how_many = "How many people will you be?";

}  // namespace

TEST_CASE("the shipped script books a table") {
  visit guest;
  CHECK(guest.who.greeting() ==
        "Good day, this is the Blue Door restaurant. I am an automated assistant, and I can book a table for "
        "you. " +
            which_day);
  CHECK(guest.ask("A table on Friday, please.") == "Friday, gladly. " + which_time);
  CHECK(guest.ask("At half past seven.") == "Seven thirty is free. " + how_many);
  CHECK(guest.ask("We are four people.") ==
        "A table for four, very well. And under what name shall I put it?");
  CHECK(guest.ask("My name is Robinson.") ==
        "Thank you. Let me repeat: Friday at seven thirty, a table for four, under the name of Robinson. Is "
        "that "
        "right?");
  CHECK(guest.ask("Yes, that's correct!").starts_with("Wonderful, your table is booked."));
  CHECK(guest.probe.notes ==
        std::vector<std::string>{"outcome=booked", "day=friday", "time=19:30", "guests=4", "name=Robinson"});
  CHECK(guest.ask("No, thank you. Goodbye.").ends_with("Goodbye! <hang up>"));
}

TEST_CASE("a reply is given sentence by sentence") {
  visit guest;
  guest.ask("a table on friday");
  CHECK(guest.probe.sentences == std::vector<std::string>{"Friday, gladly.", which_time});
  CHECK(guest.probe.ends == std::vector{turns::next::listen});
  CHECK(guest.probe.last_turn == 1);
}

TEST_CASE("what is told in one breath is not asked for again") {
  visit guest;
  CHECK(guest.ask("I'd like a table for four people on Friday at 7:30 p.m.") ==
        "Friday, gladly. And under what name shall I put it?");
  CHECK(guest.ask("Miller please")
            .ends_with("Friday at seven thirty, a table for four, under the name of Miller. "
                       "Is that right?"));
}

TEST_CASE("an answer to another question is taken, and the open question asked again") {
  visit guest;
  CHECK(guest.ask("We are four people.") == "A table for four, very well. " + which_day);
  CHECK(guest.ask("at half past seven") == "Seven thirty is free. " + which_day);
  CHECK(guest.ask("friday") == "Friday, gladly. And under what name shall I put it?");
  visit other{"friday"};
  CHECK(other.ask("We are four people.") == "A table for four, very well. " + which_time);
  CHECK(other.ask("seven").starts_with("Seven o'clock is free."));
  visit done{"a table on friday", "at seven", "four people", "Miller", "yes"};
  CHECK(done.ask("we are six people").starts_with("I am sorry, I did not get that."));
}

TEST_CASE("an answer can be changed at the end, alone or altogether") {
  visit guest{"a table on friday", "at seven", "four people", "Miller"};
  CHECK(guest.ask("no, at eight")
            .starts_with("Eight o'clock instead, no problem. Let me repeat: Friday at eight"));
  CHECK(guest.ask("the time is wrong") == which_time);
  CHECK(guest.ask("nine").starts_with("Nine o'clock is free. Let me repeat: Friday at nine o'clock"));
  CHECK(guest.ask("no that is not right") == "I am sorry. Let us start again, then. " + which_day);
  CHECK(guest.ask("monday") == "Monday, gladly. " + which_time);
}

TEST_CASE("a value beyond what is allowed is explained and not taken") {
  visit guest{"friday"};
  CHECK(guest.ask("at eleven in the evening").starts_with("I am sorry, our kitchen takes guests from noon"));
  CHECK(guest.ask("nine in the morning").starts_with("I am sorry, our kitchen"));
  CHECK(guest.ask("at one o'clock").starts_with("One o'clock is free."));
  CHECK(guest.ask("for twenty people").starts_with("I am sorry, I can book for one to twelve people only."));
  CHECK(guest.ask("twelve").starts_with("A table for twelve"));
}

TEST_CASE("questions are answered anywhere and the dialogue goes on where it was") {
  visit guest{"friday"};
  const auto menu = guest.ask("What's on the menu?");
  CHECK(menu.starts_with("Today we start with a tomato soup"));
  CHECK(menu.ends_with(which_time));
  CHECK(menu.size() > 300);
  CHECK(guest.ask("when do you close").starts_with("We are open every day"));
  CHECK(guest.ask("seven").starts_with("Seven o'clock is free."));
}

TEST_CASE("the script says that it is no person when it is asked") {
  for (auto question :
       {"Are you a robot?", "am I talking to a machine", "is this a real person", "are you human"}) {
    visit guest;
    CHECK_MESSAGE(guest.ask(question).starts_with("I am a computer program, not a person"), question);
  }
}

TEST_CASE("who does not want to be called again is not, and that is on record") {
  for (auto wish : {"Do not call me again.", "please don't call me again", "Don't ever call me again!",
                    "take me off your list", "stop calling me"}) {
    visit guest{"friday"};
    const auto reply = guest.ask(wish);
    CAPTURE(wish);
    CHECK(reply.starts_with("I understand"));
    CHECK(reply.ends_with("<hang up>"));
    CHECK(guest.probe.notes == std::vector<std::string>{"outcome=do_not_call", "do_not_call=true"});
  }
}

TEST_CASE("nobody is hung up on for asking to be called back") {
  for (auto wish : {"call me back tomorrow", "can you call me again", "please call me again later", "call me",
                    "I will call you again", "put me on your list"}) {
    visit guest;
    const auto reply = guest.ask(wish);
    CAPTURE(wish);
    CHECK(reply.find("hang up") == reply.npos);
    CHECK(guest.probe.notes.empty());
  }
}

TEST_CASE("no is not yes") {
  for (auto denial : {"no", "that is not right", "no that's not right", "not correct", "that isn't right"}) {
    visit guest{"a table on friday", "at seven", "four people", "Miller"};
    guest.ask(denial);
    CAPTURE(denial);
    CHECK(guest.probe.notes.empty());
  }
}

TEST_CASE("what is not understood is asked again in other words, and then the script gives up politely") {
  visit guest;
  const auto first = guest.ask("the weather is lovely");
  const auto second = guest.ask("purple elephants");
  CHECK(first.starts_with("I am sorry, I did not get that."));
  CHECK(second.starts_with("I still did not understand."));
  CHECK(guest.ask("is it raining").ends_with("Goodbye. <hang up>"));
  CHECK(guest.probe.notes == std::vector<std::string>{"outcome=not_understood"});
  visit other{"the weather is lovely", "purple elephants", "friday", "the weather", "purple"};
  CHECK(other.ask("seven").starts_with("Seven o'clock"));
}

namespace {

std::shared_ptr<const script> menu() {
  auto loaded = load_script(R"({"version":1,"greeting":"Hello.","start":"menu",
    "slots":{"guests":{"type":"number","from":1,"to":9}},
    "nodes":{
      "menu":{"prompt":"Press one to book, zero for a person.","reprompts":["One or zero, please."],"intents":[
        {"name":"book","phrases":["book a table"],"keys":["1"],"go":"guests"},
        {"name":"person","keys":["0"],"reply":"One moment.","then":"transfer","to":"+13125550177"}]},
      "guests":{"prompt":"How many?","reprompts":["How many people?"],"intents":[
        {"name":"count","phrases":["{guests}"],"reply":"{guests}, well.","then":"hang_up"}]}},
    "anywhere":[{"name":"back","keys":["*"],"go":"menu"}],
    "give_up":{"reply":"Sorry."}})");
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
  return std::make_shared<const script>(std::move(*loaded));
}

}  // namespace

TEST_CASE("keys choose what words could choose, and stand for numbers") {
  script_agent who(menu());
  agent_probe probe;
  const auto press = [&](const char* keys) { return probe.ask(who, keys, turns::question::keys); };
  CHECK(press("7") == "One or zero, please.");
  CHECK(press("1") == "How many?");
  CHECK(press("*") == "Press one to book, zero for a person.");
  CHECK(probe.ask(who, "book a table") == "How many?");
  CHECK(press("4") == "Four, well. <hang up>");
}

TEST_CASE("keys mean nothing where none are asked for") {
  visit guest;
  CHECK(guest.probe.ask(guest.who, "***", turns::question::keys).empty());
  CHECK(guest.probe.ends == std::vector{turns::next::listen});
  CHECK(guest.ask("A table on Friday, please.") == "Friday, gladly. " + which_time);
}

TEST_CASE("who asks for a moment gets it, and is asked again when it is over") {
  for (const auto* name : {"agents/book-a-table.json", "agents/front-desk.json"}) {
    CAPTURE(name);
    auto dialogue = load_script(shipped_file(name));
    REQUIRE(dialogue);
    script_agent who(std::make_shared<const script>(std::move(*dialogue)));
    agent_probe probe;
    CHECK(probe.ask(who, "Just a moment, please.") == "Of course, take your time.");
    CHECK(probe.time == std::chrono::seconds(60));
    CHECK(probe.ends == std::vector{turns::next::listen});
    const auto again = probe.ask(who, "", turns::question::silence);
    CHECK(who.greeting().ends_with(again));
    CHECK(probe.ask(who, "", turns::question::hold_over) == again);
  }
}

TEST_CASE("a script can transfer, and asks again when nobody takes the call") {
  script_agent who(menu());
  agent_probe probe;
  CHECK(probe.ask(who, "0", turns::question::keys) == "One moment. <transfer to +13125550177>");
  CHECK(probe.ask(who, "", turns::question::transfer_failed) == "Press one to book, zero for a person.");
}

TEST_CASE("a reply that nobody heard counts as never given") {
  visit guest{"friday"};
  const auto before = guest.who.save();
  guest.ask("at seven");
  guest.who.cancel(guest.probe.turn, turns::dismissal::unheard);
  CHECK(guest.ask("at seven for four people") ==
        "Seven o'clock is free. And under what name shall I put it?");
  guest.who.cancel(guest.probe.turn - 1, turns::dismissal::unheard);
  CHECK(guest.ask("Miller").starts_with("Thank you."));
  guest.who.cancel(guest.probe.turn, turns::dismissal::cut_short);
  CHECK(guest.ask("yes").starts_with("Wonderful"));
}

TEST_CASE("an agent loaded from another's state goes on like it, withdrawals included") {
  const std::vector<std::string> talk{"good day",
                                      "a table on friday",
                                      "what is on the menu",
                                      "half past seven",
                                      "four people",
                                      "Robinson",
                                      "yes",
                                      "goodbye"};
  for (std::size_t step = 0; step < talk.size(); ++step) {
    for (bool withdrawn : {false, true}) {
      visit one;
      for (std::size_t i = 0; i < step; ++i) one.ask(talk[i]);
      visit other;
      REQUIRE(other.who.load(one.who.save()));
      other.probe.turn = one.probe.turn;
      CHECK(other.who.save() == one.who.save());
      if (withdrawn) {
        one.who.cancel(one.probe.turn, turns::dismissal::unheard);
        other.who.cancel(one.probe.turn, turns::dismissal::unheard);
      }
      for (std::size_t i = step; i < talk.size(); ++i) CHECK(one.ask(talk[i]) == other.ask(talk[i]));
    }
  }
}

TEST_CASE("a state of something else is refused and changes nothing") {
  visit guest{"friday"};
  const auto mine = guest.who.save();
  for (std::string state : {"", "{}", "[]", "{\"script\":2}", "{\"script\":1,\"progress\":{}}"})
    CHECK(!guest.who.load(state));
  auto elsewhere = mine;
  elsewhere.replace(elsewhere.find("\"node\":\"time\""), 13, "\"node\":\"moon\"");
  CHECK(!guest.who.load(elsewhere));
  auto unknown = mine;
  unknown.replace(unknown.find("\"slot\":\"day\""), 12, "\"slot\":\"age\"");
  CHECK(!guest.who.load(unknown));
  for (std::size_t size = 0; size < mine.size(); ++size) CHECK(!guest.who.load(mine.substr(0, size)));
  CHECK(guest.who.save() == mine);
}

TEST_CASE("a script with a message leaves it on a machine and hangs up; one without does not want to know") {
  const std::string text = R"({"version":1,"greeting":"Hello.","start":"menu",
    "nodes":{"menu":{"prompt":"Well?","reprompts":["Well?"],"intents":[{"name":"one","keys":["1"]}]}},
    "give_up":{"reply":"Bye."})";
  auto quiet = load_script(text + "}");
  REQUIRE_MESSAGE(quiet.has_value(), quiet.error().front());
  CHECK(!script_agent(std::make_shared<const script>(*quiet)).wants(turns::question::machine));
  auto loaded =
      load_script(text + R"(,"voicemail":{"reply":"Call back. Bye.","note":{"outcome":"voicemail"}}})");
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
  script_agent who(std::make_shared<const script>(std::move(*loaded)));
  CHECK(who.wants(turns::question::machine));
  agent_probe probe;
  for (const auto about : {turns::question::machine, turns::question::beep}) {
    CHECK(probe.ask(who, "", about) == "Call back. Bye. <hang up>");
    CHECK(probe.notes == std::vector<std::string>{"outcome=voicemail"});
  }
}

TEST_CASE(
    "the shipped front desk makes an appointment by keys where words fail, and connects with the staff") {
  auto loaded = load_script(shipped_file("agents/front-desk.json"));
  REQUIRE_MESSAGE(loaded.has_value(), loaded.error().front());
  const auto desk = std::make_shared<const script>(std::move(*loaded));
  script_agent who(desk);
  agent_probe probe;
  const auto press = [&](const char* keys) { return probe.ask(who, keys, turns::question::keys); };
  CHECK(probe.ask(who, "mumble").starts_with("I am sorry"));
  CHECK(probe.ask(who, "mumble mumble").find("press one") != std::string::npos);
  CHECK(press("2").starts_with("We are open"));
  CHECK(press("1").ends_with("Which doctor would you like to see: Baker, Garcia or Miller?"));
  CHECK(press("2").starts_with("Doctor Garcia"));
  CHECK(probe.notes == std::vector<std::string>{"doctor=Garcia"});
  CHECK(probe.ask(who, "on Monday at half past ten").ends_with("What is your last name, please?"));
  CHECK(probe.ask(who, "Robinson").find("Monday at ten thirty, under the name of Robinson") !=
        std::string::npos);
  CHECK(press("1").starts_with("Wonderful"));
  CHECK(press("0") == "One moment, please. I connect you with our staff. <transfer to +13125550177>");
  script_agent other(desk);
  CHECK(probe.ask(other, "Are you a robot?").starts_with("I am a computer program"));
  CHECK(probe.ask(other, "please don't call me again").ends_with("<hang up>"));
  CHECK(probe.notes == std::vector<std::string>{"outcome=do_not_call", "do_not_call=true"});
  CHECK(probe.ask(other, "", turns::question::beep).ends_with("<hang up>"));
}
