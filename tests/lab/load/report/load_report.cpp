#include "tests/lab/load/report/load_report.hpp"

#include "tests/lab/load/report/figure_texts.hpp"

#include <initializer_list>

namespace tandem::lab {

namespace {

constexpr const char* nothing = "-";

std::string shares(const time_statistics& of, std::initializer_list<double> which) {
  if (of.count() == 0) return nothing;
  std::string out;
  for (const auto each : which) out += (out.empty() ? "" : " / ") + milliseconds(of.at(each));
  return out;
}

std::string tail(const time_statistics& of) { return shares(of, {0.5, 0.99, 0.999}); }
std::string most(const time_statistics& of) { return shares(of, {0.5, 0.99, 1}); }

std::string if_known(double value) { return value > 0 ? number_text(value) : nothing; }

std::string cells(const load_row& row) {
  if (!row.has_figures()) return "- | - | generator was the bottleneck | -";
  return if_known(row.cpu_ms) + " | " + if_known(row.kib) + " | " + tail(row.delay) + " | " +
         tail(row.set_up);
}

std::string generator_line(const load_row& row) {
  std::string out;
  if (!row.has_figures())
    out = "  the generator itself was the bottleneck, so no costs and times are given: " + row.bottleneck() +
          "\n";
  const auto& used = row.generator;
  if (used.cores == 0) return out;
  return out + "  generator: " + percent(used.share) + " of its " + counted(used.cores, "core") +
         ", its busiest thread " + percent(used.busiest) + " of one; frames left " +
         milliseconds(row.lateness.at(0.99)) + " ms late (p99)\n";
}

std::string ends_line(const load_row& row) {
  const auto& judged = row.calls_judged;
  std::string out = "  ended: ";
  for (const auto& [reason, count] : row.end_reasons)
    out += (out.ends_with(": ") ? "" : ", ") + reason + " " + std::to_string(count);
  if (!row.has_admin) out += "how, the engine does not tell, nor what it holds: it has no admin side";
  const auto resident = row.has_process()
                            ? fixed(row.idle_mib, 1) + " MiB before, " + fixed(row.left_mib, 1) + " after"
                            : std::string("not known");
  return out + "; " + std::to_string(judged.undisturbed) + " of " + std::to_string(judged.calls) +
         " calls undisturbed; " + std::to_string(row.kills) + " actors killed; resident " + resident + "\n";
}

/// What was done to the calls, with how many of them.
std::string done_line(const load_row& row) {
  std::string out;
  for (const auto& [place, kinds] : row.calls_judged.done) {
    out += (out.empty() ? "  done: " : "; ") + place;
    for (const auto& [kind, count] : kinds)
      out += (&kind == &kinds.begin()->first ? " " : ", ") + kind + " " + std::to_string(count);
  }
  if (!out.empty()) out += "\n";
  if (row.model_asked == 0) return out;
  return out + "  the model was asked " + std::to_string(row.model_asked) + " times; " +
         std::to_string(row.common_texts) + " greetings and apologies were spoken\n";
}

std::string growth_line(const load_row& row) {
  if (row.settled_mib <= 0) return {};
  return "  resident after the first 1000 calls " + fixed(row.settled_mib, 1) + " MiB, at the end " +
         fixed(row.last_mib, 1) + " MiB: " + (row.growth() < 0 ? "" : "+") + fixed(row.growth(), 1) + " %\n";
}

std::string trend_line(const load_row& row) {
  if (!row.memory || !row.has_process() || row.seconds < 600) return {};
  return "  resident memory grew by " + fixed(row.memory->growth, 2) + " ± " +
         fixed(row.memory->uncertainty, 2) + " MiB an hour\n";
}

std::string wait_of(const load_row& row) {
  if (!row.has_admin) return {};
  return ", for " + std::to_string(row.min_interruption_ms) + " of which the engine has to wait";
}

std::string account_of(const own_account& told) {
  if (told.turns == 0) return {};
  return "; by its own account " + fixed(told.mean_ms, 2) + " ms on average, " +
         percent(told.within_5_ms, 1) + " within 5 ms, " + percent(told.within_20_ms, 1) + " within 20 ms";
}

std::string times_lines(const load_row& row) {
  std::string out;
  const auto& cut = row.interruptions;
  if (cut.by_words.count() + cut.by_voice.count() != 0)
    out += "  interruptions, ms p50 / p99 / max: words at Scribe to clear " + most(cut.by_words) + " (" +
           std::to_string(cut.by_words.count()) + " times); beginning of a voice to clear " +
           most(cut.by_voice) + " (" + std::to_string(cut.by_voice.count()) + " times)" + wait_of(row) + "\n";
  if (row.own.count() != 0)
    out +=
        "  the engine's own share of a turn, transcript to text and audio to line, ms p50 / p99 / p99.9: " +
        tail(row.own) + " (" + std::to_string(row.own.count()) + " turns)" + account_of(row.told) + "\n";
  if (row.api.list.count() != 0)
    out += "  API: ms p50 / p99: list of 50 calls " + shares(row.api.list, {0.5, 0.99}) + ", one call " +
           shares(row.api.call, {0.5, 0.99}) + "; asked " +
           std::to_string(row.api.list.count() + row.api.call.count()) + " times\n";
  return out;
}

}  // namespace

std::string report_head() {
  return "| calls | CPU ms per call-second | KiB per call | delay ms p50 / p99 / p99.9 | set-up ms p50 / p99 "
         "/ "
         "p99.9 | ended | refused | failed | wrong bytes | missing | twice |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|\n";
}

std::string report_row(const load_row& row) {
  const auto& judged = row.calls_judged;
  auto out = "| " + std::to_string(row.calls) + " | " + cells(row);
  for (const auto number : {judged.calls, judged.refused, judged.failed, judged.wrong_bytes,
                            judged.missing_frames, judged.repeated_frames})
    out += " | " + std::to_string(number);
  out += " |\n" + generator_line(row) + ends_line(row) + done_line(row) + growth_line(row) + trend_line(row);
  if (row.has_figures()) out += times_lines(row);
  for (const auto& each : judged.faults) out += "  WRONG " + each + "\n";
  return out;
}

}  // namespace tandem::lab
