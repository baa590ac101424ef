#include "protocols/conversation/heard_ledger.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr moment start{};
constexpr std::string_view sentence = "Good day, how can I help?";

/// An alignment with 100 ms for each character.
std::vector<tts::aligned_text> aligned(std::string_view text, std::uint32_t from_ms = 0) {
  std::vector<tts::aligned_text> items;
  for (std::size_t i = 0; i < text.size(); ++i) {
    items.push_back({text.substr(i, 1), from_ms + static_cast<std::uint32_t>(i) * 100, 100});
  }
  return items;
}

/// Turn 7 with the sentence, 100 ms (800 bytes) for each character, in one message.
heard_ledger spoken(std::string_view text = sentence) {
  heard_ledger turn(7, 8);
  turn.add_text(text);
  turn.add_audio(text.size() * 800, aligned(text));
  turn.finish();
  return turn;
}

}  // namespace

TEST_CASE("a mark's name says turn, position and take, and comes back from it") {
  CHECK(to_string(mark_name{7, 4000, 0}) == "7.4000");
  CHECK(to_string(mark_name{7, 4000, 2}) == "7.4000.2");
  for (const mark_name mark :
       {mark_name{0, 0, 0}, mark_name{7, 4000, 0}, mark_name{4294967295U, UINT64_MAX, 9}}) {
    CHECK(parse_mark(to_string(mark)) == mark);
  }
}

TEST_CASE("other names are no marks") {
  for (const std::string_view name :
       {"", "7", "7.", ".4000", "7.4000.", "7.4000.0", "07.4000", "7.04000", "7.4000.1.1", "7.4000 ", "-7.1",
        "7.99999999999999999999999", "4294967296.1", "m1"}) {
    CAPTURE(name);
    CHECK_FALSE(parse_mark(name));
  }
  const std::string whole = "17.4000.2";
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    const auto mark = parse_mark(whole.substr(0, cut));
    CHECK((!mark || to_string(*mark) == whole.substr(0, cut)));
  }
}

TEST_CASE("nothing is heard before the first byte is sent") {
  heard_ledger turn = spoken();
  CHECK(turn.heard_text(start + 1h).empty());
  CHECK(turn.resume_position(start + 1h) == 0);
  CHECK(turn.heard(start + 1h) == heard_ledger::bounds{0, 0});
  CHECK(heard_ledger(1, 8).heard_text(start).empty());
}

