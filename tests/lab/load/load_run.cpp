#include "tests/lab/load/load_run.hpp"

#include "gateway/settings/settings.hpp"
#include "tests/lab/certificates.hpp"
#include "tests/lab/load/api_probe.hpp"
#include "tests/lab/load/control_desk.hpp"
#include "tests/lab/load/generator.hpp"
#include "tests/lab/load/load_engine.hpp"
#include "tests/lab/load/load_model.hpp"
#include "tests/lab/load/mischief.hpp"
#include "tests/lab/load/providers.hpp"
#include "tests/lab/load/report/load_report.hpp"
#include "tests/lab/load/run_description.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto look_again = 100ms;
/// What waited for the sessions of the last calls has been worked off.
constexpr auto settle_time = 5s;
constexpr auto leave_time = 20s;
/// For what was on its way to Scribe when a call ended.
constexpr auto arrival_time = 3s;
constexpr double mebibyte = 1024.0 * 1024.0;

double seconds_since(clock::time_point from) {
  return std::chrono::duration<double>(clock::now() - from).count();
}

/// What our own engine takes for an interruption; another's is taken to have the default.
std::uint64_t min_interruption_ms(const load_options& options) {
  constexpr std::string_view flag = "--turns.min_interruption_ms=";
  auto wanted = settings{}.turns.min_interruption_ms;
  for (const auto& each : options.flags) {
    if (each.starts_with(flag)) std::from_chars(each.data() + flag.size(), each.data() + each.size(), wanted);
  }
  return wanted;
}

own_account own_share(std::string_view metrics) {
  const std::string turns = "tandem_turn_seconds_";
  own_account told{.turns = metric(metrics, turns + R"(count{stage="own"})")};
  if (told.turns == 0) return told;
  told.mean_ms = metric(metrics, turns + R"(sum{stage="own"})") * 1000 / told.turns;
  told.within_5_ms = metric(metrics, turns + R"(bucket{stage="own",le="0.005"})") / told.turns;
  told.within_20_ms = metric(metrics, turns + R"(bucket{stage="own",le="0.02"})") / told.turns;
  return told;
}

void print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

/// One step: its own providers, its own engine unless there is another's, so many calls.
class load_step {
 public:
  load_step(const load_options& options, const sound_book& book, std::size_t calls)
      : options_(options), book_(book), calls_(calls) {
    row_.calls = calls;
  }

  load_row run();

 private:
  bool is_overload() const { return options_.profile == load_profile::overload; }
  std::size_t wanted() const { return is_overload() ? calls_ + calls_ / 2 : calls_; }
  void ramp_up(load_generator& line);
  void measure(load_generator& line, load_providers& providers, load_model* model, load_engine& engine);
  void leave(load_generator& line);
  void finish(load_engine& engine, load_model* model);
  void judge_ends(load_engine& engine, std::string_view metrics);
  void note_trouble(const provider_figures& heard, const load_model* model);
  void judge(load_generator& line, bool all);

  const load_options& options_;
  const sound_book& book_;
  std::size_t calls_;
  call_book book_of_calls_;
  mischief trouble_{
      {options_.seed, options_.kills, options_.killed_kinds, options_.providers_fail, options_.model_fails}};
  std::vector<call_result> ended_;
  load_row row_;
};

load_row load_step::run() {
  const auto where = parse_listen(options_.providers);
  if (!where) throw std::runtime_error("--providers wants HOST:PORT, not " + options_.providers);
  if (options_.pin) leave_first_core();
  lab_loops loops(1);
  server_settings ours{.host = where->host, .port = where->port};
  std::optional<trusted_authority> authority;
  if (options_.tls) {
    const auto files = authority.emplace().issue("IP:" + where->host);
    ours.tls_certificate = files.certificate;
    ours.tls_key = files.key;
  }
  load_providers providers(loops.all(), ours, book_, book_of_calls_,
                           options_.has_model() ? common_texts() : std::vector<std::string>());
  control_desk desk(loops.first());
  std::optional<load_model> language;
  if (options_.has_model()) language.emplace(loops.first(), where->host, book_of_calls_);
  auto* model = language ? &*language : nullptr;
  load_engine engine(
      options_, loops, is_overload() ? calls_ : 2 * calls_ + 10,
      (options_.tls ? "wss://" : "ws://") + where->host + ":" + std::to_string(providers.port()),
      "127.0.0.1:" + std::to_string(desk.port()), desk.public_key(),
      model != nullptr ? where->host + ":" + std::to_string(model->port()) : "");
  row_.has_admin = engine.has_admin();
  row_.idle_mib = engine.figures().resident_bytes / mebibyte;
  {
    load_generator line({engine.media_url(),
                         {options_.profile, options_.seed, options_.lines_fail, options_.providers_fail,
                          options_.model_fails && model != nullptr},
                         options_.rate},
                        book_, book_of_calls_);
    // Another's engine does not know our key, nor where our commands go.
    if (options_.is_ours()) desk.serve(engine.webhook_url(), line);
    ramp_up(line);
    measure(line, providers, model, engine);
    leave(line);
    judge(line, true);
    row_.calls_judged.require_ended(options_.least_ended);
    if (line.live() != 0) row_.calls_judged.complain(std::to_string(line.live()) + " callers could not end");
    desk.rest();
  }
  finish(engine, model);
  return std::move(row_);
}

