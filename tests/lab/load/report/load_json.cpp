#include "tests/lab/load/report/load_json.hpp"

#include "protocols/json_builder.hpp"
#include "tests/lab/load/report/figure_texts.hpp"

namespace tandem::lab {

namespace {

double seconds(std::uint64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

/// One object's members; those of the engine are null where the generator was the bottleneck, and those that
/// nobody knows always.
class row_writer {
 public:
  row_writer(std::string& out, bool has_figures) : object_(out), has_figures_(has_figures) {}

  /// From here on members are null unless this is so.
  void only_if(bool known) { is_known_ = known; }

  json::builder& object() { return object_; }

  void number(std::string_view name, double value) {
    object_.raw(name) += is_known_ ? number_text(value) : std::string("null");
  }

  void count(std::string_view name, std::uint64_t value) {
    object_.integer(name, static_cast<std::int64_t>(value));
  }

  void times(std::string_view name, const time_statistics& of) {
    json::builder into(object_.raw(name));
    into.integer("count", static_cast<std::int64_t>(of.count()));
    into.raw("p50") += number_text(seconds(of.at(0.5)));
    into.raw("p99") += number_text(seconds(of.at(0.99)));
    into.raw("p999") += number_text(seconds(of.at(0.999)));
    into.raw("max") += number_text(seconds(of.most()));
  }

  void figure(std::string_view name, double value) {
    has_figures_&& is_known_ ? number(name, value) : void(object_.raw(name) += "null");
  }

  void figure(std::string_view name, const time_statistics& of) {
    has_figures_ ? times(name, of) : void(object_.raw(name) += "null");
  }

  void quantiles(std::string_view name, const time_statistics& of) {
    auto& out = object_.raw(name);
    if (!has_figures_) return void(out += "null");
    out += '[';
    for (const auto& each : quantiles_of(of)) {
      if (out.back() != '[') out += ',';
      json::builder pair(out);
      pair.raw("share") += number_text(each.share);
      pair.raw("seconds") += number_text(seconds(each.microseconds));
    }
    out += ']';
  }

 private:
  json::builder object_;
  bool has_figures_;
  bool is_known_ = true;
};

void append_costs(row_writer& to, const load_row& row) {
  to.number("calls_per_second", row.calls_a_second);
  to.only_if(row.has_process());
  to.figure("cpu_ms_per_call_second", row.cpu_ms);
  to.figure("kib_per_call", row.kib);
  to.number("resident_mib_before", row.idle_mib);
  to.number("resident_mib_after", row.left_mib);
  to.number("resident_mib_after_1000_calls", row.settled_mib);
  to.number("resident_mib_at_the_end", row.last_mib);
  to.only_if(row.has_process() && row.memory.has_value());
  to.figure("resident_mib_per_hour", row.memory.value_or(trend{}).growth);
  to.figure("resident_mib_per_hour_uncertainty", row.memory.value_or(trend{}).uncertainty);
  to.only_if(true);
}

void append_times(row_writer& to, const load_row& row) {
  to.figure("delay_seconds", row.delay);
  to.quantiles("delay_quantiles", row.delay);
  to.figure("set_up_seconds", row.set_up);
  to.figure("words_to_clear_seconds", row.interruptions.by_words);
  to.figure("voice_to_clear_seconds", row.interruptions.by_voice);
  to.figure("own_seconds", row.own);
  to.only_if(row.has_admin);
  to.number("min_interruption_seconds", static_cast<double>(row.min_interruption_ms) / 1000);
  to.figure("own_told_turns", row.told.turns);
  to.figure("own_told_mean_seconds", row.told.mean_ms / 1000);
  to.figure("own_told_within_5_ms", row.told.within_5_ms);
  to.figure("own_told_within_20_ms", row.told.within_20_ms);
  to.only_if(true);
  if (row.api.list.count() == 0) return;
  to.figure("api_list_seconds", row.api.list);
  to.figure("api_call_seconds", row.api.call);
}

void append_generator(row_writer& to, const load_row& row) {
  to.times("generator_lateness_seconds", row.lateness);
  to.number("provider_loop_lag_seconds", seconds(row.provider_lag));
  to.count("generator_cores", row.generator.cores);
  to.number("generator_cpu_seconds", row.generator.cpu_seconds);
  to.number("generator_cpu_share", row.generator.share);
  to.number("generator_busiest_thread", row.generator.busiest);
}

void append_checks(row_writer& to, const load_row& row) {
  const auto& judged = row.calls_judged;
  to.count("ended_calls", judged.calls);
  to.count("undisturbed_calls", judged.undisturbed);
  to.count("refused", judged.refused);
  to.count("failed", judged.failed);
  to.count("ended_by_engine", judged.ended_by_engine);
  to.count("unanswered", judged.unanswered);
  to.count("killed_actors", row.kills);
  to.count("model_questions", row.model_asked);
  to.count("common_texts", row.common_texts);
  to.count("wrong_bytes", judged.wrong_bytes);
  to.count("missing_frames", judged.missing_frames);
  to.count("repeated_frames", judged.repeated_frames);
  to.count("frames_up", judged.frames_up);
  to.count("frames_down", judged.frames_down);
  {
    json::builder places(to.object().raw("done"));
    for (const auto& [place, kinds] : judged.done) {
      json::builder into(places.raw(place));
      for (const auto& [kind, count] : kinds) into.integer(kind, static_cast<std::int64_t>(count));
    }
  }
  {
    json::builder reasons(to.object().raw("end_reasons"));
    for (const auto& [reason, count] : row.end_reasons)
      reasons.integer(reason, static_cast<std::int64_t>(count));
  }
  {
    json::builder metrics(to.object().raw("metrics"));
    for (const auto& [name, value] : row.metrics) metrics.raw(name) += number_text(value);
  }
  auto& faults = to.object().raw("faults");
  faults += '[';
  for (const auto& each : judged.faults) {
    if (&each != judged.faults.data()) faults += ',';
    json::append_quoted(faults, each);
  }
  faults += ']';
}

void append_row(std::string& out, const load_row& row) {
  row_writer to(out, row.has_figures());
  to.count("calls", row.calls);
  to.number("live_calls", row.live);
  to.number("seconds", row.seconds);
  to.object().boolean("right", row.is_right()).boolean("generator_late", row.is_generator_late());
  to.object()
      .boolean("has_admin", row.has_admin)
      .boolean("generator_bottleneck", !row.has_figures())
      .text("bottleneck", row.bottleneck());
  append_costs(to, row);
  append_times(to, row);
  append_generator(to, row);
  append_checks(to, row);
}

}  // namespace

std::string report_json(const load_summary& summary) {
  std::string out;
  {
    json::builder object(out);
    object.text("command", summary.command).text("began_at", summary.began_at);
    object.text("profile", summary.profile).integer("seed", static_cast<std::int64_t>(summary.seed));
    object.text("engine", summary.engine).text("agent", summary.agent).integer("seconds", summary.seconds);
    object.raw("rate") += number_text(summary.rate);
    object.integer("engine_threads", summary.engine_threads).boolean("pinned", summary.pinned);
    object.boolean("right", summary.is_right());
    {
      json::builder machine(object.raw("machine"));
      machine.text("cpu", summary.machine.cpu).integer("cores", summary.machine.cores);
      machine.integer("memory_mib", static_cast<std::int64_t>(summary.machine.memory_mib));
      machine.text("system", summary.machine.system).text("kernel", summary.machine.kernel);
    }
    {
      json::builder build(object.raw("build"));
      build.text("version", summary.build.version).text("commit", summary.build.commit);
      build.text("build", summary.build.build);
    }
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
