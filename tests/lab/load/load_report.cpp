#include "tests/lab/load/load_report.hpp"

#include "protocols/json_builder.hpp"

#include <array>
#include <cstdio>

namespace tandem::lab {

namespace {

/// Frames later than this would be a carrier's fault, and delays are measured from frames.
constexpr std::uint64_t most_late = 10'000;
constexpr std::uint64_t most_lag = 50'000;

std::string number_text(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string milliseconds(std::uint64_t microseconds) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.2f", static_cast<double>(microseconds) / 1000);
  return text.data();
}

std::string delays(const time_statistics& of) {
  if (of.count() == 0) return "-";
  return milliseconds(of.at(0.5)) + " / " + milliseconds(of.at(0.99)) + " / " + milliseconds(of.at(0.999));
}

std::string most_delays(const time_statistics& of) {
  if (of.count() == 0) return "-";
  return milliseconds(of.at(0.5)) + " / " + milliseconds(of.at(0.99)) + " / " + milliseconds(of.most());
}

std::string mebibytes(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.1f MiB", value);
  return text.data();
}

std::string account_of(const own_account& told) {
  if (told.turns == 0) return {};
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "; by its own account %.2f ms on average, %.1f %% within 5 ms, %.1f %% within 20 ms",
                told.mean_ms, told.within_5_ms * 100, told.within_20_ms * 100);
  return text.data();
}

void add_times(json::builder& to, std::string_view name, const time_statistics& of) {
  json::builder object(to.raw(name));
  object.integer("count", static_cast<std::int64_t>(of.count()));
  object.raw("p50") += number_text(static_cast<double>(of.at(0.5)) / 1e6);
  object.raw("p99") += number_text(static_cast<double>(of.at(0.99)) / 1e6);
  object.raw("p999") += number_text(static_cast<double>(of.at(0.999)) / 1e6);
  object.raw("max") += number_text(static_cast<double>(of.most()) / 1e6);
}

void append_row(std::string& out, const load_row& row) {
  const auto& judged = row.calls_judged;
  json::builder object(out);
  const auto number = [&object](std::string_view name, double value) {
    object.raw(name) += number_text(value);
  };
  number("calls", static_cast<double>(row.calls));
  number("seconds", row.seconds);
  object.boolean("right", row.is_right()).boolean("generator_late", row.is_generator_late());
  object.boolean("has_admin", row.has_admin);
  if (row.has_process()) {
    number("cpu_ms_per_call_second", row.cpu_ms);
    number("kib_per_call", row.kib);
    number("resident_mib_before", row.idle_mib);
    number("resident_mib_after", row.left_mib);
    number("resident_mib_after_1000_calls", row.settled_mib);
    number("resident_mib_at_the_end", row.last_mib);
    number("resident_mib_per_hour", row.rss_slope);
  }
  number("calls_per_second", row.calls_a_second);
  add_times(object, "delay_seconds", row.delay);
  add_times(object, "set_up_seconds", row.set_up);
  add_times(object, "words_to_clear_seconds", row.interruptions.by_words);
  add_times(object, "voice_to_clear_seconds", row.interruptions.by_voice);
  if (row.has_admin) number("min_interruption_seconds", static_cast<double>(row.min_interruption_ms) / 1000);
  add_times(object, "own_seconds", row.own);
  if (row.has_admin) {
    number("own_told_turns", row.told.turns);
    number("own_told_mean_seconds", row.told.mean_ms / 1000);
    number("own_told_within_5_ms", row.told.within_5_ms);
    number("own_told_within_20_ms", row.told.within_20_ms);
  }
  add_times(object, "generator_lateness_seconds", row.lateness);
  if (row.api.list.count() != 0) {
    add_times(object, "api_list_seconds", row.api.list);
    add_times(object, "api_call_seconds", row.api.call);
  }
  number("provider_loop_lag_seconds", static_cast<double>(row.provider_lag) / 1e6);
  number("ended_calls", static_cast<double>(judged.calls));
  number("undisturbed_calls", static_cast<double>(judged.undisturbed));
  number("refused", static_cast<double>(judged.refused));
  number("failed", static_cast<double>(judged.failed));
  number("ended_by_engine", static_cast<double>(judged.ended_by_engine));
  number("killed_actors", static_cast<double>(row.kills));
  number("wrong_bytes", static_cast<double>(judged.wrong_bytes));
  number("missing_frames", static_cast<double>(judged.missing_frames));
  number("repeated_frames", static_cast<double>(judged.repeated_frames));
  number("frames_up", static_cast<double>(judged.frames_up));
  number("frames_down", static_cast<double>(judged.frames_down));
  if (row.has_admin) {
    json::builder reasons(object.raw("end_reasons"));
    for (const auto& [reason, count] : row.end_reasons)
      reasons.integer(reason, static_cast<std::int64_t>(count));
  }
  if (row.has_admin) {
    json::builder metrics(object.raw("metrics"));
    for (const auto& [name, value] : row.metrics) metrics.raw(name) += number_text(value);
  }
  auto& faults = object.raw("faults");
  faults += '[';
  for (const auto& each : judged.faults) {
    if (&each != judged.faults.data()) faults += ',';
    json::append_quoted(faults, each);
  }
  faults += ']';
}

}  // namespace

