#include "tests/lab/load/call_plan.hpp"
#include "tests/system/day/books.hpp"
#include "tests/system/interruptions/interrupter.hpp"
#include "tests/system/interruptions/tagged_ears.hpp"

#include <array>
#include <iterator>
#include <numeric>

namespace tandem::test {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_calls = 40;
constexpr std::uint64_t least_latency = 20;
constexpr std::uint64_t most_latency = 150;

/// The latencies of the call with this number.
lab::line_latency latency_of(std::uint64_t seed, std::uint32_t call) {
  const auto draw = [&](std::uint64_t n) {
    const auto drawn = lab::scatter(seed + n, call) % (most_latency - least_latency + 1);
    return std::chrono::milliseconds(least_latency + drawn);
  };
  return {draw(1), draw(2)};
}

std::string number_of(std::uint32_t call) { return "+1312555" + std::to_string(1000 + call); }

/// What a run of interruptions came to.
struct tally {
  std::array<std::size_t, manners.size()> by_manner{};
  std::array<std::size_t, 3> verdicts{};  // as `verdict::kind`
  std::size_t resumed = 0;
  std::size_t excused = 0;
  std::vector<std::string> faults;

  std::size_t interruptions() const {
    return std::accumulate(by_manner.begin(), by_manner.end(), std::size_t{0});
  }

  void add(const std::string& who, const heard_reply& reply, const std::vector<turn_record>& turns,
           std::chrono::milliseconds round_trip) {
    std::string how;
    for (const auto each : reply.interrupted) {
      ++by_manner[static_cast<std::size_t>(each)];
      how += (how.empty() ? "" : ", ") + std::string(manners[static_cast<std::size_t>(each)]);
    }
    std::vector<turn_record> told;
    std::ranges::copy_if(turns, std::back_inserter(told), [&reply](const auto& turn) {
      return turn.role == speaker::agent && turn.text == reply.sound.text();
    });
    const auto found = told.size() == 1 ? judge(reply.sound, reply.events, told.front(), round_trip)
                                        : verdict{verdict::kind::wrong,
                                                  "on record " + std::to_string(told.size()) + " times"};
    resumed += found.resumed;
    if (found.what == verdict::kind::wrong && reply.is_late_line) return void(++excused);
    ++verdicts[static_cast<std::size_t>(found.what)];
    if (found.what == verdict::kind::wrong)
      faults.push_back(who + " \"" + reply.sound.text() + "\" interrupted by " + how + ": " + found.why);
  }

  std::string summary() const {
    std::string out = std::to_string(interruptions()) + " interruptions (";
    for (std::size_t n = 0; n < manners.size(); ++n)
      out += (n == 0 ? "" : ", ") + std::string(manners[n]) + " " + std::to_string(by_manner[n]);
    const auto replies = verdicts[0] + verdicts[1] + verdicts[2] + excused;
    return out + ") of " + std::to_string(replies) + " replies, " + std::to_string(resumed) +
           " times taken up again: what the record says was heard is what was played of " +
           std::to_string(verdicts[0]) + ", but for words within one round trip of the clear of " +
           std::to_string(verdicts[1]) + ", and not of " + std::to_string(verdicts[2]) + "; of " +
           std::to_string(excused) + " the line was too late to tell";
  }
};

}  // namespace

TEST_CASE("whenever and however callers interrupt, the record tells what they heard") {
  const auto interruptions = wanted("TANDEM_TEST_INTERRUPTIONS", 40);
  const auto seed = wanted("TANDEM_TEST_SEED", 1);
  const auto calls = std::clamp<std::size_t>(interruptions / 25, 10, most_calls);
  running_engine::options options;
  options.ears = make_tagged_ears(seed);
  options.carrier = [seed](lab::carrier_options& line) {
    line.latencies = [seed](const std::string& from) {
      return latency_of(seed, static_cast<std::uint32_t>(std::stoul(from.substr(8)) - 1000));
    };
  };
  options.speech = [](lab::speech_server_options& server) {
    server.scribe.first_partial = server.scribe.next_partial = 100ms;
    // Whole characters, so that every one of them ends within its message.
    server.speech.message = 240ms;
  };
  running_engine running(options);
  const auto book = lab::sound_book::spoken();
  std::vector<std::unique_ptr<interrupter>> callers;
  std::vector<std::future<lab::call_outcome>> over;
  for (std::uint32_t n = 0; n < calls; ++n) {
    const auto share = interruptions / calls + (n < interruptions % calls);
    callers.push_back(std::make_unique<interrupter>(seed, n, share, book));
    auto done = std::make_shared<std::promise<lab::call_outcome>>();
    over.push_back(done->get_future());
    running.loops.run([&] {
      running.telnyx.place(number_of(n), "+13125550142", telnyx::codec::pcmu, *callers.back(),
                           [done](const lab::call_outcome& how) { done->set_value(how); });
    });
  }
  const auto longest = patience + std::chrono::seconds(20 * (interruptions / calls + 1));
  for (auto& each : over) REQUIRE(each.wait_for(longest) == std::future_status::ready);
  REQUIRE(running.left().empty());

  tally sums;
  const auto records = told_calls(*running.view);
  REQUIRE(records.size() == calls);
  for (const auto& record : records) {
    const auto n = static_cast<std::uint32_t>(std::stoul(record.from.substr(8)) - 1000);
    const auto& caller = *callers.at(n);
    const auto way = latency_of(seed, n);
    const auto who = "seed " + std::to_string(seed) + " call " + std::to_string(n) + " (" +
                     std::to_string(way.to_engine.count()) + " and " +
                     std::to_string(way.from_engine.count()) + " ms)";
    if (caller.gave_up()) sums.faults.push_back(who + " was left without a word");
    if (caller.strange_frames() != 0) sums.faults.push_back(who + " heard what nobody said");
    const auto turns = running.view->turns(record.id);
    for (const auto& heard : caller.replies()) {
      if (!heard.interrupted.empty()) sums.add(who, heard, turns, way.to_engine + way.from_engine);
    }
  }
  MESSAGE("seed " << seed << ", " << calls << " calls: " << sums.summary());
  for (const auto& each : sums.faults) CHECK_MESSAGE(false, each);
  CHECK(sums.interruptions() == interruptions);
  CHECK(sums.excused <= interruptions / 10);
}

}  // namespace tandem::test
