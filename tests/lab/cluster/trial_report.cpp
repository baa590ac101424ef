#include "tests/lab/cluster/trial_report.hpp"

#include "protocols/json_builder.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t shown_faults = 12;

std::int64_t talking(const trial_result& result) {
  return std::ranges::count_if(result.moves, [](const auto& each) { return each.talking; });
}

std::int64_t mean_gap(const std::vector<call_move>& moves) {
  if (moves.empty()) return 0;
  std::int64_t sum = 0;
  for (const auto& each : moves) sum += each.gap.count();
  return sum / static_cast<std::int64_t>(moves.size());
}

std::string ms(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

std::string_view name_of(second_stream way) {
  switch (way) {
    case second_stream::replaces:
      return "replaces";
    case second_stream::refuses:
      return "refuses";
    case second_stream::waits:
      break;
  }
  return "waits";
}

void append(std::string& out, const trial_result& result) {
  json::builder object(out);
  object.text("scenario", result.scenario).boolean("right", result.faults.empty());
  object.integer("calls", static_cast<std::int64_t>(result.calls));
  object.integer("moves", static_cast<std::int64_t>(result.moves.size()));
  object.integer("moves_while_talking", talking(result));
  {
    json::builder gaps(object.raw("gap_ms"));
    gaps.integer("p50", gap_at(result.moves, 0.5).count()).integer("p90", gap_at(result.moves, 0.9).count());
    gaps.integer("p99", gap_at(result.moves, 0.99).count()).integer("max", gap_at(result.moves, 1).count());
    gaps.integer("mean", mean_gap(result.moves));
  }
  object.integer("repeated_words", result.repeated_words).integer("lost_words", result.lost_words);
  object.integer("unanswered_turns", result.unanswered_turns);
  {
    json::builder figures(object.raw("figures"));
    for (const auto& [name, value] : result.figures) figures.integer(name, static_cast<std::int64_t>(value));
  }
  auto& list = object.raw("faults") += '[';
  for (const auto& each : result.faults) {
    if (list.back() != '[') list += ',';
    json::append_quoted(list, each);
  }
  list += ']';
}

}  // namespace

void require_targets(trial_result& result) {
  const auto require = [&](double share, std::chrono::milliseconds most) {
    const auto gap = gap_at(result.moves, share);
    if (gap > most)
      result.faults.push_back("a gap of " + ms(gap) + " where " + ms(most) + " is the most, for " +
                              std::to_string(static_cast<int>(share * 100)) + " % of calls");
  };
  const auto& what = result.scenario;
  if (what == "kill" || what == "freeze" || what == "cut") {
    require(0.5, 1500ms);
    require(1, 3000ms);
  }
  if (what == "rolling") require(0.99, 1000ms);
}

std::string trial_text(const trial_result& result) {
  std::string out = result.faults.empty() ? "ok     " : "FAILED ";
  out += result.scenario + ": " + std::to_string(result.calls) + " calls";
  if (!result.moves.empty()) {
    out += ", " + std::to_string(result.moves.size()) + " moves (" + std::to_string(talking(result)) +
           " within a reply), gap p50 " + ms(gap_at(result.moves, 0.5)) + " p90 " +
           ms(gap_at(result.moves, 0.9)) + " p99 " + ms(gap_at(result.moves, 0.99)) + " max " +
           ms(gap_at(result.moves, 1));
  }
  out += "; words heard twice " + std::to_string(result.repeated_words) + ", lost " +
         std::to_string(result.lost_words) + "; turns without an answer " +
         std::to_string(result.unanswered_turns);
  for (const auto& [name, value] : result.figures)
    out += "; " + name + " " + std::to_string(static_cast<std::int64_t>(value));
  out += '\n';
  for (std::size_t n = 0; n < std::min(shown_faults, result.faults.size()); ++n)
    out += "    " + result.faults[n] + '\n';
  if (result.faults.size() > shown_faults)
    out += "    … and " + std::to_string(result.faults.size() - shown_faults) + " more\n";
  return out;
}

std::string trials_json(const stage_options& how, const std::vector<trial_result>& results) {
  std::string out;
  {
    json::builder object(out);
    object.text("second_stream", name_of(how.second_stream));
    object.raw("rest_delay_ms") += "[" + std::to_string(how.rest_delay.least.count()) + "," +
                                   std::to_string(how.rest_delay.most.count()) + "]";
    auto& list = object.raw("scenarios") += '[';
    for (const auto& each : results) {
      if (list.back() != '[') list += ',';
      append(list, each);
    }
    list += ']';
  }
  return out + '\n';
}

}  // namespace tandem::lab
