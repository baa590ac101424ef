#include "protocols/audio/wav.hpp"

#include <string_view>

#include <doctest/doctest.h>

using namespace tandem;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes operator+(bytes front, const bytes& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

bytes of(std::string_view text) { return {text.begin(), text.end()}; }

bytes copied(std::span<const std::uint8_t> view) { return {view.begin(), view.end()}; }

const bytes audio{1, 2, 3, 4, 5, 6, 7, 8};

}  // namespace

TEST_CASE("a PCM header is the well-known 44 bytes") {
  const bytes stereo = wav::header({wav::coding::pcm16, 2, 8000}, 8);
  CHECK(stereo == of("RIFF") + bytes{44, 0, 0, 0} + of("WAVEfmt ") + bytes{16, 0, 0, 0, 1, 0, 2, 0} +
                      bytes{0x40, 0x1f, 0, 0, 0x00, 0x7d, 0, 0, 4, 0, 16, 0} + of("data") +
                      bytes{8, 0, 0, 0});
}

TEST_CASE("a law's header says how many frames there are") {
  const bytes mono = wav::header({wav::coding::ulaw, 1, 8000}, 7);
  CHECK(mono == of("RIFF") + bytes{58, 0, 0, 0} + of("WAVEfmt ") + bytes{18, 0, 0, 0, 7, 0, 1, 0} +
                    bytes{0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0, 0, 0} + of("fact") +
                    bytes{4, 0, 0, 0, 7, 0, 0, 0} + of("data") + bytes{7, 0, 0, 0});
}

TEST_CASE("every format comes back with its audio") {
  for (const auto samples : {wav::coding::pcm16, wav::coding::alaw, wav::coding::ulaw}) {
    for (const std::uint16_t channels : {1, 2}) {
      const wav::format layout{samples, channels, 16000};
      const bytes file = wav::header(layout, 8) + audio;
      const auto found = wav::read(file);
      REQUIRE(found.has_value());
      CHECK(found->layout == layout);
      CHECK(copied(found->audio) == audio);
      CHECK(found->audio.data() == file.data() + file.size() - 8);
    }
  }
}

TEST_CASE("a header's size does not depend on the length") {
  const wav::format layout{wav::coding::pcm16, 2, 8000};
  CHECK(wav::header(layout, 0).size() == wav::header(layout, 0xffffffff).size());
}

TEST_CASE("chunks of no interest are passed over, also of odd length") {
  const bytes whole = wav::header({}, 8) + audio;
  const bytes front(whole.begin(), whole.begin() + 12);
  const bytes rest(whole.begin() + 12, whole.end());
  const bytes file = front + of("LIST") + bytes{3, 0, 0, 0, 'x', 'y', 'z', 0} + rest;
  const auto found = wav::read(file);
  REQUIRE(found.has_value());
  CHECK(copied(found->audio) == audio);
}

TEST_CASE("the extensible format stands for the coding it names") {
  bytes file = of("RIFF") + bytes{0, 0, 0, 0} + of("WAVEfmt ") + bytes{40, 0, 0, 0, 0xfe, 0xff, 1, 0} +
               bytes{0x80, 0x3e, 0, 0, 0, 0x7d, 0, 0, 2, 0, 16, 0, 22, 0, 16, 0, 4, 0, 0, 0};
  file = file + bytes{1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71} + of("data") +
         bytes{8, 0, 0, 0} + audio;
  const auto found = wav::read(file);
  REQUIRE(found.has_value());
  CHECK(found->layout == wav::format{wav::coding::pcm16, 1, 16000});
  CHECK(copied(found->audio) == audio);
}

TEST_CASE("a file that was cut gives the whole frames that are there") {
  const bytes endless = wav::header({wav::coding::pcm16, 2, 8000}, 0xffffffff) + audio;
  REQUIRE(wav::read(endless).has_value());
  CHECK(wav::read(endless)->audio.size() == 8);
  CHECK(wav::read(std::span(endless).first(endless.size() - 1))->audio.size() == 4);
}

TEST_CASE("a file cut at any byte is read or refused, never read beyond") {
  for (const auto samples : {wav::coding::pcm16, wav::coding::ulaw}) {
    const bytes whole = wav::header({samples, 1, 8000}, 8) + audio;
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
      const bytes file(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
      const auto found = wav::read(file);
      CHECK(found.has_value() == (cut + 8 >= whole.size()));
      if (found) CHECK(found->audio.size() <= 8 - (whole.size() - cut));
    }
  }
}

TEST_CASE("what we cannot play is refused") {
  const bytes good = wav::header({}, 8) + audio;
  const auto with = [&](std::size_t at, std::uint8_t byte) {
    bytes file = good;
    file[at] = byte;
    return wav::read(file).has_value();
  };
  CHECK(with(0, 'R'));
  CHECK_FALSE(with(0, 'X'));
  CHECK_FALSE(with(8, 'X'));
  CHECK_FALSE(with(20, 2));    // coding
  CHECK_FALSE(with(22, 0));    // no channel
  CHECK_FALSE(with(34, 24));   // bits
  CHECK_FALSE(with(12, 'X'));  // no format before the data
  CHECK_FALSE(wav::read({}));
}
