#include "tests/lab/load/report/figure_tables.hpp"

#include "tests/lab/load/report/figure_texts.hpp"
#include "tests/lab/load/report/html_table.hpp"
#include "tests/lab/load/report/html_writer.hpp"

#include <algorithm>

namespace tandem::lab {

namespace {

std::string step_name(const load_row& row) { return grouped(row.calls); }

std::string without_figures(const load_row& row) {
  return "The generator was the bottleneck: " + row.bottleneck() + ". This step has no costs and times.";
}

bool any(const load_summary& summary, bool (*holds)(const load_row&)) {
  return std::any_of(summary.rows.begin(), summary.rows.end(), holds);
}

}  // namespace

void append_step_table(std::string& out, const load_summary& summary) {
  const std::vector<table_column> columns{
      {.name = "Calls",
       .meaning = summary.profile == "overload"
                      ? "For how many the engine has room; half as many again try to get in."
                      : "How many the generator keeps up at once; it replaces each one that ends."},
      {.name = "CPU",
       .unit = "ms",
       .meaning = "User and system time of the engine's process for each second of each call, while "
                  "measuring; the system counts it in steps of 10 ms."},
      {.name = "Memory",
       .unit = "KiB",
       .meaning = "By how much the engine's resident memory had grown since before the first call, for each "
                  "call that was up."},
      {.name = "Media delay",
       .unit = "ms",
       .parts = tail_parts,
       .meaning =
           "From a frame's leaving the caller until the chunk that ends with it has reached Scribe, in "
           "sessions older than three seconds; earlier frames of a chunk wait for it on purpose."},
      {.name = "Set-up",
       .unit = "ms",
       .parts = tail_parts,
       .meaning = "From the connect to the open stream, of every call of the step, also before the "
                  "measurement began."},
      {.name = "Tandem's share of a turn",
       .unit = "ms",
       .parts = tail_parts,
       .meaning = "From a transcript's leaving Scribe to the reply's text at the synthesiser, and from the "
                  "first audio's leaving there to the caller: both together, measured from outside."},
      {.name = "By its own account",
       .unit = "ms",
       .meaning = "The same as the engine's own metric has it (tandem_turn_seconds, stage own), on average."},
      {.name = "p50, p99, p99.9",
       .meaning = "Half of all values, 99 % and 99.9 % of them are no greater; of fewer than 100 or 1,000 "
                  "values it is the greatest."}};
  {
    html_table table(out, {columns.begin(), columns.end() - 1});
    for (const auto& row : summary.rows) {
      table.row(step_name(row));
      if (!row.has_figures()) {
        table.words(without_figures(row));
        continue;
      }
      table.cell(row.cpu_ms > 0 ? fixed(row.cpu_ms, 3) : "");
      table.cell(row.kib > 0 ? fixed(row.kib, 1) : "");
      table.tail(row.delay);
      table.tail(row.set_up);
      table.tail(row.own);
      table.cell(row.told.turns > 0 ? fixed(row.told.mean_ms, 2) : "");
    }
  }
  append_meanings(out, columns);
}

void append_interruptions(std::string& out, const load_summary& summary) {
  if (!any(summary, [](const load_row& row) {
        return row.interruptions.by_words.count() + row.interruptions.by_voice.count() != 0;
      }))
    return;
  const std::vector<table_column> columns{
      {.name = "Calls"},
      {.name = "From words to silence",
       .unit = "ms",
       .parts = {"times", "p50", "p99", "most"},
       .meaning = "From the moment Scribe tells words of a caller who speaks into a reply until the order to "
                  "stop playing reaches the caller."},
      {.name = "From voice to silence",
       .unit = "ms",
       .parts = {"times", "p50", "p99", "most"},
       .meaning = "The same from the beginning of the caller's voice, where Scribe tells no words."},
      {.name = "Meant to wait",
       .unit = "ms",
       .meaning = "For so much voice the engine waits before it takes it for an interruption; it is part of "
                  "the column before."}};
  append_element(out, "h2", "Interruptions");
  {
    html_table table(out, columns);
    for (const auto& row : summary.rows) {
      table.row(step_name(row));
      if (!row.has_figures()) {
        table.words(without_figures(row));
        continue;
      }
      for (const auto* of : {&row.interruptions.by_words, &row.interruptions.by_voice}) {
        table.cell(grouped(of->count()));
        table.most(*of);
      }
      table.cell(grouped(row.min_interruption_ms));
    }
  }
  append_meanings(out, columns);
}

void append_api_table(std::string& out, const load_summary& summary) {
  if (!any(summary, [](const load_row& row) { return row.api.list.count() != 0; })) return;
  const std::vector<table_column> columns{
      {.name = "Calls"},
      {.name = "Fifty newest calls",
       .unit = "ms",
       .parts = most_parts,
       .meaning = "How long the engine's API took to list them, ten times a second, all the while."},
      {.name = "One call",
       .unit = "ms",
       .parts = most_parts,
       .meaning =
           "How long it took to tell the newest one; both cost the engine CPU that is in its figure."}};
  append_element(out, "h2", "The API meanwhile");
  {
    html_table table(out, columns);
    for (const auto& row : summary.rows) {
      table.row(step_name(row));
      if (!row.has_figures()) {
        table.words(without_figures(row));
        continue;
      }
      table.most(row.api.list);
      table.most(row.api.call);
    }
  }
  append_meanings(out, columns);
}

}  // namespace tandem::lab
