#include "protocols/campaigns/campaign.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem::campaigns {

namespace {

/// Whoever a process left on the line when it died is hung up by the next one in this time, and so is whoever
/// the carrier called without saying so; before it a second call could meet the first.
constexpr std::chrono::seconds interruption_grace{60};

/// Ends of calls in which somebody was reached.
bool is_success(std::string_view reason) {
  constexpr std::array good{end_reason::caller_hung_up, end_reason::agent_hung_up, end_reason::caller_silent,
                            end_reason::api_hung_up,    end_reason::transferred,   end_reason::max_duration};
  return std::ranges::find(good, reason) != good.end();
}

}  // namespace

campaign::campaign(campaign_record about, std::vector<entry> entries)
    : about_(std::move(about)), entries_(std::move(entries)) {
  about_.numbers = {};
  for (const auto& one : entries_) {
    ++count(one.state);
    if (one.state == entry_state::pending) zones_[one.time_zone].queue.emplace(one.due_at, one.n);
  }
}

std::uint32_t& campaign::count(entry_state state) {
  switch (state) {
    case entry_state::pending:
      return about_.numbers.pending;
    case entry_state::calling:
      return about_.numbers.calling;
    case entry_state::done:
      return about_.numbers.done;
    case entry_state::do_not_call:
      return about_.numbers.do_not_call;
    case entry_state::failed:
      break;
  }
  return about_.numbers.failed;
}

void campaign::move(entry& one, entry_state to) {
  if (one.state == entry_state::pending) zones_[one.time_zone].queue.erase({one.due_at, one.n});
  --count(one.state);
  one.state = to;
  ++count(to);
}

const time_window& campaign::open(const std::string& name, zone& where, wall_time now) const {
  if (now < where.known_at || now >= where.open.to) where.open = hours_at(about_.how.hours, name, now);
  where.known_at = now;
  return where.open;
}

campaign::outlook campaign::look(wall_time now,
                                 const std::function<bool(const std::string& number)>& is_busy) {
  if (about_.state != campaign_state::running || about_.numbers.calling >= about_.how.concurrency) return {};
  // A clock that was set back must not hold up everything.
  if (last_begin_ > now) last_begin_ = now;
  if (about_.how.calls_per_minute > 0 && last_begin_ != wall_time::min()) {
    const auto next = last_begin_ + std::chrono::milliseconds(60000 / about_.how.calls_per_minute);
    if (now < next) return {.next = std::nullopt, .again_at = next};
  }
  outlook found;
  wall_time first_due = wall_time::max();
  for (auto& [name, where] : zones_) {
    if (where.queue.empty()) continue;
    const auto& window = open(name, where, now);
    if (now < window.from) {
      found.again_at = std::min(found.again_at, window.from);
      continue;
    }
    for (const auto& [due, n] : where.queue) {
      if (due > now) {
        found.again_at = std::min(found.again_at, due);
        break;
      }
      if (is_busy(at(n).number)) continue;
      if (std::pair(due, n) < std::pair(first_due, found.next.value_or(0))) {
        first_due = due;
        found.next = n;
      }
      break;
    }
  }
  return found;
}

const entry& campaign::begin(std::uint32_t n, std::string call_id, wall_time now) {
  auto& one = entries_[n - 1];
  move(one, entry_state::calling);
  ++one.attempts;
  one.call_id = std::move(call_id);
  last_begin_ = now;
  return one;
}

const entry& campaign::put_back(std::uint32_t n) {
  auto& one = entries_[n - 1];
  move(one, entry_state::pending);
  --one.attempts;
  one.call_id.clear();
  zones_[one.time_zone].queue.emplace(one.due_at, one.n);
  return one;
}

const entry& campaign::postpone(std::uint32_t n, std::string_view reason, wall_time now) {
  auto& one = entries_[n - 1];
  one.end_reason = reason;
  one.due_at = now + interruption_grace;
  return put_back(n);
}

const entry& campaign::settle(std::uint32_t n, std::string_view reason, wall_time now) {
  auto& one = entries_[n - 1];
  one.end_reason = reason;
  const auto& retry = about_.how.retry;
  const auto rule = std::ranges::find(retry.on, reason, [](const auto& each) { return each.first; });
  if (one.attempts < retry.attempts && rule != retry.on.end()) {
    move(one, entry_state::pending);
    one.due_at = now + (reason == interrupted ? std::max(rule->second, interruption_grace) : rule->second);
    zones_[one.time_zone].queue.emplace(one.due_at, one.n);
  } else {
    move(one, is_success(reason) ? entry_state::done : entry_state::failed);
  }
  return one;
}

const entry& campaign::exclude(std::uint32_t n) {
  auto& one = entries_[n - 1];
  move(one, entry_state::do_not_call);
  return one;
}

std::vector<std::uint32_t> campaign::forget(std::string_view number) {
  std::vector<std::uint32_t> places;
  for (auto& one : entries_) {
    if (one.number != number || one.state == entry_state::calling) continue;
    if (one.state == entry_state::pending) {
      move(one, entry_state::failed);
      one.end_reason = forgotten;
    }
    one.number.clear();
    one.metadata.clear();
    places.push_back(one.n);
  }
  return places;
}

bool campaign::pause(std::string_view why) {
  if (about_.state != campaign_state::running) return false;
  about_.state = campaign_state::paused;
  about_.why = why;
  return true;
}

bool campaign::resume() {
  if (about_.state != campaign_state::paused) return false;
  about_.state = campaign_state::running;
  about_.why.clear();
  return true;
}

bool campaign::stop(wall_time now) {
  if (about_.state != campaign_state::running && about_.state != campaign_state::paused) return false;
  about_.state = campaign_state::stopped;
  about_.why.clear();
  about_.ended_at = now;
  return true;
}

bool campaign::tidy(wall_time now) {
  const auto& numbers = about_.numbers;
  const bool over = about_.state == campaign_state::stopped || (numbers.pending == 0 && numbers.calling == 0);
  if (about_.closed || !over || numbers.calling > 0) return false;
  if (about_.state != campaign_state::stopped) {
    about_.state = campaign_state::finished;
    about_.why.clear();
    about_.ended_at = now;
  }
  about_.closed = true;
  return true;
}

}  // namespace tandem::campaigns
