#include "protocols/conversation/conversation.hpp"

#include "tests/protocols/conversation/rehearsal.hpp"

#include <map>
#include <random>
#include <set>
#include <utility>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::turns;
using namespace std::chrono_literals;

namespace {

using milliseconds = std::chrono::milliseconds;

settings rules() {
  settings some;
  some.greeting = "Good day \"you\".";
  some.fallback_reply = "Sorry?";
  some.min_interruption_words = 2;
  some.endpoint.transcript = milliseconds(2000);
  return some;
}

/// Something that happens after a while; voice events are about that very moment.
struct moved {
  milliseconds after;
  turns::event what;
};

/// A call with everything in it: greeting, joined fragments, a withdrawn reply, a false and a true
/// interruption, a lost transcript, a stalled agent, lost speech, a text to say, and a goodbye.
std::vector<moved> whole_call() {
  return {{0ms, call_connected{}},
          {80ms, speech_arrived{1}},
          {10ms, speech_started{1}},
          {900ms, speech_heard{1, "Good"}},
          {900ms, speech_finished{1}},
          {400ms, voice_started{}},
          {700ms, partial_transcript{"a table"}},
          {300ms, voice_ended{}},
          {420ms, utterance_committed{"a table"}},
          {30ms, voice_started{}},
          {500ms, voice_ended{}},
          {450ms, utterance_committed{"for Friday"}},
          {100ms, agent_noted{2, "day", "friday"}},
          {20ms, agent_sentence{2, "Which time?"}},
          {10ms, agent_finished{2, next::listen}},
          {10ms, voice_started{}},
          {400ms, voice_ended{}},
          {500ms, utterance_committed{"at seven"}},
          {40ms, agent_sentence{3, "At seven we are full."}},
          {150ms, speech_arrived{3}},
          {10ms, speech_started{3}},
          {10ms, say{"Your taxi is here."}},
          {300ms, agent_sentence{3, "At eight there is a table."}},
          {100ms, agent_noted{3, "time", "none"}},
          {200ms, voice_started{}},
          {300ms, voice_ended{}},
          {450ms, utterance_committed{"hm"}},
          {900ms, voice_started{}},
          {600ms, partial_transcript{"no then not"}},
          {30ms, speech_interrupted{3, "At seven we"}},
          {400ms, voice_ended{}},
          {3000ms, utterance_committed{"no then not at all"}},
          {9000ms, speech_started{4}},
          {500ms, speech_finished{4}},
          {200ms, speech_failed{5}},
          {300ms, voice_started{}},
          {500ms, voice_ended{}},
          {260ms, commit_failed{}},
          {3000ms, voice_started{}},
          {500ms, voice_ended{}},
          {500ms, utterance_committed{"goodbye"}},
          {200ms, agent_sentence{6, "Goodbye."}},
          {10ms, agent_finished{6, next::hang_up}},
          {200ms, speech_started{6}},
          {900ms, speech_finished{6}}};
}

void play(rehearsal& call, const moved& next) {
  call.wait(next.after);
  auto what = next.what;
  if (auto* voice = std::get_if<voice_started>(&what)) voice->at = call.now;
  if (auto* voice = std::get_if<voice_ended>(&what)) voice->at = call.now;
  call.apply(what);
}

/// The same call on another node, whose clock shows something else.
rehearsal rebuilt(const rehearsal& call, std::chrono::hours other) {
  const auto text = call.talk.to_json(call.now);
  auto copy = call;
  copy.now += other;
  copy.start += other;
  copy.log.clear();
  auto talk = conversation::from_json(text, copy.now);
  REQUIRE_MESSAGE(talk.has_value(), talk.error());
  copy.talk = std::move(*talk);
  REQUIRE(copy.talk.to_json(copy.now) == text);
  return copy;
}

/// A random event, more often one that fits.
turns::event anything(std::mt19937& random, std::uint32_t turn, moment now) {
  const auto pick = [&](std::uint32_t most) {
    return std::uniform_int_distribution<std::uint32_t>(0, most)(random);
  };
  const auto then = pick(9) == 0 ? next::hang_up : next::listen;
  if (pick(20) == 0) turn = pick(turn + 1);
  const std::string text =
      std::array{"", "uh", "yes please", "one two three. four", "Yes, please.", "and"}[pick(5)];
  switch (pick(18)) {
    case 0:
      return utterance_committed{text};
    case 1:
      return partial_transcript{text};
    case 2:
      return commit_failed{};
    case 3:
      return voice_started{now - milliseconds(pick(100))};
    case 4:
      return voice_ended{now - milliseconds(pick(100))};
    case 5:
      return agent_noted{turn, "key", text};
    case 6:
      return agent_finished{turn,
                            {.then = pick(9) == 0 ? next::hold : then, .time = milliseconds(pick(3) * 1000)}};
    case 7:
      return agent_failed{turn};
    case 8:
      return speech_arrived{turn};
    case 9:
    case 10:
      return speech_started{turn};
    case 11:
      return speech_heard{turn, text};
    case 12:
      return speech_finished{turn};
    case 13:
      return speech_interrupted{turn, text};
    case 14:
      return speech_failed{turn};
    case 15:
      if (pick(5) == 0) return say{text};
      if (pick(9) == 0) return machine_heard{pick(1) == 0, pick(1) == 0};
      if (pick(9) == 0) return turns::hold_call{holder::api, text, "https://example.com/a.mp3"};
      if (pick(9) == 0) return turns::hold_call{.by = holder::caller, .time = 2000ms};
      if (pick(3) == 0) return turns::end_hold{pick(1) == 0 ? holder::api : holder::caller};
      return tick{};
    default:
      return agent_sentence{turn, text};
  }
}

/// Whoever the agent answers, if it does: the reply under way, or the last question.
std::uint32_t turn_of(const rehearsal& call) {
  if (const auto* reply = call.talk.turns().current()) return reply->turn;
  for (auto line = call.log.rbegin(); line != call.log.rend(); ++line)
    if (line->starts_with("ask ")) return static_cast<std::uint32_t>(std::stoul(line->substr(4)));
  return 1;
}

/// Early questions are confirmed or taken back, each before anything else is asked, and nothing is said or
/// noted before; two at most for each turn.
void check_early(const lines& log) {
  std::string early;
  int asked = 0;
  for (const auto& line : log) {
    CAPTURE(line);
    const auto turn =
        line.substr(line.find(' ') + 1, line.find_first_of(" :", line.find(' ') + 1) - line.find(' ') - 1);
    if (line.starts_with("confirm ")) {
      REQUIRE(turn == early);
      early.clear();
      asked = 0;
    } else if (line.starts_with("cancel ") && turn == early) {
      REQUIRE(line.ends_with(" unheard"));
      early.clear();
    } else if (line.starts_with("ask ")) {
      REQUIRE(early.empty());
      const bool is_early = line.find(" early") != line.npos;
      asked = is_early ? asked + 1 : line.find(" about ") == line.npos ? 0 : asked;
      REQUIRE(asked <= 2);
      if (is_early) early = turn;
    } else if (!early.empty()) {
      REQUIRE(line == "commit");
    }
  }
}

}  // namespace

