#include "protocols/audio/commits.hpp"

#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;
using readiness = commits::readiness;

namespace {

constexpr moment start{};

struct connection : commits {
  explicit connection(const settings& rules = {}, std::uint64_t position = 0) : commits(rules, position) {}

  /// Sends so much of the call's audio in chunks of 100 ms, in real time.
  void speak(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= 100ms) {
      now += std::min(time, 100ms);
      sent(static_cast<std::size_t>(std::min(time, 100ms).count()) * 8, now);
    }
  }
  void commit() { commits::commit(now); }
  std::optional<utterance> plain(std::string_view text) { return take(scribe::committed{text}); }
  std::optional<utterance> stamped(std::string_view text, double begin = -1, double end = -1) {
    scribe::committed_with_timestamps message{text, "en", {}};
    if (begin >= 0) message.words.push_back({text, begin, end, scribe::word_type::word});
    return take(message);
  }
  bool shows(std::string_view text) { return take(scribe::partial{text}); }

  moment now = start;
};

}  // namespace

TEST_CASE("a commit may go at 300 ms of uncommitted audio and not before") {
  connection scribe;
  CHECK(scribe.check() == readiness::nothing);
  CHECK(scribe.padding() == 0);
  scribe.speak(299ms);
  CHECK(scribe.check() == readiness::too_short);
  CHECK(scribe.padding() == 8);
  CHECK(scribe.check(8) == readiness::ready);
  CHECK(scribe.padding(8) == 0);
  scribe.speak(1ms);
  CHECK(scribe.check() == readiness::ready);
  CHECK(scribe.uncommitted() == 300ms);
}

TEST_CASE("silence makes a short segment long enough and is no audio of the call") {
  connection scribe({}, 5000);
  scribe.speak(120ms);
  scribe.sent_silence(scribe.padding(), scribe.now);
  CHECK(scribe.check() == readiness::ready);
  scribe.commit();
  CHECK(scribe.plain("Yes.") == utterance{"Yes.", 5000, 5960});
}

TEST_CASE("silence alone is never committed") {
  connection scribe;
  scribe.sent_silence(80'000, start);
  CHECK(scribe.check() == readiness::nothing);
  CHECK(scribe.padding() == 0);
}

TEST_CASE("a second commit needs new audio") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.check() == readiness::nothing);
  scribe.commit();
  CHECK(scribe.pending() == 1);
  scribe.speak(100ms);
  CHECK(scribe.check() == readiness::too_short);
}