void load_step::ramp_up(load_generator& line) {
  line.want(wanted());
  const auto until =
      clock::now() + settle_time +
      std::chrono::milliseconds(static_cast<long>(1000.0 * static_cast<double>(wanted()) / options_.rate));
  while (clock::now() < until) {
    std::this_thread::sleep_for(look_again);
    judge(line, false);
  }
}

void load_step::measure(load_generator& line, load_providers& providers, load_model* model,
                        load_engine& engine) {
  const auto ramp = line.take_figures();
  row_.common_texts = providers.take_figures().common;
  line.measure(true);
  providers.measure(true);
  const auto began = clock::now();
  const auto before = engine.figures();
  const cost_meter meter;
  course memory;
  double live = 0;
  double samples = 0;
  const auto placed = line.placed();
  const auto is_chaos = options_.profile == load_profile::chaos;
  std::optional<api_probe> probe;
  if (options_.ask_api && engine.has_admin()) probe.emplace(engine.admin_url());
  while (seconds_since(began) < options_.seconds) {
    std::this_thread::sleep_for(look_again);
    live += static_cast<double>(is_overload() ? std::min(line.live(), calls_) : line.live());
    ++samples;
    row_.last_mib = engine.figures().resident_bytes / mebibyte;
    // An engine that has just got its calls still settles.
    if (seconds_since(began) * 10 >= options_.seconds) memory.add(seconds_since(began) / 3600, row_.last_mib);
    judge(line, false);
    if (row_.settled_mib == 0 && row_.calls_judged.calls >= load_row::settled_calls)
      row_.settled_mib = row_.last_mib;
    if (is_chaos) trouble_.act(clock::now() - began, providers, model, engine);
  }
  if (probe) row_.api = probe->figures();
  probe.reset();
  if (row_.api.failures != 0)
    row_.calls_judged.complain("the API failed to answer " + std::to_string(row_.api.failures) + " times");
  trouble_.rest(providers, model);
  const auto after = engine.figures();
  row_.seconds = seconds_since(began);
  row_.generator = meter.cost(row_.seconds);
  line.measure(false);
  providers.measure(false);
  row_.live = std::max(1.0, live / std::max(1.0, samples));
  row_.calls_a_second = static_cast<double>(line.placed() - placed) / row_.seconds;
  // A process that is gone has used nothing that could still be asked for.
  const auto used = std::max(0.0, after.cpu_seconds - before.cpu_seconds);
  row_.cpu_ms = used * 1000 / row_.seconds / row_.live;
  row_.kib = (after.resident_bytes - row_.idle_mib * mebibyte) / 1024 / row_.live;
  row_.memory = memory.grows_by();
  row_.judge_growth(options_.most_growth);
  if (options_.must_be_flat) row_.judge_flatness();
  auto seen = line.take_figures();
  row_.lateness = seen.lateness;
  row_.set_up = seen.set_up;
  row_.set_up.add(ramp.set_up);
  row_.interruptions = seen.interruptions;
  row_.min_interruption_ms = min_interruption_ms(options_);
  row_.own = seen.own;
  if (seen.faults != 0)
    row_.calls_judged.complain(std::to_string(seen.faults) + " messages of the engine make no sense");
  const auto heard = providers.take_figures();
  row_.delay = heard.delay;
  row_.provider_lag = heard.loop_lag;
  note_trouble(heard, model);
  if (heard.strangers != 0 && options_.profile != load_profile::chaos)
    row_.calls_judged.complain(std::to_string(heard.strangers) + " messages to providers belong to no call");
}

