#include "gateway/store/store_writer.hpp"

#include <algorithm>
#include <span>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// Changes that share a transaction.
constexpr std::size_t group = 200;
constexpr auto first_back_off = 500ms;
constexpr auto last_back_off = 4000ms;
constexpr auto prune_pause = 1h;
/// So long events wait to be posted, if nobody gives them up before.
constexpr std::uint64_t keep_deliveries_days = 2;
/// So long a node that is away may hear of its calls that others deleted.
constexpr std::uint64_t keep_departures_days = 90;
/// So often a store that takes nothing looks how full its queue is.
constexpr auto health_pause = 1000ms;

std::int64_t days_ago(std::uint64_t days) {
  const auto then = std::chrono::system_clock::now() - std::chrono::hours(24 * days);
  return std::chrono::duration_cast<std::chrono::milliseconds>(then.time_since_epoch()).count();
}

}  // namespace

store_writer::store_writer(const store_settings& how, const row_maker& maker, change_queue& queue,
                           watchdog& guard, metrics& measure, const store_listeners& listeners)
    : how_(how),
      maker_(maker),
      queue_(queue),
      guard_(guard),
      measure_(measure),
      listeners_(listeners),
      journal_(how.journal, how.journal_bytes),
      back_off_(first_back_off),
      next_try_(clock::now()),
      next_prune_(clock::now()),
      next_look_(clock::now()) {
  if (!journal_.why_not().empty() && !how.journal.empty()) {
    spdlog::warn("store has no journal file={} error=\"{}\"", how.journal, journal_.why_not());
  }
  thread_ = std::thread([this] { run(); });
}

store_writer::~store_writer() { thread_.join(); }

template <class Work>
bool store_writer::with_base(Work work) {
  std::string why;
  try {
    const store_connection::use busy(*base_, guard_);
    work(base_->base);
    return true;
  } catch (const database_failure& failure) {
    why = failure.what();
  }
  disconnect(why);
  return false;
}

bool store_writer::can_read(clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, deadline, [&] { return state_ != store_state::unknown; });
  return state_ == store_state::up;
}

void store_writer::set_state(store_state to) {
  std::lock_guard guard(mutex_);
  state_ = to;
  changed_.notify_all();
}

void store_writer::run() {
  while (!queue_.closed()) {
    if (!base_ && clock::now() >= next_try_) {
      held_ = false;
      connect();
    }
    if (!held_) {
      if (auto changes = queue_.take(group, next_duty()); !changes.empty()) keep(std::move(changes));
    } else if (!base_) {
      queue_.rest(std::min(next_try_, clock::now() + health_pause));
    }
    if (base_ && journal_.waiting() > 0) replay();
    if (base_ && journal_.waiting() == 0) held_ = false;
    if (base_ && !held_ && journal_.waiting() == 0 && clock::now() >= next_prune_) prune();
    if (base_ && !held_ && clock::now() >= next_look_) hear_of_departures();
    show();
  }
  leave();
}

store_writer::clock::time_point store_writer::next_duty() const {
  if (!base_) return next_try_;
  return journal_.waiting() > 0 ? clock::now() : std::min(next_prune_, next_look_);
}

void store_writer::connect() {
  try {
    auto made = std::make_unique<store_connection>(how_.url, measure_);
    const store_connection::use busy(*made, guard_);
    made->base.migrate();
    base_ = std::move(made);
  } catch (const database_failure& failure) {
    measure_.connection_failures(peer::store, connection_failure::refused).Increment();
    return disconnect(failure.what());
  }
  spdlog::info("store is there journal_bytes={}", journal_.waiting());
  back_off_ = first_back_off;
  if (journal_.waiting() == 0) tidy();
  if (base_) set_state(store_state::up);
}

void store_writer::disconnect(const std::string& why) {
  measure_.store_errors_total->Increment();
  spdlog::error("store is away error=\"{}\" again_in_ms={}", why, back_off_.count());
  base_.reset();
  next_try_ = clock::now() + back_off_;
  back_off_ = std::min(back_off_ * 2, std::chrono::milliseconds(last_back_off));
  set_state(store_state::down);
}

void store_writer::keep(std::vector<waiting_change> changes) {
  std::vector<records::row> rows;
  rows.reserve(changes.size());
  for (const auto& each : changes) rows.push_back(maker_.make(each.change, each.revision));
  refused_.clear();
  // What waits in the journal comes first.
  const bool stored = base_ && journal_.waiting() == 0 && commit(rows);
  if (!stored) refused_.clear();
  if (!stored && !journal_.append(rows)) {
    held_ = true;
    return queue_.put_back(std::move(changes));
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (changes[i].kept) changes[i].kept(!refused_.contains(i));
  }
  if (stored) tell_saved(rows);
}

bool store_writer::commit(const std::vector<records::row>& rows) {
  return with_base([&](database& base) {
    clear_the_way(base, rows);
    if (!refused_.empty()) return write_each(base, rows);
    try {
      base.write(rows);
    } catch (const database_failure&) {
      if (!base.works()) throw;
      write_each(base, rows);
    }
  });
}

