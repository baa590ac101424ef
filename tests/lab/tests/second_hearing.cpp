#include "tests/lab/second_hearing.hpp"

#include "tests/lab/synthesis.hpp"
#include "tests/lab/words.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

TEST_CASE("texts differ by the words that are changed, left out or put in") {
  const auto differ = [](const char* one, const char* other) {
    return different_words(words_of(one), words_of(other));
  };
  CHECK(differ("a table for two", "a table for two") == 0);
  CHECK(differ("a table for two", "a table for three") == 1);
  CHECK(differ("a table for two", "table for two please") == 2);
  CHECK(differ("a table", "") == 2);
  CHECK(differ("", "a table") == 2);
  CHECK(differ("", "") == 0);
}

TEST_CASE("each side of a recording is understood again, and not the other") {
  const std::vector<std::string> phrases{"I would like a table on Friday.",
                                         "Six people by the window, please."};
  std::vector<std::int16_t> stereo;
  for (std::size_t channel = 0; channel < 2; ++channel) {
    for (const auto& phrase : phrases) {
      const auto spoken = make_flite_voice(caller_voice)->speak(phrase, 8000).samples;
      for (const auto sample : spoken) {
        stereo.push_back(channel == 0 ? sample : std::int16_t{0});
        stereo.push_back(channel == 1 ? sample : std::int16_t{0});
      }
      stereo.resize(stereo.size() + 2 * 8000);
      if (channel == 1) break;
    }
  }
  CHECK(hear_again(stereo, 0, phrases) == words_of(phrases[0] + " " + phrases[1]));
  CHECK(hear_again(stereo, 1, phrases) == words_of(phrases[0]));
}

}  // namespace tandem::lab
