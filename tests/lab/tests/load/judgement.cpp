#include "tests/lab/load/load_summary.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tandem::lab {

namespace {

const sound_book& book() {
  static const sound_book made(std::vector<std::uint8_t>(1600, 0x20));
  return made;
}

/// A call of 300 frames that its caller ended, with the frames that came from `first` on.
call_result call_of(const call_plan& plan, std::uint32_t first = 0, std::uint32_t last = 290) {
  call_result out;
  out.facts = std::make_shared<call_facts>(plan, book());
  out.facts->spoken.add(0, 300);
  out.how = call_end::caller;
  out.frames_sent = 300;
  for (auto n = first; n < last; ++n)
    out.facts->upstream.take(book().tagged({.call = plan.number, .number = n}), {});
  return out;
}

}  // namespace

TEST_CASE("a call whose frames all arrived but the last ones is right") {
  judgement all;
  all.add(call_of({.number = 1}));
  CHECK(all.faults.empty());
  CHECK(all.calls == 1);
  CHECK(all.undisturbed == 1);
  CHECK(all.frames_up == 290);
}

TEST_CASE("frames missing in the middle, at the end and between sessions are told") {
  judgement all;
  all.add(call_of({.number = 1}, 7));
  CHECK(all.missing_frames == 7);
  all.add(call_of({.number = 2}, 0, 150));
  CHECK(all.missing_frames == 157);
  auto lost = call_of({.number = 3, .scribe = provider_fault::drop});
  lost.facts->not_replayed = 4;
  all.add(lost);
  CHECK(all.missing_frames == 161);
  CHECK(all.faults.size() == 3);
}

TEST_CASE("silence before a session may be missing, silence within one may not") {
  judgement all;
  auto call = call_of({.number = 1}, 0, 0);
  call.facts->spoken = {};
  call.facts->spoken.add(20, 25);
  const auto take = [&](std::uint32_t number) {
    call.facts->upstream.take(book().tagged({.call = 1, .number = number}), {});
  };
  take(22);
  take(30);
  call.facts->upstream.reconnected();
  for (std::uint32_t number = 50; number < 290; ++number) take(number);
  all.add(call);
  CHECK(all.missing_frames == 2 + 7);
}

TEST_CASE("what a planned fault takes away is not asked for") {
  judgement all;
  all.add(call_of({.number = 1, .line = line_fault::lost}, 7));
  all.add(call_of({.number = 2, .scribe = provider_fault::silence}, 7));
  auto cut = call_of({.number = 3, .line = line_fault::cut}, 0, 100);
  cut.how = call_end::broken;
  all.add(cut);
  CHECK(all.faults.empty());
  CHECK(all.undisturbed == 0);
}

TEST_CASE("a reply may be cut off by a caller who speaks, and by nothing else") {
  judgement all;
  auto call = call_of({.number = 1});
  call.facts->downstream.take(book().tagged({.call = 1, .number = 9}), {});
  call.facts->asked_clears = 1;
  all.add(call);
  CHECK(all.faults.empty());
  call.facts->unasked_clears = 1;
  all.add(call);
  CHECK(all.missing_frames == 1);
}

TEST_CASE("bytes of another call are wrong in every call") {
  judgement all;
  auto call = call_of({.number = 1, .line = line_fault::lost});
  call.facts->downstream.take(book().tagged({.call = 2, .number = 0}), {});
  all.add(call);
  CHECK(all.wrong_bytes == 160);
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults.front().find("call 1 line=lost") != std::string::npos);
}

TEST_CASE("a caller who waits for a reply in vain is told, whatever the model did") {
  for (const auto fault : {chat_fault::none, chat_fault::silent, chat_fault::cut_within}) {
    judgement all;
    auto call = call_of({.number = 1, .model = fault, .model_stays = true});
    call.longest_wait = judgement::longest_wait;
    all.add(call);
    all.judge_silence(0);
    CHECK(all.faults.empty());
    call.longest_wait = judgement::longest_wait + 1;
    all.add(call);
    CHECK(all.unanswered == 1);
    all.judge_silence(0);
    REQUIRE(all.faults.size() == 2);
    CHECK(all.faults.front() == "1 caller waited in vain for a reply; 0 actors killed");
    CHECK(all.faults.back().find("no reply for 10 s") != std::string::npos);
  }
}

TEST_CASE("each actor that was killed may have left one caller in silence") {
  judgement all;
  for (std::uint32_t number = 1; number <= 3; ++number) {
    auto call = call_of({.number = number});
    call.longest_wait = 2 * judgement::longest_wait;
    all.add(call);
  }
  all.judge_silence(3);
  CHECK(all.faults.empty());
  all.judge_silence(2);
  CHECK(all.faults.size() == 4);
}

TEST_CASE("a caller whose words or replies got lost on purpose may wait in vain") {
  judgement all;
  for (const auto& plan :
       {call_plan{.number = 1, .line = line_fault::deaf}, call_plan{.number = 2, .line = line_fault::lost},
        call_plan{.number = 3, .scribe = provider_fault::drop},
        call_plan{.number = 4, .speech = provider_fault::silence}}) {
    auto call = call_of(plan);
    call.longest_wait = 2 * judgement::longest_wait;
    all.add(call);
  }
  CHECK(all.unanswered == 0);
}