/// What is kept elsewhere of calls that are to be forgotten goes first: once their rows are gone, nobody
/// would know of it.
void store_writer::clear_the_way(database& base, const std::vector<records::row>& rows) {
  if (!listeners_.leaving) return;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto* row = std::get_if<records::forget_row>(&rows[i]);
    if (row == nullptr) continue;
    auto calls = base.calls_of(*row);
    // Those that are written together with it are not there yet.
    for (const auto& each : std::span(rows).first(i)) {
      const auto* call = std::get_if<records::call_row>(&each);
      if (call != nullptr && call->caller == row->caller) calls.push_back(call->id);
    }
    base.tell_others(calls, how_.node, days_ago(0));
    if (!listeners_.leaving(std::move(calls))) refused_.insert(i);
  }
}

/// The database is well, so some row is not: that one must not hold up the others.
void store_writer::write_each(database& base, const std::vector<records::row>& rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (refused_.contains(i)) continue;
    try {
      base.write({&rows[i], 1});
    } catch (const database_failure& failure) {
      if (!base.works()) throw;
      measure_.store_errors_total->Increment();
      measure_.store_records_lost_total->Increment();
      spdlog::error("store refuses a record error=\"{}\"", failure.what());
      journal_.set_aside(rows[i]);
      refused_.insert(i);
    }
  }
}

void store_writer::replay() {
  const auto damaged = journal_.damaged();
  const auto rows = journal_.next(group);
  if (const auto more = journal_.damaged() - damaged; more > 0) {
    measure_.store_records_lost_total->Increment(static_cast<double>(more));
    spdlog::error("journal has damaged lines count={} file={}", more, how_.journal);
  }
  if (!rows.empty() && !commit(rows)) return;
  journal_.replayed();
  tell_saved(rows);
  if (journal_.waiting() > 0) return;
  spdlog::info("store has what the journal held");
  tidy();
}

void store_writer::tidy() {
  if (tidied_ || how_.node.empty()) return;
  tidied_ = with_base([&](database& base) {
    if (const auto ended = base.end_abandoned(how_.node, queue_.first_revision(), how_.prices); ended > 0) {
      spdlog::warn("store had calls that an earlier process did not end count={}", ended);
    }
  });
  if (tidied_ && listeners_.caught_up) listeners_.caught_up();
}

void store_writer::prune() {
  next_prune_ = clock::now() + prune_pause;
  const std::pair<database::kind, std::uint64_t> kinds[] = {
      {database::kind::transcripts, how_.keep_transcripts_days},
      {database::kind::events, how_.keep_events_days},
      {database::kind::calls, how_.keep_calls_days},
      {database::kind::campaigns, how_.keep_calls_days},
      {database::kind::deliveries, keep_deliveries_days},
      {database::kind::departures, keep_departures_days}};
  with_base([&](database& base) {
    for (const auto& [what, days] : kinds) {
      // A step at a time, so that what calls say does not wait.
      if (days == 0) continue;
      const auto cut = days_ago(days);
      if (what == database::kind::calls && listeners_.leaving) {
        auto calls = base.calls_before(cut);
        base.tell_others(calls, how_.node, days_ago(0));
        if (!listeners_.leaving(std::move(calls))) continue;
      }
      if (base.prune(what, cut) > 0) next_prune_ = clock::now();
    }
  });
}

/// Calls of this node may have been deleted by another one that shares the database.
void store_writer::hear_of_departures() {
  next_look_ = clock::now() + how_.look_pause;
  if (!listeners_.leaving) return;
  with_base([&](database& base) {
    const auto calls = base.departures(how_.node);
    if (calls.empty() || !listeners_.leaving(calls)) return;
    base.heard_of(calls);
    spdlog::info("calls that another node deleted are forgotten here as well count={}", calls.size());
    next_look_ = clock::now();
  });
}

void store_writer::leave() {
  if (!base_ && !can_read(clock::now()) && back_off_ == first_back_off) connect();
  while (queue_.size() > 0) {
    auto changes = queue_.take(group, clock::now());
    const auto count = changes.size();
    held_ = false;
    keep(std::move(changes));
    if (!held_) continue;
    for (const auto& each : queue_.take(count, clock::now())) {
      measure_.store_records_lost_total->Increment();
      if (each.kept) each.kept(false);
    }
    spdlog::error("store lost records at the end count={}", count);
  }
  show();
}

void store_writer::tell_saved(const std::vector<records::row>& rows) {
  if (!listeners_.saved) return;
  std::vector<std::string> ended;
  for (const auto& each : rows) {
    const auto* call = std::get_if<records::call_row>(&each);
    if (call != nullptr && call->state == to_string(call_state::ended)) ended.push_back(call->id);
  }
  if (!ended.empty()) listeners_.saved(std::move(ended));
}

void store_writer::show() {
  measure_.store_waiting_records->Set(static_cast<double>(queue_.size()));
  measure_.store_journal_bytes->Set(static_cast<double>(journal_.waiting()));
  const bool healthy = !held_ || queue_.size() < how_.queue_bound / 2;
  if (healthy == healthy_) return;
  healthy_ = healthy;
  if (listeners_.takes_records) listeners_.takes_records(healthy);
}

}  // namespace tandem