TEST_CASE("rebuilt from its value, the call goes on identically") {
  const auto trace = whole_call();
  rehearsal call(rules());
  call.show(rehearsal::stages::shown);
  std::vector<rehearsal> rebuilds;
  std::vector<std::size_t> logged;
  std::set<std::string_view> states;
  for (const auto& next : trace) {
    rebuilds.push_back(rebuilt(call, std::chrono::hours(rebuilds.size() % 7) * 24));
    logged.push_back(call.log.size());
    play(call, next);
    states.insert(call.state());
  }
  CHECK(states.size() == 8);  // all but idle
  CHECK(call.log.back() == "hang up: agent_goodbye");
  for (std::size_t step = 0; step < trace.size(); ++step) {
    CAPTURE(step);
    auto& other = rebuilds[step];
    for (auto next = step; next < trace.size(); ++next) play(other, trace[next]);
    CHECK(other.log == lines(call.log.begin() + static_cast<std::ptrdiff_t>(logged[step]), call.log.end()));
    CHECK(other.talk.to_json(other.now) == call.talk.to_json(call.now));
  }
}

TEST_CASE(
    "whatever happens, every live state has a deadline in the future, and a rebuilt call does the same") {
  std::map<std::string_view, int> states;
  long early = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    auto some = rules();
    some.barge_in = seed % 4 != 0;
    some.min_interruption_words = seed % 3;
    if (seed % 5 == 0) some.fallback_reply.clear();
    some.preemptive = seed % 2 == 0;
    some.endpoint.adaptive = seed % 7 < 4;
    rehearsal call(some);
    call.tell(call_connected{});
    auto other = rebuilt(call, 5h);
    other.log = call.log;
    for (int step = 0; step < 400 && call.state() != "ended"; ++step) {
      CAPTURE(step);
      ++states[call.state()];
      const auto time =
          milliseconds(std::uniform_int_distribution(0, random() % 20 == 0 ? 9000 : 400)(random));
      call.wait(time);
      other.wait(time);
      const auto event = anything(random, turn_of(call), call.now);
      auto same = event;
      if (auto* voice = std::get_if<voice_started>(&same)) voice->at += 5h;
      if (auto* voice = std::get_if<voice_ended>(&same)) voice->at += 5h;
      call.apply(event);
      other.apply(same);
      auto log = std::move(other.log);
      other = rebuilt(other, 0h);
      other.log = std::move(log);
      const auto due = call.talk.deadline();
      REQUIRE(due.has_value() == (call.state() != "ended"));
      if (due) REQUIRE(*due > call.now);
      REQUIRE(call.talk.turns().is_consistent());
    }
    REQUIRE(call.log == other.log);
    check_early(call.log);
    early += std::count_if(call.log.begin(), call.log.end(),
                           [](const auto& line) { return line.starts_with("confirm "); });
    // Turns are numbered without a gap, and one hang-up is the last word.
    int n = 0;
    for (const auto& line : call.log) {
      if (line.starts_with("caller ")) REQUIRE(line.starts_with("caller " + std::to_string(++n) + ":"));
      if (line.starts_with("agent ")) REQUIRE(line.starts_with("agent " + std::to_string(++n) + ":"));
      if (line.starts_with("hang up")) REQUIRE(&line == &call.log.back());
    }
  }
  for (const auto state : {"listening", "thinking", "starting", "speaking", "paused", "stopping", "closing"})
    CHECK_MESSAGE(states[state] > 20, state);
  CHECK(early > 20);
}