bool load_row::is_generator_late() const { return lateness.at(0.99) > most_late || provider_lag > most_lag; }

void print_head() {
  std::printf(
      "| calls | CPU ms per call-second | KiB per call | delay ms p50 / p99 / p99.9 | set-up ms p50 / p99 / "
      "p99.9 | ended | refused | failed | wrong bytes | missing | twice |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n");
  std::fflush(stdout);
}

void print_row(const load_row& row) {
  const auto& judged = row.calls_judged;
  const auto late = row.is_generator_late();
  std::printf(
      "| %zu | %s | %s | %s | %s | %llu | %llu | %llu | %llu | %llu | %llu |\n", row.calls,
      row.cpu_ms > 0 ? number_text(row.cpu_ms).c_str() : "-",
      row.kib > 0 ? number_text(row.kib).c_str() : "-", late ? "generator late" : delays(row.delay).c_str(),
      late ? "generator late" : delays(row.set_up).c_str(), static_cast<unsigned long long>(judged.calls),
      static_cast<unsigned long long>(judged.refused), static_cast<unsigned long long>(judged.failed),
      static_cast<unsigned long long>(judged.wrong_bytes),
      static_cast<unsigned long long>(judged.missing_frames),
      static_cast<unsigned long long>(judged.repeated_frames));
  if (late) {
    std::printf(
        "  the generator itself was the bottleneck: frames left up to %s ms late (p99 %s), its providers "
        "%s ms; no times are given\n",
        milliseconds(row.lateness.most()).c_str(), milliseconds(row.lateness.at(0.99)).c_str(),
        milliseconds(row.provider_lag).c_str());
  }
  std::string reasons;
  for (const auto& [reason, count] : row.end_reasons)
    reasons += (reasons.empty() ? "" : ", ") + reason + " " + std::to_string(count);
  if (!row.has_admin) reasons = "how, the engine does not tell, nor what it holds: it has no admin side";
  const auto resident = row.has_process()
                            ? mebibytes(row.idle_mib) + " before, " + mebibytes(row.left_mib) + " after"
                            : "not known";
  std::printf("  ended: %s; %llu of %llu calls undisturbed; %llu actors killed; resident %s\n",
              reasons.c_str(), static_cast<unsigned long long>(judged.undisturbed),
              static_cast<unsigned long long>(judged.calls), static_cast<unsigned long long>(row.kills),
              resident.c_str());
  if (row.settled_mib > 0)
    std::printf("  resident after the first 1000 calls %.1f MiB, at the end %.1f MiB: %+.1f %%\n",
                row.settled_mib, row.last_mib, row.growth());
  const auto& cut = row.interruptions;
  const auto waits =
      row.has_admin ? ", for " + std::to_string(row.min_interruption_ms) + " of which the engine has to wait"
                    : "";
  if (cut.by_words.count() + cut.by_voice.count() != 0)
    std::printf(
        "  interruptions, ms p50 / p99 / max: words at Scribe to clear %s (%llu times); beginning of a voice "
        "to clear %s (%llu times)%s\n",
        late ? "generator late" : most_delays(cut.by_words).c_str(),
        static_cast<unsigned long long>(cut.by_words.count()),
        late ? "generator late" : most_delays(cut.by_voice).c_str(),
        static_cast<unsigned long long>(cut.by_voice.count()), waits.c_str());
  if (row.own.count() != 0)
    std::printf(
        "  the engine's own share of a turn, transcript to text and audio to line, ms p50 / p99 / p99.9: %s "
        "(%llu turns)%s\n",
        late ? "generator late" : delays(row.own).c_str(), static_cast<unsigned long long>(row.own.count()),
        account_of(row.told).c_str());
  if (row.api.list.count() != 0)
    std::printf("  API: ms p50 / p99: list of 50 calls %s / %s, one call %s / %s; asked %llu times\n",
                milliseconds(row.api.list.at(0.5)).c_str(), milliseconds(row.api.list.at(0.99)).c_str(),
                milliseconds(row.api.call.at(0.5)).c_str(), milliseconds(row.api.call.at(0.99)).c_str(),
                static_cast<unsigned long long>(row.api.list.count() + row.api.call.count()));
  for (const auto& each : judged.faults) std::printf("  WRONG %s\n", each.c_str());
  std::fflush(stdout);
}

std::string report_json(const load_summary& summary) {
  std::string out;
  {
    json::builder object(out);
    object.text("profile", summary.profile).integer("seed", static_cast<std::int64_t>(summary.seed));
    object.text("engine", summary.engine);
    auto& rows = object.raw("rows");
    rows += '[';
    for (const auto& each : summary.rows) {
      if (&each != summary.rows.data()) rows += ',';
      append_row(rows, each);
    }
    rows += ']';
  }
  out += '\n';
  return out;
}

}  // namespace tandem::lab