TEST_CASE("words count as heard when their end has been played") {
  heard_ledger turn = spoken();
  turn.sent(20'000, start);
  CHECK(turn.heard_text(start).empty());
  CHECK(turn.heard_text(start + 399ms).empty());
  CHECK(turn.heard_text(start + 400ms) == "Good");
  CHECK(turn.resume_position(start + 450ms) == 3200);
  CHECK(turn.heard_text(start + 899ms) == "Good");
  CHECK(turn.heard_text(start + 900ms) == "Good day,");
  CHECK(turn.heard_text(start + 2499ms) == "Good day, how can I");
  CHECK(turn.heard_text(start + 2500ms) == sentence);
}

TEST_CASE("no more is heard than was sent, however long ago") {
  heard_ledger turn = spoken();
  turn.sent(4000, start);
  CHECK(turn.heard_text(start + 1h) == "Good");
  CHECK(turn.heard(start + 1h).at_most == 4000);
}

TEST_CASE("a gap in sending does not count as play-out") {
  heard_ledger turn = spoken();
  turn.sent(3200, start);
  turn.sent(12'000, start + 2s);
  CHECK(turn.heard(start + 2s).at_most == 3200);
  CHECK(turn.heard(start + 2s + 500ms).at_most == 7200);
  CHECK(turn.heard_text(start + 2s + 500ms) == "Good day,");
}

TEST_CASE("alignments cut at every character, even in mid-word, give the same words") {
  for (std::size_t cut = 0; cut <= sentence.size(); ++cut) {
    heard_ledger turn(7, 8);
    turn.add_text(sentence);
    turn.add_audio(cut * 800, aligned(sentence.substr(0, cut)));
    turn.add_audio((sentence.size() - cut) * 800, aligned(sentence.substr(cut)));
    turn.finish();
    turn.sent(sentence.size() * 800, start);
    CHECK(turn.heard_text(start + 1400ms) == "Good day, how");
    CHECK(turn.resume_position(start + 1400ms) == 13 * 800);
    CHECK(turn.heard_text(start + 2300ms) == "Good day, how can I");
  }
}

TEST_CASE("pieces of text stay apart, with one blank or their own") {
  heard_ledger turn(7, 8);
  for (const std::string_view piece : {"One.", "Two. ", "", "Three,", " four"}) turn.add_text(piece);
  CHECK(turn.text() == "One. Two. Three, four");
}

TEST_CASE("segments count their times from the audio before them") {
  heard_ledger turn(7, 8);
  turn.add_text("One two. ");
  turn.add_text("Three four. ");
  turn.add_audio(8 * 800, aligned("One two."));
  turn.add_audio(800, {});  // silence between the segments
  turn.add_audio(11 * 800, aligned("Three four."));
  turn.sent(20 * 800, start);
  CHECK(turn.heard_text(start + 1399ms) == "One two.");
  CHECK(turn.heard_text(start + 1400ms) == "One two. Three");
}

TEST_CASE("a word whose rest does not come is taken back and comes anew") {
  heard_ledger turn(7, 8);
  turn.add_text(sentence);
  turn.add_audio(11 * 800, aligned("Good day, h"));
  CHECK(turn.received_text() == 9);
  CHECK(turn.received_words() == 9 * 800);
  turn.cut(turn.received_words());
  CHECK(turn.audio_bytes() == 9 * 800);
  turn.add_audio(16 * 800, aligned(" how can I help?"));
  turn.finish();
  turn.sent(25 * 800, start);
  CHECK(turn.heard_text(start + 1300ms) == "Good day, how");
  CHECK(turn.heard_text(start + 2500ms) == sentence);
}

TEST_CASE("what has left is not taken back") {
  heard_ledger turn(7, 8);
  turn.add_text(sentence);
  turn.add_audio(11 * 800, aligned("Good day, h"));
  turn.sent(10 * 800, start);
  turn.cut(turn.received_words());
  CHECK(turn.audio_bytes() == 10 * 800);
}

TEST_CASE("a word counts as received once its audio is there, however early its alignment comes") {
  heard_ledger turn(7, 8);
  turn.add_text(sentence);
  turn.add_audio(9 * 800, aligned(sentence));
  CHECK(turn.received_text() == 9);
  turn.cut(turn.received_words());
  turn.add_audio(16 * 800, aligned(" how can I help?"));
  CHECK(turn.received_text() == sentence.size());
}

TEST_CASE("an alignment of the whole generation may come with its first audio") {
  heard_ledger turn(7, 8);
  turn.add_text(sentence);
  turn.add_audio(800, aligned(sentence));
  turn.add_audio(24 * 800, {});
  turn.sent(10'000, start);
  CHECK(turn.heard_text(start + 1s) == "Good day,");
}

TEST_CASE("entries of several characters, blanks within and doubled blanks are understood") {
  heard_ledger turn(7, 8);
  turn.add_text("Good  day, how");
  turn.add_audio(
      8000, std::vector<tts::aligned_text>{
                {" Go", 0, 300}, {"od d", 300, 200}, {"ay, ", 500, 300}, {"h", 800, 50}, {"ow", 850, 150}});
  turn.sent(8000, start);
  CHECK(turn.heard_text(start + 499ms).empty());
  CHECK(turn.heard_text(start + 500ms) == "Good");
  CHECK(turn.heard_text(start + 800ms) == "Good  day,");
  CHECK(turn.heard_text(start + 1s) == "Good  day, how");
}

TEST_CASE("spoken numbers lose a word and find the text again") {
  heard_ledger turn(7, 8);
  turn.add_text("It is 25 degrees today");
  const std::string_view said = "It is twenty five degrees today";
  turn.add_audio(said.size() * 800, aligned(said));
  turn.sent(said.size() * 800, start);
  CHECK(turn.heard_text(start + 1200ms) == "It is");
  CHECK(turn.heard_text(start + 2500ms) == "It is 25 degrees");
}

TEST_CASE("a mark that comes back proves what the clock does not show yet") {
  heard_ledger turn = spoken();
  turn.sent(8000, start);
  const std::string mark = turn.mark();
  CHECK(mark == "7.8000");
  CHECK(turn.mark_returned(mark));
  CHECK(turn.heard(start) == heard_ledger::bounds{8000, 8000});
  CHECK(turn.heard_text(start) == "Good day,");
}

TEST_CASE("marks of other turns, of audio not sent and of no sense prove nothing") {
  heard_ledger turn = spoken();
  turn.sent(8000, start);
  for (const std::string_view name : {"6.8000", "7.8001", "7.8000.1", "hello"}) {
    CAPTURE(name);
    CHECK_FALSE(turn.mark_returned(name));
  }
  CHECK(turn.heard(start).at_least == 0);
}

TEST_CASE("the final mark says that all was heard") {
  heard_ledger turn = spoken();
  turn.sent(20'000, start);
  CHECK_FALSE(turn.heard_all());
  CHECK(turn.mark_returned(turn.mark()));
  CHECK(turn.heard_all());
  CHECK(turn.heard_text(start) == sentence);
}

TEST_CASE("a turn without audio was not heard") {
  heard_ledger turn(7, 8);
  turn.add_text(sentence);
  turn.finish();
  CHECK_FALSE(turn.heard_all());
  CHECK(turn.heard_text(start).empty());
}

TEST_CASE("marks that come back after clear prove nothing, and the bound stays") {
  heard_ledger turn = spoken();
  turn.sent(3200, start);
  const std::string first = turn.mark();
  turn.sent(20'000, start);
  const std::string last = turn.mark();
  CHECK(turn.mark_returned(first));
  turn.cleared(start + 1s);
  CHECK(turn.is_cleared());
  CHECK_FALSE(turn.mark_returned(last));
  CHECK_FALSE(turn.heard_all());
  CHECK(turn.heard(start + 1h) == heard_ledger::bounds{3200, 8000});
  CHECK(turn.heard_text(start + 1h) == "Good day,");
  CHECK(turn.heard(start + 500ms) == heard_ledger::bounds{3200, 4000});
}

TEST_CASE("a resumed turn goes on after the last heard word, and old marks are not taken for new ones") {
  heard_ledger turn = spoken();
  turn.sent(8000, start);
  const std::string old_mark = turn.mark();
  turn.cleared(start + 600ms);
  CHECK(turn.resume_position(start + 1s) == 3200);
  turn.resumed(3200);
  CHECK_FALSE(turn.is_cleared());
  CHECK(turn.heard_text(start + 2s) == "Good");
  turn.sent(8000, start + 2s);
  CHECK_FALSE(turn.mark_returned(old_mark));
  CHECK(turn.heard_text(start + 2s + 300ms) == "Good");
  CHECK(turn.heard_text(start + 2s + 500ms) == "Good day,");
  CHECK(turn.mark() == "7.8000.1");
  CHECK(turn.mark_returned("7.8000.1"));
}

TEST_CASE("without alignment the text is cut in proportion, at a word") {
  heard_ledger turn(7, 8);
  turn.add_text("aaaa bbbb cccc dddd");
  turn.add_audio(19 * 800, {});
  turn.finish();
  turn.sent(19 * 800, start);
  CHECK(turn.heard_text(start + 300ms).empty());
  CHECK(turn.resume_position(start + 300ms) == 0);
  CHECK(turn.heard_text(start + 1000ms) == "aaaa bbbb");
  CHECK(turn.resume_position(start + 1000ms) == 9 * 800);
  CHECK(turn.heard_text(start + 1900ms) == "aaaa bbbb cccc dddd");
}

TEST_CASE("without alignment and before all audio is there no more is claimed than speech allows") {
  heard_ledger turn(7, 8);
  turn.add_text("aaaa bbbb cccc dddd eeee ffff gggg hhhh");
  turn.add_audio(300 * 8, {});
  turn.sent(300 * 8, start);
  CHECK(turn.heard_text(start + 1s) == "aaaa");
}

TEST_CASE("when alignment ends, the rest is cut in proportion") {
  heard_ledger turn(7, 8);
  turn.add_text("aaaa bbbb cccc dddd eeee");
  turn.add_audio(4 * 800, aligned("aaaa"));
  turn.add_audio(100 * 800, {});
  turn.finish();
  turn.sent(104 * 800, start);
  CHECK(turn.heard_text(start + 2s) == "aaaa");
  CHECK(turn.heard_text(start + 400ms + 5s) == "aaaa bbbb cccc");
}

TEST_CASE("marks are due behind words and at the end of the turn") {
  heard_ledger turn = spoken("Hi you");
  CHECK_FALSE(turn.mark_due());
  turn.sent(800, start);
  CHECK_FALSE(turn.mark_due());
  turn.sent(2000, start);
  CHECK(turn.mark_due());
  turn.mark();
  CHECK_FALSE(turn.mark_due());
  turn.sent(3200, start);
  CHECK_FALSE(turn.mark_due());
  turn.sent(4800, start);
  CHECK(turn.mark_due());
  CHECK(turn.mark() == "7.4800");
  CHECK_FALSE(turn.mark_due());
}

TEST_CASE("a copy goes on as the original does") {
  heard_ledger turn = spoken();
  turn.sent(8000, start);
  turn.mark_returned(turn.mark());
  heard_ledger copy = turn;
  for (heard_ledger* one : {&turn, &copy}) {
    one->sent(16'000, start + 1s);
    one->cleared(start + 1500ms);
    CHECK(one->heard(start + 2s) == heard_ledger::bounds{8000, 12'000});
    CHECK(one->heard_text(start + 2s) == "Good day, how");
  }
}