TEST_CASE("a reply that is kept back is so after the call was rebuilt, and a slow caller is known") {
  auto how = rules();
  how.greeting.clear();
  how.preemptive = true;
  how.endpoint.adaptive = true;
  rehearsal call(how);
  call.tell(call_connected{});
  call.say("a table");
  call.voice(300ms);
  call.wait(250ms);
  call.tell(utterance_committed{"for four"});
  call.wait(1000ms);
  call.tell(agent_sentence{2, "Which day?"}, agent_finished{2, next::listen}, speech_started{2},
            speech_finished{2});
  call.tell(voice_started{call.now}, partial_transcript{"friday"}, voice_ended{call.now});
  CHECK(call.wait(200ms) == lines{"ask 3 early: friday"});
  call.tell(agent_noted{3, "day", "friday"}, agent_sentence{3, "Friday."});
  call.tell(agent_finished{3, {next::transfer, "+1", key_rules{.most = 4, .finish = "", .pause = 1000ms}}});
  auto other = rebuilt(call, 5h);
  for (auto* each : {&call, &other}) {
    each->wait(50ms);
    CHECK(each->tell(utterance_committed{"Friday and"}).front() == "cancel 3 unheard");
    each->log.clear();
    each->wait(3000ms);
  }
  CHECK(other.log == call.log);
}

TEST_CASE("a call that has gone deaf is so after it was rebuilt") {
  auto how = rules();
  how.greeting = "Hello.";
  how.fallback_reply = "I cannot hear you.";
  rehearsal call(how);
  call.tell(call_connected{}, speech_started{1}, hearing_lost{});
  auto other = rebuilt(call, std::chrono::hours(24));
  CHECK(other.tell(speech_finished{1}).back() == "speak 2: I cannot hear you. (last)");
}

TEST_CASE("a call on a machine that has been up for months can be rebuilt") {
  rehearsal call(rules());
  call.now += std::chrono::hours(24 * 100);
  call.tell(call_connected{}, speech_started{1});
  auto text = call.talk.to_json(call.now);
  const auto copy = conversation::from_json(text, call.now);
  REQUIRE_MESSAGE(copy.has_value(), copy.error());
  CHECK(copy->to_json(call.now) == text);
}

TEST_CASE("history holds what was said and heard, in order") {
  rehearsal call(rules());
  for (const auto& next : whole_call()) play(call, next);
  lines heard;
  for (const auto& turn : call.talk.history())
    heard.push_back(std::to_string(turn.n) + (turn.role == speaker::caller ? " caller: " : " agent: ") +
                    turn.text);
  CHECK(heard == lines{"1 agent: Good day \"you\".", "2 caller: a table for Friday at seven",
                       "3 agent: At seven we", "4 caller: no then not", "5 agent: Sorry?",
                       "7 caller: goodbye", "8 agent: Goodbye."});
  REQUIRE(call.talk.notes().size() == 1);
  CHECK(call.talk.notes()[0].key == "time");
}

