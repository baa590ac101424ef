#include "tests/lab/cluster/trial.hpp"

#include "protocols/json.hpp"

#include <algorithm>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

/// Generous: only what hangs takes so long.
constexpr auto deadline = 30s;

std::string named(const watched_call& call) { return "call " + std::to_string(call.number); }

bool is_over(const watched_call& call) { return call.outcome.has_value(); }

/// The states of all records, by the carrier's id.
using states_by_id = std::map<std::string, std::vector<std::string>>;

states_by_id recorded_states(engine_view& view) {
  states_by_id out;
  std::string cursor;
  do {
    auto text = view.get("/v1/calls?limit=500&cursor=" + cursor).value_or("");
    json::document page;
    if (page.parse({text.data(), text.size()}) != json::fault::none) return out;
    cursor = json::text_or(page.root(), "cursor");
    for (const auto& call : json::elements(page.root(), "calls"))
      out[std::string(json::text_or(call, "carrier_call_id"))].emplace_back(json::text_or(call, "state"));
  } while (!cursor.empty());
  return out;
}

/// What is wrong with the record of a call that somebody had; empty when nothing is.
std::string record_fault(const watched_call& call, const states_by_id& states) {
  if (call.carrier_id.empty()) return {};
  const auto found = states.find(call.carrier_id);
  const auto count = found == states.end() ? 0 : found->second.size();
  if (count != 1) return named(call) + " has " + std::to_string(count) + " records";
  const auto& state = found->second.front();
  return state == "ended" ? std::string() : named(call) + " is recorded as " + state;
}

}  // namespace

moment now_of(cluster_stage& stage) {
  moment now{};
  stage.loops().run([&] { now = stage.loops().first().now(); });
  return now;
}

trial::trial(cluster_stage& stage, std::string scenario) : stage_(stage) {
  result_.scenario = std::move(scenario);
}

bool trial::require(bool holds, const std::string& otherwise) {
  if (!holds) result_.faults.push_back(otherwise);
  return holds;
}

void trial::begin(std::size_t count) {
  const auto since = now_of(stage_);
  const auto fresh = stage_.place(count);
  calls_.insert(calls_.end(), fresh.begin(), fresh.end());
  result_.calls = calls_.size();
  require_replies(fresh, since);
}

watched_calls trial::calls_at(const cluster_node& node) const {
  watched_calls out;
  for (const auto& each : calls_) {
    std::lock_guard guard(each->mutex);
    if (each->node() == node.name()) out.push_back(each);
  }
  return out;
}

void trial::require_moved(const watched_calls& calls, const cluster_node& from) {
  const auto has_moved = [&](const auto& each) {
    std::lock_guard guard(each->mutex);
    const auto* newest = each->stream();
    return is_over(*each) || (newest != nullptr && newest->node != from.name());
  };
  cluster_stage::becomes([&] { return std::ranges::all_of(calls, has_moved); }, deadline);
  for (const auto& each : calls) require(has_moved(each), named(*each) + " did not move");
}

void trial::require_replies(const watched_calls& calls, moment since) {
  const auto heard = [&](const auto& each) {
    std::lock_guard guard(each->mutex);
    return each->replies_since(since) > 0;
  };
  // Whoever is gone hears nothing any more.
  const auto is_settled = [&](const auto& each) {
    if (heard(each)) return true;
    std::lock_guard guard(each->mutex);
    return is_over(*each);
  };
  cluster_stage::becomes([&] { return std::ranges::all_of(calls, is_settled); }, deadline);
  for (const auto& each : calls) require(heard(each), named(*each) + " was not answered");
}

void trial::count_moves(moment since, std::optional<moment> lost) {
  for (const auto& each : calls_) {
    auto moves = moves_of(*each, since, lost);
    result_.moves.insert(result_.moves.end(), moves.begin(), moves.end());
  }
}

void trial::forget(const watched_call& call) {
  std::erase_if(calls_, [&](const auto& each) { return each->number == call.number; });
}

trial_result trial::finish(const word_bounds& bounds) {
  require(stage_.hang_up(calls_), "not all calls are over");
  judge_calls(bounds);
  judge_nodes();
  judge_records();
  return std::move(result_);
}

void trial::judge_calls(const word_bounds& bounds) {
  for (const auto& each : calls_) {
    std::lock_guard guard(each->mutex);
    const auto verdict = judge(*each, bounds);
    result_.repeated_words += verdict.repeated;
    result_.lost_words += verdict.lost;
    result_.unanswered_turns += verdict.unanswered;
    for (const auto& fault : verdict.faults) result_.faults.push_back(named(*each) + ": " + fault);
  }
}

void trial::judge_nodes() {
  for (const auto& each : stage_.nodes()) {
    if (!each->is_up()) continue;
    const auto is_idle = [&] { return each->metric("tandem_calls_active") == 0; };
    require(cluster_stage::becomes(is_idle, deadline), each->name() + " still has calls");
  }
}

/// Each call has one record, which says that it has ended.
void trial::judge_records() {
  const auto up = std::ranges::find_if(stage_.nodes(), [](const auto& each) { return each->is_up(); });
  if (up == stage_.nodes().end()) return;
  std::vector<std::string> wrong;
  // They are written a moment after the call.
  cluster_stage::becomes(
      [&] {
        wrong.clear();
        const auto states = recorded_states((*up)->view());
        for (const auto& each : calls_) {
          std::lock_guard guard(each->mutex);
          if (auto fault = record_fault(*each, states); !fault.empty()) wrong.push_back(std::move(fault));
        }
        return wrong.empty();
      },
      deadline);
  result_.faults.insert(result_.faults.end(), wrong.begin(), wrong.end());
}

}  // namespace tandem::lab