void load_step::leave(load_generator& line) {
  line.hang_up_all();
  for (const auto until = clock::now() + leave_time; line.live() > 0 && clock::now() < until;)
    std::this_thread::sleep_for(look_again);
  line.drop_all();
  for (const auto until = clock::now() + leave_time; line.live() > 0 && clock::now() < until;)
    std::this_thread::sleep_for(look_again);
  judge(line, false);
  for (const auto until = clock::now() + arrival_time; !ended_.empty() && clock::now() < until;
       judge(line, false))
    std::this_thread::sleep_for(look_again);
}

void load_step::judge(load_generator& line, bool all) {
  for (auto& each : line.take_results()) ended_.push_back(std::move(each));
  const auto now = clock::now();
  const auto ready = std::partition(ended_.begin(), ended_.end(), [&](const auto& each) {
    return all || now - each.at >= arrival_time || each.facts->all_has_arrived();
  });
  for (auto each = ended_.begin(); each != ready; ++each) {
    row_.calls_judged.add(*each);
    book_of_calls_.close(each->facts->plan.number);
  }
  ended_.erase(ended_.begin(), ready);
}

/// What was done to nobody in particular.
void load_step::note_trouble(const provider_figures& heard, const load_model* model) {
  auto& done = row_.calls_judged.done;
  if (heard.refused != 0) done["providers"]["refused_connections"] = heard.refused;
  if (model != nullptr && model->refused() != 0) done["model"]["refused_questions"] = model->refused();
  if (!trouble_.killed().empty()) done["actors"] = trouble_.killed();
  row_.kills = trouble_.kills();
  row_.common_texts += heard.common;
}

void load_step::finish(load_engine& engine, load_model* model) {
  std::vector<std::string> wrong;
  const auto metrics = engine.idle_metrics(wrong);
  for (const auto& each : wrong) row_.calls_judged.complain("left behind: " + each);
  if (model != nullptr) {
    // Its server looks once a second whether it is still read.
    for (const auto until = clock::now() + settle_time; model->open_answers() != 0 && clock::now() < until;)
      std::this_thread::sleep_for(look_again);
    row_.calls_judged.require_closed(model->open_answers());
    row_.model_asked = model->asked();
  }
  if (trouble_.cannot_kill())
    row_.calls_judged.complain("the engine was built without TANDEM_CHAOS: no actor was killed");
  judge_ends(engine, metrics);
  if (options_.profile == load_profile::chaos) row_.calls_judged.judge_silence(row_.kills);
  for (const auto* name : {"tandem_calls_total", "tandem_calls_rejected_total", "tandem_reconnects_total",
                           "tandem_connection_failures_total", "tandem_actor_failures_total",
                           "tandem_media_delay_seconds_count", "tandem_media_delay_seconds_sum"})
    row_.metrics[name] = metric(metrics, name);
  row_.told = own_share(metrics);
  row_.left_mib = engine.figures().resident_bytes / mebibyte;
  if (!engine.stop()) row_.calls_judged.complain("the engine did not end as it should; see " + options_.log);
}

void load_step::judge_ends(load_engine& engine, std::string_view metrics) {
  std::vector<std::string> wrong;
  row_.end_reasons = engine.end_reasons(wrong);
  // A killed actor is the end of one call, whichever it was, unless that was at its end already.
  const auto found = row_.end_reasons.find("internal_error");
  const auto lost = found == row_.end_reasons.end() ? 0 : found->second;
  const auto excused = std::min(lost, row_.kills);
  if (lost > row_.kills)
    row_.calls_judged.complain(std::to_string(lost - row_.kills) + " calls ended of internal errors");
  const auto failures = static_cast<std::uint64_t>(metric(metrics, "tandem_actor_failures_total"));
  if (options_.is_ours() && (failures > row_.kills || failures < lost))
    row_.calls_judged.complain("the engine counts " + std::to_string(failures) + " failed actors; " +
                               std::to_string(row_.kills) + " were killed, which ended " +
                               std::to_string(lost) + " calls");
  if (row_.calls_judged.ended_by_engine > excused)
    row_.calls_judged.complain(std::to_string(row_.calls_judged.ended_by_engine - excused) +
                               " undisturbed calls were ended by the engine");
  for (const auto& each : wrong) row_.calls_judged.complain(each);
}

}  // namespace

load_row run_load_step(const load_options& options, const sound_book& book, std::size_t calls) {
  return load_step(options, book, calls).run();
}

load_summary run_load(const load_options& options) {
  auto summary = describe_run(options);
  const auto book = sound_book::spoken();
  print(report_head());
  for (const auto calls : options.calls) {
    summary.rows.push_back(run_load_step(options, book, calls));
    print(report_row(summary.rows.back()));
  }
  return summary;
}

}  // namespace tandem::lab
