#include "protocols/conversation/sentences.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

using namespace tandem;
using texts = std::vector<std::string>;

namespace {

texts cut(std::string_view reply, std::size_t piece = 1) {
  sentence_cutter cutter;
  texts all;
  for (std::size_t at = 0; at < reply.size(); at += piece) cutter.add(reply.substr(at, piece), all);
  cutter.finish(all);
  return all;
}

}  // namespace

TEST_CASE("a sentence is spoken as soon as the next one begins") {
  sentence_cutter cutter;
  texts all;
  cutter.add("Good morning. ", all);
  CHECK(all.empty());
  cutter.add("H", all);
  CHECK(all == texts{"Good morning."});
  cutter.add("ow are you? ", all);
  CHECK(all == texts{"Good morning.", "How are you?"});
  cutter.add("Fine", all);
  cutter.finish(all);
  CHECK(all == texts{"Good morning.", "How are you?", "Fine"});
}

TEST_CASE("a reply is cut alike in whatever pieces it comes") {
  const std::string_view reply =
      "Hello! You said \"Tuesday at 5 p.m.\" Is that right? (I think so.) Well\u2026 Wait... no.\nBye";
  const texts expected{"Hello!",
                       "You said \"Tuesday at 5 p.m.\"",
                       "Is that right?",
                       "(I think so.)",
                       "Well\u2026",
                       "Wait... no.",
                       "Bye"};
  for (std::size_t piece = 1; piece <= reply.size(); ++piece) CHECK(cut(reply, piece) == expected);
}

TEST_CASE("a full stop inside a sentence does not end it") {
  for (const auto reply : {"Dr. Smith lives in St. Louis.", "That is 3.50 euros.", "See you on the 5. May.",
                           "J. R. R. Tolkien wrote it.", "At 5 p.m. we close.", "Go to example.com now.",
                           "Das kostet ca. 5 Euro bzw. Franken."})
    CHECK(cut(reply) == texts{reply});
  CHECK(cut("So do I. You too.") == texts{"So do I.", "You too."});
  CHECK(cut("It was 1999. Then came 2000.") == texts{"It was 1999.", "Then came 2000."});
}

TEST_CASE("the first clause does not wait for a long sentence") {
  CHECK(cut("Yes, of course.") == texts{"Yes, of course."});
  CHECK(cut("I have looked into your order from last week, and it is on its way. It comes soon, as far as I "
            "can tell from here, today.") == texts{"I have looked into your order from last week,",
                                                   "and it is on its way.",
                                                   "It comes soon, as far as I can tell from here, today."});
}

TEST_CASE("sentences end without blanks where a script has none") {
  CHECK(cut("\u4f60\u597d\u3002\u518d\u89c1\uff01") == texts{"\u4f60\u597d\u3002", "\u518d\u89c1\uff01"});
}

TEST_CASE("what never ends is cut between words, and a word without end between characters") {
  std::string words;
  for (int n = 0; n < 300; ++n) words += "word ";
  std::string again;
  for (const auto& each : cut(words, 7)) {
    CHECK(each.size() <= sentence_cutter::max_sentence);
    CHECK(each.starts_with("word"));
    CHECK(each.ends_with("word"));
    again += each + " ";
  }
  CHECK(again == words);
  std::string letters;
  for (int n = 0; n < 1000; ++n) letters += "\u00e9";
  std::string joined;
  for (const auto& each : cut(letters, 3)) {
    CHECK(each.size() % 2 == 0);
    joined += each;
  }
  CHECK(joined == letters);
}

TEST_CASE("blanks alone are nothing to say") {
  CHECK(cut(" \n\n\t ").empty());
  CHECK(cut("").empty());
}
