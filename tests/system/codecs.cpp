#include "tests/lab/line_recorder.hpp"
#include "tests/lab/scripted_caller.hpp"
#include "tests/lab/second_hearing.hpp"
#include "tests/lab/sound_format.hpp"
#include "tests/lab/words.hpp"
#include "tests/system/fixture.hpp"

namespace tandem::test {

namespace {

using namespace std::chrono_literals;
using telnyx::codec;

const std::vector<std::string> phrases{"Good day, this is Bella Napoli.", "I would like a table for two.",
                                       "On Friday at half past seven."};

/// What the agent says in a recording.
std::string agent_in(const lab::line_recorder& line) {
  // The pool outlives the recogniser.
  lab::worker_pool workers{1};
  const auto ears = lab::make_sphinx_recogniser(phrases, workers);
  const auto stream = ears->open(line.rate(), [](const std::function<void()>& call) { call(); });
  REQUIRE(stream);
  std::vector<std::int16_t> side;
  for (std::size_t at = 1; at < line.samples().size(); at += 2) side.push_back(line.samples()[at]);
  // No more than waits for it at once.
  for (std::span<const std::int16_t> rest(side); !rest.empty();) {
    const auto piece = rest.first(std::min<std::size_t>(rest.size(), line.rate()));
    rest = rest.subspan(piece.size());
    REQUIRE(stream->hear(piece));
    std::promise<void> done;
    stream->guess([&](const lab::heard&) { done.set_value(); });
    REQUIRE(done.get_future().wait_for(patience) == std::future_status::ready);
  }
  std::promise<std::string> all;
  stream->conclude([&](const lab::heard& what) { all.set_value(what.text); });
  auto text = all.get_future();
  REQUIRE(text.wait_for(patience) == std::future_status::ready);
  return text.get();
}

std::vector<lab::caller_line> spoken_lines(codec name) {
  const auto& sound = spoken_format(name);
  auto voice = lab::make_flite_voice(lab::caller_voice);
  std::vector<lab::caller_line> lines;
  for (const auto& text : {phrases[1], phrases[2]}) {
    const auto samples = voice->speak(text, sound.rate).samples;
    lines.push_back({text, lab::encode_sound(*lab::sound_format_of(sound.name), samples), {}});
  }
  return lines;
}

/// How many words were misheard; says which text they are in.
std::size_t wrong_words(const std::string& heard, const std::string& said) {
  const auto wrong = lab::different_words(lab::words_of(heard), lab::words_of(said));
  if (wrong != 0) MESSAGE("heard \"" << heard << "\" for \"" << said << "\"");
  return wrong;
}

/// Places a spoken call over a line of one codec to an engine of another, and judges what each side heard.
/// The lab's recogniser may mishear so many words of a turn: it knows no sound that has been through two
/// rates.
void converse(codec of_line, codec of_engine, std::size_t misheard = 0) {
  CAPTURE(telnyx::to_string(of_line));
  CAPTURE(telnyx::to_string(of_engine));
  running_engine running({.flags = {"--telnyx.codec=" + std::string(telnyx::to_string(of_engine)),
                                    "--agent.greeting=" + phrases[0]},
                          .call_control = true,
                          .phrases = phrases});
  lab::scripted_caller caller(spoken_lines(of_line), spoken_format(of_line).silence);
  lab::line_recorder line(caller, of_line);
  auto over = running.place(line, of_line);
  REQUIRE(over.wait_for(patience) == std::future_status::ready);
  const auto outcome = over.get();
  CHECK(outcome.ended_by == "caller");
  CHECK(outcome.counts.faults == 0);

  // What the engine understood, and what it says was heard of its own.
  const auto call = running.view->ended_call(20s);
  const std::vector<std::string> wanted{phrases[0], phrases[1], phrases[1], phrases[2], phrases[2]};
  REQUIRE(call.turns.size() == wanted.size());
  for (std::size_t n = 0; n < wanted.size(); ++n) {
    CAPTURE(n);
    CHECK(call.turns[n].role == (n % 2 == 0 ? speaker::agent : speaker::caller));
    CHECK(wrong_words(call.turns[n].text, wanted[n]) <= misheard);
    if (n % 2 == 0) CHECK(call.turns[n].heard_text == call.turns[n].text);
  }
  // And what came out of the caller's telephone.
  const auto& said = call.turns;
  CHECK(wrong_words(agent_in(line), said[0].text + ' ' + said[2].text + ' ' + said[4].text) <= 2 * misheard);
  CHECK(running.left().empty());
}

}  // namespace

TEST_CASE("a call is understood on both sides in G.722") { converse(codec::g722, codec::g722); }

TEST_CASE("a call is understood on both sides in L16") { converse(codec::l16, codec::l16); }

TEST_CASE("a call is understood on both sides in Opus") { converse(codec::opus, codec::opus); }

TEST_CASE("a wideband call whose line stayed narrowband is understood all the same") {
  converse(codec::pcmu, codec::l16, 2);
}

TEST_CASE("a narrowband call whose line came wideband is understood all the same") {
  converse(codec::g722, codec::pcmu, 2);
}

}  // namespace tandem::test
