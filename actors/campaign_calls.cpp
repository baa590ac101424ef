#include "actors/campaigns_state.hpp"

#include <algorithm>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// Calls between their decision and the node's answer; what it refuses is not tried at full concurrency.
constexpr unsigned most_placing = 20;

constexpr auto request_deadline = 10s;
/// Until what failed is tried again.
constexpr auto short_pause = 1s;
/// Until a call is looked for again that nobody had, and how often that is done.
constexpr auto missed_pause = 5s;
constexpr unsigned most_misses = 6;
/// Until the carrier is asked again that had no line.
constexpr auto carrier_pause = 10s;
/// The time of day may be set, so it is looked at again.
constexpr auto longest_sleep = 60s;

}  // namespace

/// Begins what is due, and comes back when there is more.
void campaigns_state::look() {
  if (!loaded || !node) return;
  const auto again_at = begin_due();
  close_finished();
  if (again_at == wall_time::max()) return next_look.cancel();
  const auto wait = std::clamp<std::chrono::milliseconds>(again_at - now(), 1ms, longest_sleep);
  next_look = after(wait, [this] { look(); });
}

/// One call of each campaign after the other; when to look again.
wall_time campaigns_state::begin_due() {
  const auto is_busy = [this](const std::string& number) { return busy.contains(number); };
  wall_time again_at = wall_time::max();
  for (bool any = true; any;) {
    any = false;
    again_at = wall_time::max();
    for (auto& [id, each] : open) {
      if (placing >= most_placing) return wall_time::max();
      if (now() < held_until) return held_until;
      const auto found = each.look(now(), is_busy);
      again_at = std::min(again_at, found.again_at);
      if (!found.next) continue;
      begin(each, *found.next);
      any = true;
    }
  }
  return again_at;
}

/// That a call begins is in the store before anybody is called.
void campaigns_state::begin(campaigns::campaign& of, std::uint32_t n) {
  ++placing;
  if (barred.contains(of.at(n).number)) {
    return books->keep({entry_change{of.about().id, of.exclude(n)}}, [this](bool) {
      --placing;
      look();
    });
  }
  const auto call_id = prefix + "c" + std::to_string(++last_call);
  const auto& number = of.begin(n, call_id, now());
  flights.emplace(call_id, flight{.campaign_id = of.about().id, .n = n});
  busy.insert(number.number);
  books->keep({entry_change{of.about().id, number}}, [this, call_id](bool kept) { on_begun(call_id, kept); });
}

void campaigns_state::on_begun(const std::string& call_id, bool kept) {
  auto& of = campaign_of(call_id);
  const auto& number = of.at(flights.at(call_id).n);
  if (!kept) held_until = now() + store_pause;
  // Since then somebody may have put the number on the list, or stopped it all.
  const bool barred_since = barred.contains(number.number);
  if (!kept || barred_since || of.about().state != campaigns::campaign_state::running)
    return take_back(call_id);
  place_call command{of.about().how.call, call_id};
  command.order.to = number.number;
  auto& metadata = command.order.metadata;
  for (const auto& own : number.metadata) {
    std::erase_if(metadata, [&](const auto& each) { return each.first == own.first; });
    metadata.push_back(own);
  }
  metadata.emplace_back("campaign", of.about().id);
  self->request(node, request_deadline, std::move(command))
      .then([this, call_id](const placed_call& answer) { on_placed(call_id, answer); },
            [this, call_id](const caf::error&) {
              // It may be placed all the same.
              --placing;
              watch(call_id);
              look();
            });
}

void campaigns_state::on_placed(const std::string& call_id, const placed_call& answer) {
  if (answer.fault.empty() && answer.why == refusal::none) {
    --placing;
    watch(call_id);
    return look();
  }
  auto& of = campaign_of(call_id);
  if (answer.fault.empty()) {
    const std::chrono::seconds wait(answer.why == refusal::rate ? 1U : answer.retry_after_seconds);
    held_until = now() + std::max<std::chrono::milliseconds>(wait, short_pause);
  } else if (of.pause(answer.fault)) {
    say_paused(of);
  }
  take_back(call_id);
}

void campaigns_state::say_paused(const campaigns::campaign& of) {
  spdlog::error("campaign pauses id={} why=\"{}\"", of.about().id, of.about().why);
  books->note(of.about());
}

/// The call was not placed.
void campaigns_state::take_back(const std::string& call_id) {
  auto& of = campaign_of(call_id);
  const auto& number = of.put_back(flights.at(call_id).n);
  busy.erase(number.number);
  note(of, number);
  flights.erase(call_id);
  --placing;
  look();
}

void campaigns_state::watch(const std::string& call_id) {
  const auto found = [this, call_id](const call_owner& owner) { on_owner(call_id, owner); };
  const auto again = [this, call_id](const caf::error&) {
    flights.at(call_id).again = after(short_pause, [this, call_id] { watch(call_id); });
  };
  if (switchboard) {
    self->request(switchboard, request_deadline, find_anywhere{call_id}).then(found, again);
  } else {
    self->request(node, request_deadline, find_owner{call_id}).then(found, again);
  }
}

void campaigns_state::on_owner(const std::string& call_id, const call_owner& owner) {
  auto& call = flights.at(call_id);
  if (!owner.call && owner.node.empty()) return find_end(call_id);
  call.misses = 0;
  // A node that cannot be reached has it, until another one has taken it over.
  if (!owner.call) {
    call.again = after(missed_pause, [this, call_id] { watch(call_id); });
    return;
  }
  calls.emplace(owner.call.address(), call_id);
  self->monitor(owner.call);
}

/// It has ended, or is another node's by now.
void campaigns_state::on_down(const caf::down_msg& down) {
  const auto known = calls.extract(down.source);
  if (known.empty()) return;
  switchboard ? watch(known.mapped()) : find_end(known.mapped());
}

/// How a call ended that is over.
void campaigns_state::find_end(const std::string& call_id) {
  const auto ask_again = [this, call_id] {
    flights.at(call_id).again = after(short_pause, [this, call_id] { find_end(call_id); });
  };
  self->request(records, request_deadline, find_call{call_id})
      .then(
          [this, call_id, ask_again](const call_history& history) {
            if (!history.complete && history.call.empty()) return ask_again();
            const bool known = !history.call.empty() && history.call.front().state == call_state::ended;
            const std::string reason(known ? std::string_view(history.call.front().end_reason)
                                           : end_reason::internal_error);
            // Of a call that died with its process the store knows no more than that.
            auto& call = flights.at(call_id);
            const bool lost = call.recovered && reason == end_reason::internal_error;
            // Until a node has taken a call over that was another's, nobody has it.
            if (switchboard && (lost || !known) && ++call.misses <= most_misses) {
              call.again = after(missed_pause, [this, call_id] { watch(call_id); });
              return;
            }
            settle(call_id, lost ? campaigns::interrupted : std::string_view(reason));
          },
          [ask_again](const caf::error&) { ask_again(); });
}

void campaigns_state::settle(const std::string& call_id, std::string_view reason) {
  auto& of = campaign_of(call_id);
  const auto n = flights.at(call_id).n;
  const bool is_denied = reason == end_reason::carrier_denied;
  const bool is_no_try = is_denied || reason == end_reason::carrier_unavailable;
  if (is_no_try) held_until = now() + carrier_pause;
  if (is_denied && of.pause("the carrier takes no calls from this account")) say_paused(of);
  const auto& number = is_no_try ? of.postpone(n, reason, now()) : of.settle(n, reason, now());
  busy.erase(number.number);
  note(of, number);
  flights.erase(call_id);
  look();
}

}  // namespace tandem
