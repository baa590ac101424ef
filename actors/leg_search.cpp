#include "actors/leg_search.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace tandem {

void leg_search::ask_page(const std::string& after) {
  by_.ask(list_legs{after}, [this, after](const leg_page& page) {
    if (page.complete) return on_page(page);
    if (++failures_ >= policy_.tries)
      return spdlog::error("carrier's legs cannot be listed, calls of a former start may be up still");
    next_page_ = by_.after(policy_.pause * (1U << (failures_ - 1)), [this, after] { ask_page(after); });
  });
}

void leg_search::on_page(const leg_page& page) {
  for (const auto& leg : page.legs) {
    if (!leg.is_unclaimed) {
      by_.found(leg);
    } else if (!by_.knows(leg.carrier_call_id) && unclaimed_.size() < policy_.bound) {
      const auto [fresh, is_new] = unclaimed_.try_emplace(leg.carrier_call_id);
      if (!is_new) continue;
      fresh->second.leg_id = leg.leg_id;
      fresh->second.next = by_.after(policy_.grace, [this, id = leg.carrier_call_id] { look(id); });
    }
  }
  if (!page.after.empty() && ++pages_ < policy_.most_pages) ask_page(page.after);
}

void leg_search::look(std::string carrier_call_id) {
  if (by_.knows(carrier_call_id)) return forget(carrier_call_id);
  auto& leg = unclaimed_.at(carrier_call_id);
  if (++leg.looks > policy_.looks) {
    spdlog::warn("carrier's leg without client state is given up looks={}", policy_.looks);
    return forget(carrier_call_id);
  }
  by_.send_command({carrier_call_id, "status", {}}, [this, carrier_call_id](const command_outcome& outcome) {
    if (!outcome.accepted) return look_again(carrier_call_id);
    if (!outcome.is_alive || !outcome.is_unclaimed) return forget(carrier_call_id);
    const auto& leg_id = unclaimed_.at(carrier_call_id).leg_id;
    if (leg_id.empty()) return on_trace(carrier_call_id, {});
    by_.ask(trace_leg{leg_id},
            [this, carrier_call_id](const leg_trace& trace) { on_trace(carrier_call_id, trace); });
  });
}

void leg_search::look_again(const std::string& carrier_call_id) {
  unclaimed_.at(carrier_call_id).next =
      by_.after(policy_.next_look, [this, carrier_call_id] { look(carrier_call_id); });
}

void leg_search::on_trace(const std::string& carrier_call_id, const leg_trace& trace) {
  const bool ours = !trace.is_handled && (trace.direction.empty() || trace.direction == "incoming");
  if (!ours) spdlog::info("carrier's leg without client state is somebody else's, it is left alone");
  // Its webhook may have come since, or its end.
  if (!ours || by_.knows(carrier_call_id)) return forget(carrier_call_id);
  const bool taken = by_.take({carrier_call_id, trace.from, trace.to, !trace.direction.empty()});
  taken ? forget(carrier_call_id) : look_again(carrier_call_id);
}

void leg_search::forget(std::string_view carrier_call_id) {
  const auto leg = unclaimed_.find(carrier_call_id);
  if (leg != unclaimed_.end()) unclaimed_.erase(leg);
}

}  // namespace tandem
