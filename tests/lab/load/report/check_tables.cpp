#include "tests/lab/load/report/check_tables.hpp"

#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_table.hpp"
#include "tests/lab/load/report/html_writer.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace tandem::lab {

namespace {

/// A slope of memory over less says more of the measuring than of the engine.
constexpr double slope_seconds = 600;

bool has_slope(const load_row& row) {
  return row.has_figures() && row.memory && row.seconds >= slope_seconds;
}

std::string step_name(const load_row& row) { return grouped(row.calls); }

/// A number that should be zero.
void append_wrong(html_table& to, std::uint64_t number) {
  to.cell(grouped(number), number == 0 ? "" : "bad");
}

void append_end_reasons(std::string& out, const load_summary& summary) {
  std::set<std::string> reasons;
  std::vector<table_column> columns{{.name = "Reason"}};
  for (const auto& row : summary.rows) {
    columns.push_back({.name = counted(row.calls, "call")});
    for (const auto& [reason, count] : row.end_reasons) reasons.insert(reason);
  }
  if (reasons.empty()) return;
  append_element(out, "h2", "How the calls ended");
  append_element(out, "p", "By the engine's own records, in each step.");
  html_table table(out, columns);
  for (const auto& reason : reasons) {
    table.row(reason);
    for (const auto& row : summary.rows) {
      const auto found = row.end_reasons.find(reason);
      table.cell(found == row.end_reasons.end() ? "" : grouped(found->second));
    }
  }
}

/// Each kind of trouble with the number of calls that it befell.
void append_done(std::string& out, const load_summary& summary) {
  std::set<std::pair<std::string, std::string>> all;
  std::vector<table_column> columns{{.name = "Trouble"}};
  for (const auto& row : summary.rows) {
    columns.push_back({.name = counted(row.calls, "call")});
    for (const auto& [place, kinds] : row.calls_judged.done) {
      for (const auto& [kind, count] : kinds) all.emplace(place, kind);
    }
  }
  if (all.empty()) return;
  append_element(out, "h2", "What was done to the calls");
  append_element(out, "p",
                 "How many of them each kind of trouble befell, on purpose, by the place where it happened; "
                 "refused connections and questions, and actors, are counted themselves.");
  html_table table(out, columns);
  for (const auto& [place, kind] : all) {
    table.row(place + ": " + kind);
    for (const auto& row : summary.rows) {
      const auto kinds = row.calls_judged.done.find(place);
      const auto known = kinds != row.calls_judged.done.end() && kinds->second.contains(kind);
      table.cell(known ? grouped(kinds->second.at(kind)) : "");
    }
  }
}

}  // namespace

void append_check_tables(std::string& out, const load_summary& summary) {
  const std::vector<table_column> columns{
      {.name = "Calls"},
      {.name = "Ended", .meaning = "Calls that are over and were judged, one by one."},
      {.name = "Undisturbed", .meaning = "Those of them for which nothing was planned to go wrong."},
      {.name = "Refused", .meaning = "Calls that the engine turned away; these are not judged."},
      {.name = "Failed", .meaning = "Calls that did not come up, or whose stream did not end as it should."},
      {.name = "Cut off", .meaning = "Undisturbed calls that the engine ended by itself."},
      {.name = "Killed", .meaning = "Actors inside the engine that were made to fail, on purpose."},
      {.name = "Frames up", .meaning = "Frames of 20 ms that reached Scribe as they had left the caller."},
      {.name = "Frames down", .meaning = "Frames that reached the caller as the synthesiser had made them."},
      {.name = "Wrong bytes", .meaning = "Bytes that arrived other than they were sent, or at another call."},
      {.name = "Missing", .meaning = "Frames that should have arrived and did not."},
      {.name = "Twice", .meaning = "Frames that arrived once more than they should."}};
  append_element(out, "h2", "What was checked");
  append_element(
      out, "p",
      "Each frame of audio carries the number of its call and its own in its lowest bits, in both "
      "directions, "
      "so that every byte that arrives is compared with the byte that was sent. What a planned fault takes "
      "away is not asked for. When all calls are over the engine must hold nothing of them, its records must "
      "have an end for each, and it must stop in order.");
  {
    html_table table(out, columns);
    for (const auto& row : summary.rows) {
      const auto& judged = row.calls_judged;
      table.row(step_name(row));
      for (const auto number : {judged.calls, judged.undisturbed, judged.refused})
        table.cell(grouped(number));
      append_wrong(table, judged.failed);
      for (const auto number : {judged.ended_by_engine, row.kills, judged.frames_up, judged.frames_down})
        table.cell(grouped(number));
      for (const auto number : {judged.wrong_bytes, judged.missing_frames, judged.repeated_frames})
        append_wrong(table, number);
    }
  }
  append_meanings(out, columns);
  append_end_reasons(out, summary);
  append_done(out, summary);
}

