#include "tests/lab/cluster/spoken_word.hpp"

#include "tests/lab/load/scribe_end.hpp"

#include <doctest/doctest.h>

namespace tandem::lab {

TEST_CASE("a spoken word is read as it was written, whatever stands behind it") {
  const spoken_word word{12, 3, 4, 5};
  CHECK(to_text(word) == "c12t3h4w5");
  CHECK(read_spoken_word("c12t3h4w5") == word);
  CHECK(read_spoken_word("c12t3h4w5.") == word);
  for (const auto* other : {"", "c12", "c12t3h4", "c12t3h4w", "t3h4w5", "Good", "c12t256h4w5", "c12n3"})
    CHECK_MESSAGE(!read_spoken_word(other), other);
  CHECK(spoken_words("Good day. c1t2h3w4 c1t2h3w5.") == std::vector<spoken_word>{{1, 2, 3, 4}, {1, 2, 3, 5}});
}

TEST_CASE("each frame of a word says which word it is") {
  const spoken_word word{70000, 200, 3, 255};
  for (std::uint32_t n = 0; n < word_frames; ++n) {
    const auto tag = read_tag(sound_of(word, n));
    REQUIRE(tag);
    CHECK(word_of(*tag) == word);
    CHECK(tag->sound == n);
  }
}

TEST_CASE("the turns that a text tells of are each found once") {
  CHECK(named_turns(naming_text(7, 1) + " " + naming_text(7, 2)) == std::vector<std::uint32_t>{1, 2});
  CHECK(named_turns("Good day.").empty());
}

TEST_CASE("tags are found wherever the audio is cut") {
  std::vector<std::uint8_t> audio(37, 0xFF);
  for (std::uint32_t n = 0; n < word_frames; ++n) {
    const auto sound = sound_of({1, 2, 3, 4}, n);
    audio.insert(audio.end(), sound.begin(), sound.end());
  }
  for (std::size_t cut = 1; cut < audio.size(); cut += 7) {
    tag_reader reader;
    std::vector<std::uint16_t> found;
    const auto note = [&](const frame_tag& tag) { found.push_back(tag.sound); };
    reader.take(std::span(audio).first(cut), note);
    reader.take(std::span(audio).subspan(cut), note);
    CHECK(found == std::vector<std::uint16_t>{0, 1, 2, 3, 4, 5, 6, 7});
  }
}

}  // namespace tandem::lab
