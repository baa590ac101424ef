#include "tests/lab/words.hpp"

#include <doctest/doctest.h>

using namespace tandem::lab;
using list = std::vector<std::string>;

TEST_CASE("words are lower case and without punctuation") {
  CHECK(words_of("Hello, I'd like a table (please)!") ==
        list{"hello", "i'd", "like", "a", "table", "please"});
  CHECK(words_of("That\u2019s all") == list{"that's", "all"});
  CHECK(words_of("half-past ... nine 'ere'") == list{"half", "past", "nine", "'ere"});
  CHECK(words_of("").empty());
  CHECK(words_of(" -- ?! ' . ").empty());
}

TEST_CASE("numbers and times of day are spoken out") {
  CHECK(words_of("7:30 p.m.") == list{"seven", "thirty", "p.m."});
  CHECK(words_of("at 8:00, or 8:05") == list{"at", "eight", "o'clock", "or", "eight", "oh", "five"});
  CHECK(words_of("0 20 21 105 1999") == list{"zero", "twenty", "twenty", "one", "one", "hundred", "five",
                                             "one", "thousand", "nine", "hundred", "ninety", "nine"});
  CHECK(words_of("2000") == list{"two", "thousand"});
}

TEST_CASE("what only looks like a number stays a word") {
  CHECK(words_of("1st") == list{"1st"});
  CHECK(words_of("12345") == list{"12345"});
  CHECK(words_of("7:3") == list{"73"});
}

TEST_CASE("captions give names their case and end as sentences") {
  list phrases{"My name is Maria Lopez.", "A table on Friday, please.", "I'd like that.", "Please wait."};
  caption_writer captions(phrases);
  CHECK(captions.write(list{"a", "table", "on", "friday", "please"}) == "A table on Friday please.");
  CHECK(captions.write(list{"maria", "lopez"}) == "Maria Lopez.");
  CHECK(captions.write(list{"please", "i'd", "wait"}) == "Please I'd wait.");
  CHECK(captions.write(list{"is", "that", "my", "name"}) == "Is that my name?");
  CHECK(captions.write(list{"seven", "p.m."}) == "Seven p.m.");
  CHECK(captions.write(list{}).empty());
}