TEST_CASE("a model's fault excuses neither lost frames nor those of another call") {
  judgement all;
  const call_plan plan{.number = 1, .model = chat_fault::stalls, .model_stays = true};
  all.add(call_of(plan, 7));
  CHECK(all.missing_frames == 7);
  auto call = call_of(plan);
  const auto hear = [&](std::uint32_t of, std::uint32_t number) {
    call.facts->downstream.take(book().tagged({.call = of, .number = number}), {});
  };
  hear(1, 0);
  hear(1, 2);
  all.add(call);
  CHECK(all.missing_frames == 8);
  hear(2, 3);
  all.add(call);
  CHECK(all.wrong_bytes == frame_bytes);
  CHECK(all.undisturbed == 0);
  CHECK(all.faults.front().find("model=stalls@0+") != std::string::npos);
}

TEST_CASE("answers of the model that are read behind the last call's end are told") {
  judgement all;
  all.require_closed(0);
  CHECK(all.faults.empty());
  all.require_closed(1);
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults.front() == "the engine still reads 1 answer of its model");
}

TEST_CASE("what happened to calls is counted, what was only planned is not") {
  judgement all;
  auto call = call_of({.number = 1,
                       .twice = true,
                       .line = line_fault::doubled,
                       .scribe = provider_fault::stall,
                       .speech = provider_fault::drop,
                       .model = chat_fault::garbage});
  all.add(call);
  CHECK(all.done.size() == 1);
  CHECK(all.done["webhooks"]["doubled"] == 1);
  call.facts->line_failed = call.facts->scribe_failed = call.facts->speech_failed = true;
  call.facts->model_faults = 3;
  all.add(call);
  CHECK(all.done["line"]["doubled"] == 1);
  CHECK(all.done["scribe"]["stall"] == 1);
  CHECK(all.done["speech"]["drop"] == 1);
  CHECK(all.done["model"]["garbage"] == 1);
}

TEST_CASE("a run in which fewer calls ended than were wanted is not right") {
  judgement all;
  all.add(call_of({.number = 1}));
  all.require_ended(0);
  all.require_ended(1);
  CHECK(all.faults.empty());
  auto refused = call_of({.number = 2});
  refused.how = call_end::refused;
  all.add(refused);
  all.require_ended(2);
  REQUIRE(all.faults.size() == 1);
  CHECK(all.faults.front() == "only 1 call ended, at least 2 were wanted");
}

TEST_CASE("growth is judged after a thousand calls, and not known before") {
  const auto faults_of = [](std::uint64_t calls, double settled_mib, double last_mib, double most) {
    load_row row;
    row.calls_judged.calls = calls;
    row.settled_mib = settled_mib;
    row.last_mib = last_mib;
    row.judge_growth(most);
    std::string all;
    for (const auto& each : row.calls_judged.faults) all += each;
    return all;
  };
  constexpr auto any = std::numeric_limits<double>::infinity();
  CHECK(faults_of(999, 0, 100, any).empty());
  CHECK(faults_of(1000, 100, 200, any).empty());
  CHECK(faults_of(1000, 100, 105, 5).empty());
  CHECK(faults_of(1000, 100, 106, 5) == "the engine grew by 6.0 % after its first thousand calls");
  CHECK(faults_of(999, 0, 100, 5) == "the engine's growth is not known: only 999 calls ended, 1000 have to");
  CHECK(faults_of(1000, 0, 0, 5) == "the engine's growth is not known: nor is its memory");
}

TEST_CASE("memory is flat when its growth is no more than chance") {
  const auto faults_of = [](std::optional<trend> memory) {
    load_row row;
    row.idle_mib = 30;
    row.memory = memory;
    row.judge_flatness();
    return row.calls_judged.faults;
  };
  CHECK(faults_of(trend{0.4, 0.5}).empty());
  CHECK(faults_of(trend{-3, 0.5}).empty());
  CHECK(faults_of(trend{0.6, 0.5}) ==
        std::vector<std::string>{"the engine's memory grew by 0.60 MiB an hour, give or take 0.50"});
  CHECK(faults_of(std::nullopt) ==
        std::vector<std::string>{"whether the engine's memory stays flat is not known"});
}

TEST_CASE("a course that wavers has a trend only when it is more than chance") {
  const auto trend_of = [](double growth) {
    course memory;
    // Neighbours are alike: a wave of an hour's fifth.
    for (int second = 0; second < 7200; ++second)
      memory.add(second / 3600.0, 50 + growth * second / 3600.0 + std::sin(second / 114.6));
    return memory.grows_by();
  };
  CHECK_FALSE(trend_of(0)->is_growth());
  CHECK_FALSE(trend_of(-2)->is_growth());
  CHECK(trend_of(2)->is_growth());
  CHECK(trend_of(2)->growth == doctest::Approx(2).epsilon(0.1));
  CHECK(trend_of(0)->uncertainty > 0.05);
  course line;
  for (int n = 0; n < 24; ++n) line.add(n, 3 * n + 1);
  CHECK(line.grows_by()->growth == doctest::Approx(3));
  CHECK(line.grows_by()->uncertainty == doctest::Approx(0));
}

TEST_CASE("a course with a hole, or without length, has no trend") {
  course memory;
  CHECK_FALSE(memory.grows_by());
  memory.add(0, 1);
  CHECK_FALSE(memory.grows_by());
  memory.add(1, 1);
  CHECK_FALSE(memory.grows_by());
}

TEST_CASE("a refused call is counted and not judged") {
  judgement all;
  auto call = call_of({.number = 1}, 7);
  call.how = call_end::refused;
  all.add(call);
  CHECK(all.refused == 1);
  CHECK(all.calls == 0);
  CHECK(all.faults.empty());
}

}  // namespace tandem::lab
