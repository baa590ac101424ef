#include "protocols/audio/codecs/codec.hpp"

#include "protocols/audio/codecs/l16.hpp"
#include "tests/protocols/audio/codecs/sounds.hpp"

#include <algorithm>
#include <array>

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

using telnyx::codec;

constexpr std::array every_codec{codec::pcmu, codec::pcma, codec::g722, codec::l16, codec::opus};

/// A carrier's stream between an encoder and a decoder, in frames of 20 ms.
struct wire {
  wire(codec name, std::uint32_t stream_rate, std::uint32_t from, std::uint32_t to)
      : rate(from),
        encoder(make_encoder(name, stream_rate, from, order)),
        decoder(make_decoder({name, stream_rate, 1}, to, order)) {
    REQUIRE(encoder);
    REQUIRE(decoder);
  }

  samples carry(std::span<const std::int16_t> said) {
    samples all;
    const std::size_t frame = rate / 50;
    for (; said.size() >= frame; said = said.subspan(frame)) {
      encoder->encode(said.first(frame), bytes);
      REQUIRE(decoder->decode(bytes, heard));
      all.insert(all.end(), heard.begin(), heard.end());
    }
    return all;
  }

  std::uint32_t rate;
  l16_order order;
  std::unique_ptr<audio_encoder> encoder;
  std::unique_ptr<audio_decoder> decoder;
  std::vector<std::uint8_t> bytes;
  samples heard;
};

std::uint32_t clock_of(codec name) { return name == codec::l16 || name == codec::opus ? 16000 : 8000; }

}  // namespace

TEST_CASE("speech comes through every codec as it was said, at either rate of the call") {
  for (const auto name : every_codec) {
    for (const std::uint32_t rate : {8000U, 16000U}) {
      CAPTURE(telnyx::to_string(name));
      CAPTURE(rate);
      const auto said = voice(rate, rate * 2);
      const auto heard = wire(name, clock_of(name), rate, rate).carry(said);
      CHECK(heard.size() + rate / 50 >= said.size());
      CHECK(heard.size() <= said.size());
      // Opus wants the same sound, and not the same samples.
      const double wanted = name == codec::opus ? 15 : name == codec::g722 ? 30 : 28;
      CHECK(likeness(said, heard, rate, rate / 25) >= wanted);
    }
  }
}

TEST_CASE("a narrowband stream of a wideband call, and the other way round, is heard at the call's rate") {
  for (const auto name : every_codec) {
    for (const auto& [from, to] : {std::pair{8000U, 16000U}, std::pair{16000U, 8000U}}) {
      CAPTURE(telnyx::to_string(name));
      CAPTURE(from);
      const auto said = tone(400, from, from);
      const auto heard = wire(name, clock_of(name), from, to).carry(said);
      CHECK(heard.size() <= to);
      CHECK(heard.size() >= to - to / 40);
      const double wanted = name == codec::opus ? 12 : 20;
      CHECK(likeness(tone(400, to, to), heard, to, to / 25) >= wanted);
    }
  }
}

TEST_CASE("L16 is read and written at the stream's own rate") {
  for (const std::uint32_t stream_rate : {8000U, 24000U, 22050U, 48000U}) {
    CAPTURE(stream_rate);
    wire line(codec::l16, stream_rate, 16000, 16000);
    const auto said = voice(16000, 32000);
    const auto heard = line.carry(said);
    CHECK(line.bytes.size() >= 2 * (stream_rate / 50 - 1));
    CHECK(line.bytes.size() <= 2 * (stream_rate / 50 + 1));
    CHECK(likeness(said, heard, 16000, 40) >= 25);
  }
}

TEST_CASE("what a codec learned of one frame helps it with the next: state is kept across frames") {
  for (const auto name : {codec::g722, codec::opus}) {
    CAPTURE(telnyx::to_string(name));
    const auto said = voice(16000, 16000);
    wire line(name, clock_of(name), 16000, 16000);
    const auto heard = line.carry(said);
    samples forgetful;
    for (std::size_t at = 0; at + 320 <= said.size(); at += 320) {
      const auto piece = wire(name, clock_of(name), 16000, 16000).carry(std::span(said).subspan(at, 320));
      forgetful.insert(forgetful.end(), piece.begin(), piece.end());
    }
    CHECK(likeness(said, heard, 16000, 400) >= likeness(said, forgetful, 16000, 400) + 3);
  }
}

