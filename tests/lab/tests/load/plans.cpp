#include "tests/lab/load/call_plan.hpp"
#include "tests/lab/load/scribe_end.hpp"
#include "tests/lab/load/server_frames.hpp"
#include "tests/lab/load/statistics.hpp"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

TEST_CASE("a seed plans the same calls again, and another one others") {
  std::size_t different = 0;
  for (std::uint32_t n = 1; n <= 500; ++n) {
    const auto call = plan_call({.profile = load_profile::chaos, .seed = 7}, n);
    CHECK(call == plan_call({.profile = load_profile::chaos, .seed = 7}, n));
    CHECK(call.number == n);
    different += !(call == plan_call({.profile = load_profile::chaos, .seed = 8}, n));
  }
  CHECK(different > 490);
}

TEST_CASE("chaos has every fault in it, and calls with none") {
  std::set<line_fault> lines;
  std::set<provider_fault> scribe;
  std::set<provider_fault> speech;
  std::size_t undisturbed = 0;
  for (std::uint32_t n = 1; n <= 1000; ++n) {
    const auto call = plan_call({.profile = load_profile::chaos}, n);
    lines.insert(call.line);
    scribe.insert(call.scribe);
    speech.insert(call.speech);
    undisturbed += call.is_undisturbed();
    if (call.line == line_fault::second_stream) CHECK(call.announced);
  }
  CHECK(lines.size() == line_faults);
  CHECK(scribe.size() == provider_faults);
  CHECK(speech.size() == provider_faults);
  CHECK(undisturbed > 200);
  CHECK(undisturbed < 500);
}

TEST_CASE("chaos with a model has every fault of it in every way, and calls with none") {
  std::set<chat_fault> faults;
  std::set<std::uint32_t> turns;
  std::set<bool> stays;
  std::size_t undisturbed = 0;
  std::size_t by_model_alone = 0;
  for (std::uint32_t n = 1; n <= 1000; ++n) {
    auto call = plan_call({.profile = load_profile::chaos, .model_fails = true}, n);
    faults.insert(call.model);
    undisturbed += call.is_undisturbed();
    if (call.model != chat_fault::none) {
      turns.insert(call.model_at);
      stays.insert(call.model_stays);
    }
    const bool is_disturbed = call.model != chat_fault::none;
    call.model = chat_fault::none;
    by_model_alone += is_disturbed && call.is_undisturbed();
  }
  CHECK(faults.size() == chat_faults);
  CHECK(turns == std::set<std::uint32_t>{0, 1});
  CHECK(stays.size() == 2);
  CHECK(undisturbed > 150);
  CHECK(by_model_alone > 50);
}

TEST_CASE("a model that fails changes nothing else of a plan") {
  for (std::uint32_t n = 1; n <= 200; ++n) {
    auto call = plan_call({.profile = load_profile::chaos, .model_fails = true}, n);
    call.model = chat_fault::none;
    call.model_at = 0;
    call.model_stays = false;
    CHECK(call == plan_call({.profile = load_profile::chaos}, n));
  }
}

TEST_CASE("the faults of a model have names, each its own") {
  std::set<std::string_view> names;
  for (std::size_t n = 0; n < chat_faults; ++n) names.insert(to_string(static_cast<chat_fault>(n)));
  CHECK(names.size() == chat_faults);
  CHECK_FALSE(names.contains(""));
}

TEST_CASE("chaos can be had of lines or of providers alone") {
  for (std::uint32_t n = 1; n <= 200; ++n) {
    CHECK(plan_call({.profile = load_profile::chaos, .lines_fail = false}, n).line == line_fault::none);
    const auto call = plan_call({.profile = load_profile::chaos, .providers_fail = false}, n);
    CHECK(call.scribe == provider_fault::none);
    CHECK(call.speech == provider_fault::none);
  }
}

TEST_CASE("every profile but chaos plans calls that nothing happens to") {
  for (const auto profile : {load_profile::listen, load_profile::talk, load_profile::churn,
                             load_profile::barge, load_profile::overload, load_profile::soak}) {
    CHECK(load_profile_of(to_string(profile)) == profile);
    for (std::uint32_t n = 1; n <= 50; ++n)
      CHECK(plan_call({.profile = profile, .seed = 3}, n).is_undisturbed());
  }
  CHECK_FALSE(load_profile_of("noise"));
}

TEST_CASE("callers who interrupt do it in every way") {
  std::set<interruption> ways;
  for (std::uint32_t n = 1; n <= 30; ++n)
    ways.insert(plan_call({.profile = load_profile::barge}, n).interrupts);
  CHECK(ways == std::set{interruption::words, interruption::voice, interruption::whisper});
}

