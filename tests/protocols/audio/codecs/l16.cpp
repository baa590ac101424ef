#include "protocols/audio/codecs/l16.hpp"

#include "tests/protocols/audio/codecs/sounds.hpp"

#include <doctest/doctest.h>

using namespace tandem;
using namespace tandem::test;

namespace {

using bytes = std::vector<std::uint8_t>;

bytes in_order(std::span<const std::int16_t> said, byte_order order) {
  bytes all;
  l16::encode(said, order, all);
  return all;
}

/// Hears frames of 20 ms at 16 kHz.
void hear(l16_order& order, const bytes& audio) {
  for (std::span<const std::uint8_t> rest(audio); rest.size() >= 640; rest = rest.subspan(640))
    order.hear(rest.first(640), 16000);
}

}  // namespace

TEST_CASE("a sample's bytes are read and written in either order") {
  const samples said{0x0102, -2, 0x7fff, -0x8000};
  CHECK(in_order(said, byte_order::little) == bytes{2, 1, 0xfe, 0xff, 0xff, 0x7f, 0, 0x80});
  CHECK(in_order(said, byte_order::big) == bytes{1, 2, 0xff, 0xfe, 0x7f, 0xff, 0x80, 0});
  for (const auto order : {byte_order::little, byte_order::big}) {
    samples heard;
    l16::decode(in_order(said, order), order, heard);
    CHECK(heard == said);
  }
}

TEST_CASE("an odd last byte is no sample") {
  samples heard;
  l16::decode(bytes{1, 2, 3}, byte_order::little, heard);
  CHECK(heard == samples{0x0201});
  l16::decode(bytes{1}, byte_order::big, heard);
  CHECK(heard.empty());
  l16_order order;
  l16_decoder decoder(16000, order);
  CHECK_FALSE(decoder.decode(bytes{1}, heard));
}

TEST_CASE("the byte order of speech is found, whatever came before it") {
  for (const auto is : {byte_order::little, byte_order::big}) {
    for (const std::size_t silent : {0, 1, 100}) {
      CAPTURE(static_cast<int>(is));
      CAPTURE(silent);
      l16_order order;
      CHECK(order.now() == byte_order::little);
      // The line's own noise says nothing.
      samples said(silent * 320);
      for (std::size_t i = 0; i < said.size(); ++i) said[i] = static_cast<std::int16_t>(i * 7919 % 5) - 2;
      hear(order, in_order(said, is));
      CHECK(order.now() == byte_order::little);
      hear(order, in_order(voice(16000, 8000), is));
      CHECK(order.now() == is);
    }
  }
}

TEST_CASE("quiet and loud voices, hisses and hums are all told by their steps") {
  const auto hiss = [](double amplitude) {
    samples all(16000);
    std::uint32_t state = 1;
    for (auto& each : all) {
      state = state * 1664525 + 1013904223;
      each = static_cast<std::int16_t>(amplitude * (static_cast<double>(state >> 16) / 32768 - 1));
    }
    return all;
  };
  for (const auto& said : {voice(16000, 16000, 800), voice(16000, 16000, 20000), hiss(1000), hiss(6000),
                           tone(50, 16000, 16000), tone(3000, 16000, 16000)}) {
    for (const auto is : {byte_order::little, byte_order::big}) {
      l16_order order;
      hear(order, in_order(said, is));
      CHECK(order.now() == is);
    }
  }
}

TEST_CASE("after a second of sound the order stays, whatever comes") {
  l16_order order;
  hear(order, in_order(voice(16000, 24000), byte_order::big));
  hear(order, in_order(voice(16000, 160000), byte_order::little));
  CHECK(order.now() == byte_order::big);
}

TEST_CASE("an order that is known is not looked for") {
  for (const auto known : {byte_order::little, byte_order::big}) {
    for (const auto is : {byte_order::little, byte_order::big}) {
      l16_order order(known);
      hear(order, in_order(voice(16000, 32000), is));
      CHECK(order.now() == known);
    }
  }
}

TEST_CASE("what is sent follows the order that was found in what came") {
  l16_order order;
  l16_decoder decoder(16000, order);
  l16_encoder encoder(order);
  samples heard;
  bytes sent;
  encoder.encode(samples{0x0102}, sent);
  CHECK(sent == bytes{2, 1});
  const auto said = voice(16000, 16000);
  for (std::size_t at = 0; at < said.size(); at += 320) {
    REQUIRE(decoder.decode(in_order(std::span(said).subspan(at, 320), byte_order::big), heard));
  }
  CHECK(heard == samples(said.end() - 320, said.end()));
  encoder.encode(samples{0x0102}, sent);
  CHECK(sent == bytes{1, 2});
}
