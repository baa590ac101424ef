#include "protocols/conversation/utterance_end.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace tandem::turns;

namespace {

utterance_end end_of(std::string_view text) { return tandem::turns::end_of(text, false); }
utterance_end answer(std::string_view text) { return tandem::turns::end_of(text, true); }

constexpr auto complete = utterance_end::complete;
constexpr auto open = utterance_end::open;
constexpr auto unknown = utterance_end::unknown;

}  // namespace

TEST_CASE("a sentence that ends is complete, in every script") {
  for (const auto* text :
       {"A table for four.", "Are you open?", "Stop!", "\u00bfEst\u00e1 abierto?",
        "\u6211\u8981\u4e00\u5f20\u684c\u5b50\u3002", "\u3044\u3044\u3067\u3059\u304b\uff1f",
        "\u0647\u0644 \u0623\u0646\u062a\u061f", "\u0928\u092e\u0938\u094d\u0924\u0947\u0964",
        "He said \"yes.\"", "Good day. ", "Are you the one I am looking for?", "And?"}) {
    CAPTURE(text);
    CHECK(end_of(text) == complete);
  }
}

TEST_CASE("a word that leads on leaves the sentence open, whatever the recogniser puts behind it") {
  for (const auto* text : {"A table for four and", "A table for four and.", "Um.", "Uh", "I would like the",
                           "Ich m\u00f6chte einen Tisch und", "\u00c4hm", "Weil", "Quiero una mesa pero",
                           "une table et", "Euh...", "because", "Good day, Mr."}) {
    CAPTURE(text);
    CHECK(end_of(text) == open);
  }
}

TEST_CASE("a preposition leaves it open without a full stop, and with one nobody knows") {
  CHECK(end_of("I would like to") == open);
  CHECK(end_of("a table with") == open);
  CHECK(end_of("I would love to.") == unknown);
  CHECK(end_of("So.") == open);
}

TEST_CASE("a pause that was heard leaves it open") {
  for (const auto* text :
       {"Well,", "a table;", "the name is:", "I want\u2026", "I want...", "the-", "a table \u2014",
        "\u6211\u8981\uff0c", "\u3042\u306e\u3001", "\u0646\u0639\u0645\u060c"}) {
    CAPTURE(text);
    CHECK(end_of(text) == open);
  }
}

TEST_CASE("digits that are being dictated go on, until there are enough of them") {
  CHECK(end_of("My number is 555.") == open);
  CHECK(end_of("555 12") == open);
  CHECK(end_of("It is five five five") == open);
  CHECK(end_of("null eins sieben") == open);
  CHECK(end_of("(0171) 23") == open);
  CHECK(end_of("My number is 555 123 4567.") == complete);
  CHECK(end_of("five five five one two three four") == unknown);
  CHECK(end_of("At 7:30.") == complete);
  CHECK(end_of("1,000") == unknown);
  CHECK(end_of("Room 12.") == complete);
}

TEST_CASE("a short answer to a question is complete without punctuation") {
  for (const auto* text :
       {"yes", "No", "okay", "ja", "Nein", "s\u00ed", "oui", "d'accord", "\u306f\u3044", "4", "four", "12"}) {
    CAPTURE(text);
    CHECK(answer(text) == complete);
    CHECK(end_of(text) == unknown);
  }
  CHECK(answer("yes and") == open);
  CHECK(answer("555") == open);
  CHECK(answer("a table") == unknown);
}

TEST_CASE("nothing tells how a text without words or signs ends") {
  for (const auto* text : {"", " ", ".", "a table for four", "\u6211\u8981", "\xff\xfe"}) {
    CAPTURE(text);
    CHECK(answer(text) != open);
  }
  CHECK(end_of("a table for four") == unknown);
  CHECK(end_of("") == unknown);
}

TEST_CASE("only the end of a long text is looked at") {
  CHECK(end_of(std::string(100'000, 'a') + " and") == open);
  CHECK(end_of(std::string(100'000, ' ') + ".") != open);
}

TEST_CASE("a question is known by its mark") {
  CHECK(is_question("Fine. Which day? "));
  CHECK(is_question("\u3044\u3044\u3067\u3059\u304b\uff1f"));
  CHECK_FALSE(is_question("Which day? Say it now."));
  CHECK_FALSE(is_question(""));
}

TEST_CASE("sounds of listening are told from words") {
  for (const auto* text : {"uh-huh", "Mhm.", "mm-hmm", "okay", "Okay, okay.", "I see.", "Ja, genau.", "vale",
                           "Hmm\u2026", "d'accord", "Ach so"}) {
    CAPTURE(text);
    CHECK(only_listens(text));
  }
  for (const auto* text : {"", "...", "no", "stop", "okay wait", "mhm but", "yes", "see", "uh"}) {
    CAPTURE(text);
    CHECK_FALSE(only_listens(text));
  }
}