TEST_CASE("history and notes are bounded") {
  rehearsal call;
  call.tell(call_connected{});
  const std::string text(2000, 'a');
  for (std::uint32_t turn = 1; turn <= 100; ++turn) {
    call.say(text);
    for (int i = 0; i < 3; ++i)
      call.tell(agent_noted{turn, std::to_string(turn) + "." + std::to_string(i), "x"});
    call.tell(agent_sentence{turn, "b"}, agent_finished{turn, next::listen}, speech_started{turn},
              speech_finished{turn});
  }
  std::size_t bytes = 0;
  for (const auto& turn : call.talk.history()) bytes += turn.text.size();
  CHECK(bytes <= conversation::max_history);
  CHECK(bytes > conversation::max_history - 10'000);
  CHECK(call.talk.history().back().n == 200);
  CHECK(call.talk.notes().size() == conversation::max_notes);
  CHECK(call.talk.keep_agent(std::string(conversation::max_agent, '\n')));
  CHECK(!call.talk.keep_agent(std::string(conversation::max_agent + 1, ' ')));
  CHECK(rebuilt(call, 1h).talk.history().size() == call.talk.history().size());
}

TEST_CASE("a conversation of 40 turns is all there in a few kilobytes, and each turn costs the same") {
  rehearsal call(rules());
  call.tell(call_connected{}, speech_started{1}, speech_finished{1});
  const auto size = [&] { return call.talk.to_json(call.now).size(); };
  std::size_t half = 0;
  for (std::uint32_t turn = 2; call.talk.history().size() < 41; ++turn) {
    call.converse(turn, "I would like a table for " + std::to_string(100 + turn) + " \"people\".",
                  "For " + std::to_string(100 + turn) + " people there is one at eight o'clock.");
    call.wait(4s);
    call.tell(speech_finished{turn});
    if (call.talk.history().size() == 21) half = size();
  }
  CHECK(half < 8 * 1024);
  CHECK(size() < 2 * half);
  const auto copy = rebuilt(call, 7h);
  REQUIRE(copy.talk.history().size() == 41);
  for (std::size_t i = 0; i < 41; ++i) {
    CAPTURE(i);
    const auto& mine = call.talk.history()[i];
    const auto& other = copy.talk.history()[i];
    CHECK(other.n == mine.n);
    CHECK(other.role == mine.role);
    CHECK(other.text == mine.text);
    CHECK(other.interrupted == mine.interrupted);
    CHECK(other.began == mine.began + 7h);
    CHECK(other.ended == mine.ended + 7h);
  }
}

TEST_CASE("the agent's part and every text survive as they are") {
  rehearsal call(rules());
  CHECK(call.talk.keep_agent("{\"node\":\"caf\u00e9\"}\n\t"));
  call.tell(call_connected{}, say{"\"\\ \u2019 \n"});
  const auto copy = rebuilt(call, 0h);
  CHECK(copy.talk.agent() == call.talk.agent());
  CHECK(copy.talk.turns().rules().greeting == rules().greeting);
}

TEST_CASE("a value of another version is refused by name") {
  auto text = conversation().to_json({});
  text.replace(text.find("\"version\":3"), 11, "\"version\":2");
  const auto refused = conversation::from_json(text, {});
  REQUIRE(!refused.has_value());
  CHECK(refused.error() == "the conversation has version 2; this build reads only 3");
}

TEST_CASE("what is no conversation is refused with the place of the fault") {
  const auto fault = [](std::string_view text) {
    const auto refused = conversation::from_json(text, {});
    return refused ? std::string() : refused.error();
  };
  CHECK(fault("") == "the conversation cannot be read: not JSON");
  CHECK(fault("{}") == "the conversation cannot be read: it has no version");
  CHECK(fault("{\"version\":3}") == "the conversation cannot be read: turns is missing");
  const auto changed = [&](std::string_view from, std::string_view to) {
    auto text = conversation().to_json({});
    const auto at = text.find(from);
    REQUIRE(at != text.npos);
    return fault(text.replace(at, from.size(), to));
  };
  CHECK(changed("\"endpoint\":{", "\"endpoint\":[],\"x\":{") ==
        "the conversation cannot be read: turns.rules.endpoint.silence is missing");
  CHECK(changed("\"silence\":500", "\"silence\":-1")
            .starts_with(
                "the conversation cannot be read: turns.rules.endpoint.silence is no number from 0 to "));
  CHECK(changed("\"is\":\"idle\"", "\"is\":\"floating\"") ==
        "the conversation cannot be read: turns.floor is no known state");
  CHECK(changed("\"is\":\"idle\"", "\"is\":\"listening\",\"since\":true")
            .starts_with("the conversation cannot be read: turns.floor.since is no number"));
  CHECK(changed("\"asked\":0,\"answered\":0", "\"asked\":0,\"answered\":1") ==
        "the conversation cannot be read: its state contradicts itself");
}

TEST_CASE("a value cut off anywhere is refused") {
  rehearsal call(rules());
  const auto trace = whole_call();
  for (std::size_t i = 0; i < 22; ++i) play(call, trace[i]);
  const auto text = call.talk.to_json(call.now);
  for (std::size_t size = 0; size < text.size(); ++size)
    REQUIRE(!conversation::from_json(std::string_view(text).substr(0, size), call.now));
}