TEST_CASE("no commit goes between 33.5 and 36.5 s, and silence brings the automatic one about") {
  connection scribe;
  scribe.speak(33'400ms);
  CHECK(scribe.check() == readiness::ready);
  CHECK(scribe.check(800) == readiness::near_limit);
  scribe.speak(100ms);
  CHECK(scribe.check() == readiness::near_limit);
  CHECK(scribe.padding() == 3000 * 8);
  scribe.sent_silence(scribe.padding(), scribe.now);
  CHECK(scribe.check() == readiness::nothing);
  CHECK(scribe.pending() == 1);
  CHECK(scribe.deadline() == scribe.now + 3s);
  CHECK(scribe.plain("A long story.") == utterance{"A long story.", 0, 33'500 * 8});
  CHECK(scribe.uncommitted() == 0ms);
}

TEST_CASE("the server's automatic commit is expected at 36.5 s, and ours waits for it") {
  connection scribe;
  scribe.speak(37'000ms);
  CHECK(scribe.pending() == 1);
  CHECK(scribe.uncommitted() == 500ms);
  CHECK(scribe.check() == readiness::automatic);
  CHECK(scribe.plain("Half of it,") == utterance{"Half of it,", 0, 36'500 * 8});
  CHECK(scribe.check() == readiness::ready);
  scribe.commit();
  CHECK(scribe.plain("and half.") == utterance{"and half.", 36'500 * 8, 37'000 * 8});
}

TEST_CASE("an automatic commit that comes early ends with what was sent") {
  connection scribe;
  scribe.speak(36'000ms);
  CHECK(scribe.plain("Early.") == utterance{"Early.", 0, 36'000 * 8});
  CHECK(scribe.uncommitted() == 0ms);
  scribe.speak(1s);
  CHECK(scribe.check() == readiness::ready);
}

TEST_CASE("an automatic commit that does not come lets ours go") {
  connection scribe;
  scribe.speak(36'500ms);
  const moment deadline = scribe.deadline().value();
  CHECK_FALSE(scribe.stalled(deadline - 1ms));
  CHECK(scribe.pending() == 1);
  CHECK_FALSE(scribe.stalled(deadline));
  CHECK(scribe.pending() == 0);
  CHECK_FALSE(scribe.deadline());
  scribe.speak(100ms);
  CHECK(scribe.uncommitted() == 36'600ms);
  CHECK(scribe.check() == readiness::ready);
  scribe.commit();
  CHECK(scribe.plain("All.") == utterance{"All.", 0, 36'600 * 8});
}

TEST_CASE("a commit without an answer stalls the session at its deadline") {
  connection scribe;
  scribe.speak(1s);
  CHECK_FALSE(scribe.deadline());
  scribe.commit();
  const moment deadline = scribe.now + 3s;
  CHECK(scribe.deadline() == deadline);
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.deadline() == deadline);
  CHECK_FALSE(scribe.stalled(deadline - 1ms));
  CHECK(scribe.stalled(deadline));
  CHECK(scribe.plain("One."));
  CHECK_FALSE(scribe.stalled(deadline));
  CHECK(scribe.deadline() == deadline + 1s);
}

TEST_CASE("answers go to commits in order") {
  connection scribe({}, 800);
  scribe.speak(500ms);
  scribe.commit();
  scribe.speak(700ms);
  scribe.commit();
  scribe.speak(300ms);
  CHECK(scribe.plain("One.") == utterance{"One.", 800, 4800});
  CHECK(scribe.committed_position() == 4800);
  CHECK(scribe.plain("Two.") == utterance{"Two.", 4800, 10'400});
  CHECK(scribe.pending() == 0);
}

TEST_CASE("a segment in two variants is one utterance, in either order") {
  connection scribe;
  for (int i = 0; i < 3; ++i) {
    scribe.speak(1s);
    scribe.commit();
    CHECK(scribe.plain("Yes."));
    CHECK_FALSE(scribe.stamped("Yes.", i + 0.2, i + 0.7));
    scribe.speak(1s);
    scribe.commit();
    CHECK(scribe.stamped("Yes."));
    CHECK_FALSE(scribe.plain("Yes."));
  }
  CHECK(scribe.committed_position() == 6 * 8000);
}

TEST_CASE("variants that are delayed past the next segment are still only variants") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("One."));
  CHECK(scribe.plain("Two."));
  CHECK_FALSE(scribe.stamped("One.", 0.1, 0.9));
  CHECK_FALSE(scribe.stamped("Two.", 1.1, 1.9));
}

TEST_CASE("a second yes is a second utterance") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes.") == utterance{"Yes.", 0, 8000});
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes.") == utterance{"Yes.", 8000, 16'000});
}

TEST_CASE("a transcript that comes again is no second utterance, in whichever variant") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes."));
  scribe.speak(100ms);
  CHECK_FALSE(scribe.plain("Yes."));
  CHECK_FALSE(scribe.stamped("Yes.", 0.2, 0.7));
  CHECK_FALSE(scribe.stamped("Yes.", 0.2, 0.7));
  CHECK_FALSE(scribe.plain("yes"));
  scribe.speak(900ms);
  scribe.commit();
  CHECK_FALSE(scribe.stamped("Yes.", 0.2, 0.7));
  CHECK(scribe.stamped("Yes.", 1.2, 1.7) == utterance{"Yes.", 8000, 16'000});
  CHECK_FALSE(scribe.stamped("Yes.", 1.2, 1.7));
  CHECK_FALSE(scribe.stamped("Yes."));
  CHECK_FALSE(scribe.plain("Yes."));
  CHECK_FALSE(scribe.plain("Yes."));
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes.") == utterance{"Yes.", 16'000, 24'000});
  CHECK_FALSE(scribe.stamped("Yes.", 2.2, 2.7));
}

TEST_CASE("other words, or the same behind enough audio, are an utterance though nobody asked for them") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes."));
  scribe.speak(100ms);
  CHECK(scribe.plain("And no.") == utterance{"And no.", 8000, 8800});
  connection automatic;
  automatic.speak(36'500ms);
  CHECK(automatic.plain("La la."));
  automatic.speak(36'500ms);
  CHECK(automatic.plain("La la.") == utterance{"La la.", 36'500 * 8, 73'000 * 8});
  CHECK_FALSE(automatic.plain("La la."));
  connection server({.by_server = true});
  server.speak(2s);
  CHECK(server.plain("Yes."));
  server.speak(100ms);
  CHECK_FALSE(server.plain("Yes."));
  server.speak(1900ms);
  CHECK(server.plain("Yes.") == utterance{"Yes.", 16'000, 32'000});
}

TEST_CASE("the server's own commit and ours, each in two variants, are two utterances") {
  connection scribe;
  scribe.speak(36'600ms);
  scribe.speak(900ms);
  CHECK(scribe.plain("A long story,"));
  scribe.commit();
  CHECK_FALSE(scribe.stamped("A long story,", 0.5, 36.4));
  CHECK(scribe.stamped("and its end.", 36.6, 37.4) == utterance{"and its end.", 36'500 * 8, 37'500 * 8});
  CHECK_FALSE(scribe.plain("and its end."));
  CHECK(scribe.pending() == 0);
}

TEST_CASE("a variant without words that comes late belongs to the segment before") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("One."));
  scribe.speak(1s);
  scribe.commit();
  CHECK_FALSE(scribe.stamped("One."));
  CHECK(scribe.plain("Two.") == utterance{"Two.", 8000, 16'000});
  CHECK_FALSE(scribe.stamped("Two."));
}

TEST_CASE("a variant that skipped a segment finds its place by its times") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("One."));
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.stamped("Two.", 1.2, 1.8) == utterance{"Two.", 8000, 16'000});
  CHECK_FALSE(scribe.plain("Two."));
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Three."));
  CHECK_FALSE(scribe.stamped("Three.", 2.2, 2.8));
}

TEST_CASE("a segment of silence is settled with an empty text") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain(" ") == utterance{"", 0, 8000});
  CHECK_FALSE(scribe.stamped(""));
  CHECK(scribe.pending() == 0);
}

TEST_CASE("an echo of the committed text is no partial until something else comes") {
  connection scribe;
  CHECK(scribe.shows("Yes"));
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.shows("Yes."));
  CHECK(scribe.plain("Yes. "));
  CHECK_FALSE(scribe.shows("Yes."));
  CHECK(scribe.shows(""));
  CHECK_FALSE(scribe.shows(" Yes."));
  CHECK(scribe.shows("Yes. And"));
  CHECK(scribe.shows("Yes."));
}

TEST_CASE("an echo in another spelling, and a second one, are echoes") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  CHECK(scribe.plain("Yes, please."));
  CHECK_FALSE(scribe.shows("yes please"));
  CHECK_FALSE(scribe.shows("Yes please"));
  scribe.speak(1s);
  scribe.commit();
  CHECK_FALSE(scribe.shows("Yes, please."));
  CHECK(scribe.plain("No."));
  CHECK(scribe.shows("Yes, please."));
}

TEST_CASE("a refused commit gives its audio back to the next") {
  connection scribe;
  scribe.speak(1s);
  scribe.commit();
  scribe.speak(400ms);
  scribe.commit();
  scribe.refused();
  CHECK(scribe.pending() == 1);
  CHECK(scribe.uncommitted() == 400ms);
  CHECK(scribe.plain("One.") == utterance{"One.", 0, 8000});
  scribe.speak(600ms);
  scribe.commit();
  CHECK(scribe.plain("Two.") == utterance{"Two.", 8000, 16'000});
  scribe.refused();
  CHECK(scribe.pending() == 0);
}

TEST_CASE("with the server's own voice detection answers come unasked and no limit is guarded") {
  connection scribe({.by_server = true});
  scribe.speak(2s);
  CHECK(scribe.plain("One.") == utterance{"One.", 0, 16'000});
  scribe.speak(40s);
  CHECK(scribe.pending() == 0);
  CHECK(scribe.check() == readiness::ready);
  CHECK_FALSE(scribe.stamped("One."));
  CHECK(scribe.stamped("Two.") == utterance{"Two.", 16'000, 336'000});
  CHECK_FALSE(scribe.plain("Two."));
}

TEST_CASE("a copy goes on as the original does") {
  connection scribe;
  scribe.speak(35s);
  scribe.commit();
  scribe.speak(2s);
  connection copy = scribe;
  for (connection* one : {&scribe, &copy}) {
    CHECK(one->stamped("Same.") == utterance{"Same.", 0, 35'000 * 8});
    CHECK_FALSE(one->plain("Same."));
    CHECK_FALSE(one->shows("Same."));
    CHECK(one->check() == readiness::ready);
  }
}