TEST_CASE("streams do not disturb each other") {
  for (const auto name : every_codec) {
    CAPTURE(telnyx::to_string(name));
    const auto one = voice(16000, 3200);
    const auto other = tone(1000, 16000, 3200);
    wire alone(name, clock_of(name), 16000, 16000);
    const auto wanted = alone.carry(one);
    wire first(name, clock_of(name), 16000, 16000);
    wire second(name, clock_of(name), 16000, 16000);
    samples heard;
    for (std::size_t at = 0; at < one.size(); at += 320) {
      const auto piece = first.carry(std::span(one).subspan(at, 320));
      heard.insert(heard.end(), piece.begin(), piece.end());
      second.carry(std::span(other).subspan(at, 320));
    }
    CHECK(heard == wanted);
  }
}

TEST_CASE("a stream is taken in the formats that carriers have, and in no other") {
  const auto taken = [](codec name, std::uint32_t rate, std::uint32_t channels) {
    return can_decode({name, rate, channels});
  };
  for (const auto name : every_codec) CHECK(taken(name, 0, 0));
  CHECK(taken(codec::pcmu, 8000, 1));
  CHECK_FALSE(taken(codec::pcmu, 16000, 1));
  CHECK_FALSE(taken(codec::pcma, 8000, 2));
  CHECK(taken(codec::g722, 8000, 1));
  CHECK(taken(codec::g722, 16000, 1));
  CHECK_FALSE(taken(codec::g722, 48000, 1));
  for (const std::uint32_t rate : {8000U, 16000U, 22050U, 24000U, 48000U}) CHECK(taken(codec::l16, rate, 1));
  CHECK_FALSE(taken(codec::l16, 7999, 1));
  CHECK_FALSE(taken(codec::l16, 48001, 1));
  CHECK_FALSE(taken(codec::l16, 16000, 2));
  CHECK(taken(codec::opus, 48000, 2));
  for (const auto name : {codec::amr_wb, codec::unknown}) {
    CHECK_FALSE(taken(name, 16000, 1));
    l16_order order;
    CHECK_FALSE(make_decoder({name, 16000, 1}, 16000, order));
    CHECK_FALSE(make_encoder(name, 16000, 16000, order));
  }
}

TEST_CASE("a packet that is no Opus gives nothing, and the next good one is heard") {
  wire line(codec::opus, 16000, 16000, 16000);
  const auto said = voice(16000, 16000);
  line.carry(std::span(said).first(3200));
  // Two frames of the same size cannot have an odd number of bytes; a number of frames cannot be zero.
  const std::vector<std::vector<std::uint8_t>> none{{}, {0x49, 1, 2, 3}, {0x4b, 0x00}, {0x4b}};
  for (const auto& packet : none) {
    samples heard(100, 1);
    const bool good = line.decoder->decode(packet, heard);
    CHECK_FALSE(good);
    CHECK(heard.empty());
  }
  CHECK(line.carry(std::span(said).subspan(3200, 320)).size() == 320);
}

TEST_CASE("a decoder takes frames cut at every byte and never gives more than they can hold") {
  for (const auto name : every_codec) {
    CAPTURE(telnyx::to_string(name));
    wire line(name, clock_of(name), 16000, 16000);
    const auto said = voice(16000, 320);
    line.encoder->encode(said, line.bytes);
    const auto frame = line.bytes;
    for (std::size_t cut = 0; cut <= frame.size(); ++cut) {
      for (const auto part : {std::span(frame).first(cut), std::span(frame).subspan(cut)}) {
        samples heard;
        const bool good = line.decoder->decode(part, heard);
        if (part.empty()) CHECK_FALSE(good);
        // 120 ms of Opus, or two samples a byte of the others.
        CHECK(heard.size() <= (name == codec::opus ? 1920 : 2 * part.size() + 64));
      }
    }
  }
}