TEST_CASE("a share of the times is told within two percent") {
  time_statistics times;
  for (std::uint64_t n = 1; n <= 100'000; ++n) times.add(n * 10);
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CHECK(std::abs(static_cast<double>(times.at(share)) / (1e6 * share) - 1) < 0.02);
  }
  CHECK(times.most() == 1'000'000);
  time_statistics other;
  CHECK(other.at(0.5) == 0);
  other.add(3);
  other.add(times);
  CHECK(other.count() == 100'001);
  CHECK(other.at(0) == 3);
  other.add(UINT64_MAX);
  CHECK(other.at(1) == UINT64_MAX);
}

TEST_CASE("a slope is what y grows by for each x") {
  slope line;
  CHECK(line.value() == 0);
  for (int x = 0; x < 10; ++x) line.add(x, 3.0 * x + 7);
  CHECK(line.value() == doctest::Approx(3.0));
}

TEST_CASE("a text names its call even when only some of its words are left") {
  const auto text = naming_text(1234, 5);
  CHECK(named_call(text) == 1234);
  CHECK(named_call(text.substr(3)) == 1234);
  CHECK_FALSE(named_call("c12"));
  CHECK_FALSE(named_call(""));
  CHECK_FALSE(named_call("cancel cn"));
}

TEST_CASE("a text names its caller's turn") {
  CHECK(named_turn(naming_text(1234, 56)) == 56);
  CHECK(named_turn("n3 c12n4 c12n5") == 4);
  CHECK_FALSE(named_turn("c12n"));
  CHECK_FALSE(named_turn("c12"));
}

TEST_CASE("a chunk's audio and commit are found without parsing") {
  const auto chunk = scan_chunk(
      R"({"message_type":"input_audio_chunk","audio_base_64":"QUJD","commit":true,"sample_rate":8000})");
  REQUIRE(chunk);
  CHECK(chunk->audio_base64 == "QUJD");
  CHECK(chunk->commit);
  const auto other = scan_chunk(R"({"audio_base_64":"","commit":false})");
  REQUIRE(other);
  CHECK(other->audio_base64.empty());
  CHECK_FALSE(other->commit);
  CHECK_FALSE(scan_chunk(R"({"audio_base_64":"QUJD)"));
  CHECK_FALSE(scan_chunk("{}"));
}

TEST_CASE("the engine's commands are known as it spells them") {
  using kind = scanned_command::kind;
  const auto media = scan_command(R"({"event":"media","media":{"payload":"QUJD"}})");
  CHECK(media.what == kind::media);
  CHECK(media.value == "QUJD");
  const auto mark = scan_command(R"({"event":"mark","mark":{"name":"t1.7"}})");
  CHECK(mark.what == kind::mark);
  CHECK(mark.value == "t1.7");
  CHECK(scan_command(R"({"event":"clear"})").what == kind::clear);
  CHECK(scan_command(R"({"event":"mark","mark":{"name":"a\"b"}})").what == kind::other);
  CHECK(scan_command("").what == kind::other);
}

TEST_CASE("a server's frames are the same messages however they are cut") {
  std::string bytes = "\x81\x05hello";
  bytes +=
      "\x01\x02"
      "ab"
      "\x89\x01p"
      "\x80\x01"
      "c";
  bytes += "\x81\x7e";
  bytes += std::string("\x01\x00", 2) + std::string(256, 'x');
  bytes += "\x88\x02\x03\xe8";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    server_frames frames;
    std::vector<std::string> texts;
    std::vector<server_frames::kind> others;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
      CHECK(frames.take(std::string_view(bytes).substr(at, step),
                        [&](server_frames::kind what, std::string_view payload) {
                          if (what == server_frames::kind::text) return texts.emplace_back(payload), void();
                          others.push_back(what);
                        }));
    }
    CHECK(texts == std::vector<std::string>{"hello", "abc", std::string(256, 'x')});
    CHECK(others == std::vector{server_frames::kind::ping, server_frames::kind::close});
  }
}

TEST_CASE("what is no frame of a server ends the stream") {
  const auto refused = [](std::string_view bytes) {
    server_frames frames;
    return !frames.take(bytes, [](server_frames::kind, std::string_view) {});
  };
  CHECK(refused("\x81\x85maskd"));
  CHECK(refused("\xc1\x01x"));
  CHECK(refused("\x83\x01x"));
  CHECK(refused(std::string("\x81\x7f\x00\x00\x00\x00\x7f\xff\xff\xff", 10)));
}

}  // namespace tandem::lab