void append_memory_table(std::string& out, const load_summary& summary) {
  if (std::none_of(summary.rows.begin(), summary.rows.end(),
                   [](const auto& row) { return row.last_mib > 0; }))
    return;
  const auto any = [&summary](auto holds) {
    return std::any_of(summary.rows.begin(), summary.rows.end(), holds);
  };
  const auto settled = any([](const auto& row) { return row.settled_mib > 0; });
  const auto sloped = any([](const auto& row) { return has_slope(row); });
  std::vector<table_column> columns{
      {.name = "Calls"},
      {.name = "Before", .unit = "MiB", .meaning = "Resident memory of the engine before its first call."},
      {.name = "Under load", .unit = "MiB", .meaning = "The same at the end of the measurement."},
      {.name = "Afterwards", .unit = "MiB", .meaning = "The same when all calls had ended."}};
  if (settled)
    columns.push_back(
        {.name = "Since 1,000 calls",
         .meaning = "By how much it grew under load once a thousand calls had ended: an engine that loses "
                    "nothing has all its memory by then."});
  if (sloped)
    columns.push_back(
        {.name = "MiB an hour",
         .meaning =
             "The slope of resident memory while measuring, in measurements of ten minutes and more, and how "
             "far from it the true one may be (95 %): memory is flat when that is further than to 0."});
  append_element(out, "h2", "Memory");
  {
    html_table table(out, columns);
    for (const auto& row : summary.rows) {
      table.row(step_name(row));
      for (const auto mib : {row.idle_mib, row.last_mib, row.left_mib}) table.cell(fixed(mib, 1));
      if (settled)
        table.cell(row.settled_mib > 0 ? (row.growth() < 0 ? "" : "+") + fixed(row.growth(), 1) + " %" : "");
      if (sloped)
        table.cell(has_slope(row) ? fixed(row.memory->growth, 2) + " ± " + fixed(row.memory->uncertainty, 2)
                                  : "");
    }
  }
  append_meanings(out, columns);
}

void append_generator_table(std::string& out, const load_summary& summary) {
  const std::vector<table_column> columns{
      {.name = "Calls"},
      {.name = "Measured",
       .unit = "s",
       .meaning = "How long the measurement took, which begins some seconds after the calls were placed."},
      {.name = "Up", .meaning = "Calls that were up meanwhile, on average."},
      {.name = "Values",
       .parts = {"chunks", "set-ups", "turns"},
       .meaning = "How many times were measured of media delay, of set-up, and of Tandem's share of a turn."},
      {.name = "Frames left late",
       .unit = "ms",
       .parts = most_parts,
       .meaning = "How much later than planned the generator began each millisecond's share of the frames of "
                  "all calls; it has one thread for them."},
      {.name = "Providers late",
       .unit = "ms",
       .meaning = "How late the thread of the simulated Scribe and synthesiser was at most, looked at every "
                  "50 ms."},
      {.name = "Generator's CPU",
       .parts = {"s", "of its cores", "busiest thread"},
       .meaning = "What the generator and the simulated providers used: in all, as a share of the cores that "
                  "they may use, and by the thread that used most, as a share of one core."}};
  append_element(out, "h2", "What the measuring itself cost");
  append_element(out, "p",
                 "A step has costs and times only while the generator itself keeps up: at most 1 % of frames "
                 "more than " +
                     grouped(load_row::most_late / 1000) + " ms late, its providers no more than " +
                     grouped(load_row::most_lag / 1000) + " ms, no more than " +
                     percent(load_row::most_busy) + " of its cores used, and by no thread more of one.");
  {
    html_table table(out, columns);
    for (const auto& row : summary.rows) {
      table.row(step_name(row));
      table.cell(fixed(row.seconds, 1));
      table.cell(fixed(row.live, 1));
      for (const auto* of : {&row.delay, &row.set_up, &row.own}) table.cell(grouped(of->count()));
      table.most(row.lateness);
      table.cell(milliseconds(row.provider_lag));
      const auto& used = row.generator;
      table.cell(used.cores == 0 ? "" : fixed(used.cpu_seconds, 2));
      table.cell(used.cores == 0 ? "" : percent(used.share) + " of " + std::to_string(used.cores));
      table.cell(used.cores == 0 ? "" : percent(used.busiest));
    }
  }
  append_meanings(out, columns);
}

}  // namespace tandem::lab
