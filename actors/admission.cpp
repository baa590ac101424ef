#include "actors/admission.hpp"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using seconds = std::chrono::duration<double>;

/// Between two log lines about the same reason.
constexpr std::chrono::seconds log_interval{5};

/// How late one loop runs, as its probes say it, and as one that does not come in time says it.
struct lag_meter {
  void note(seconds late, moment now, seconds limit) {
    smoothed = (smoothed + late) / 2;
    last = now;
    if (smoothed > limit) high = true;
    if (smoothed <= limit / 2) high = false;
  }

  bool is_high(moment now, seconds interval, seconds limit) const {
    if (high || !last) return high;
    const auto overdue = seconds(now - *last) - interval;
    return (smoothed + overdue) / 2 > limit;
  }

  seconds smoothed{0};
  std::optional<moment> last;
  bool high = false;
};

/// Refusals for one reason that no log line has told yet.
struct untold {
  std::uint64_t count = 0;
  moment next_line{};
};

/// A log line about refusals.
struct told {
  refusal why;
  std::uint64_t count;
};

}  // namespace

struct admission::place::book {
  refusal verdict(moment now) const;
  refusal room() const;
  void add_call();
  void refill(moment now);
  double tokens_at(moment now) const;
  bool fits(std::uint32_t sessions) const { return sessions == 0 || calls < sessions; }
  bool has_room_for_spares(std::uint32_t more_spares, std::uint32_t more_calls) const;
  std::vector<told> due_lines(moment now);

  mutable std::mutex mutex;
  admission_limits limits;
  seconds probe_interval{};
  metrics* measure = nullptr;
  bool draining = false;
  bool store_takes_records = true;
  std::uint32_t calls = 0;
  std::uint32_t connections = 0;
  std::uint32_t spares = 0;
  std::uint64_t resident_bytes = 0;
  std::uint32_t calls_since_measured = 0;
  double tokens = 0;
  std::optional<moment> refilled;
  std::vector<lag_meter> loops;
  std::array<untold, metrics::refusals> refused{};
};

refusal admission::place::book::verdict(moment now) const {
  if (const auto why = room(); why != refusal::none) return why;
  const auto is_high = [&](const lag_meter& loop) {
    return loop.is_high(now, probe_interval, limits.loop_lag);
  };
  if (std::any_of(loops.begin(), loops.end(), is_high)) return refusal::loop_lag;
  return tokens_at(now) < 1 ? refusal::rate : refusal::none;
}

/// Why there is none for another call, however slowly it comes.
refusal admission::place::book::room() const {
  if (draining) return refusal::draining;
  if (!store_takes_records) return refusal::store;
  if (calls >= limits.max_calls) return refusal::calls;
  if (!fits(limits.scribe_sessions) || !fits(limits.speech_sessions)) return refusal::provider;
  if (connections + connections_per_call > limits.max_connections) return refusal::connections;
  const auto next = resident_bytes + (calls_since_measured + 1) * limits.call_bytes;
  return limits.memory_bytes != 0 && next > limits.memory_bytes ? refusal::memory : refusal::none;
}

bool admission::place::book::has_room_for_spares(std::uint32_t more_spares, std::uint32_t more_calls) const {
  const auto in_all = spares + more_spares;
  const auto sessions = limits.speech_sessions;
  return (sessions == 0 || calls + more_calls + in_all <= sessions) &&
         connections + more_calls * connections_per_call + in_all <= limits.max_connections;
}

void admission::place::book::add_call() {
  ++calls;
  ++calls_since_measured;
  connections += connections_per_call;
}

double admission::place::book::tokens_at(moment now) const {
  const double most = limits.calls_per_second;
  if (!refilled) return most;
  const auto passed = std::max(seconds(now - *refilled), seconds(0));
  return std::min(most, tokens + passed.count() * most);
}

void admission::place::book::refill(moment now) {
  tokens = tokens_at(now);
  refilled = refilled ? std::max(*refilled, now) : now;
}

/// What is to be logged now; the caller does it without the lock.
std::vector<told> admission::place::book::due_lines(moment now) {
  std::vector<told> lines;
  for (std::size_t i = 0; i < refused.size(); ++i) {
    auto& reason = refused[i];
    if (reason.count == 0 || now < reason.next_line) continue;
    lines.push_back({static_cast<refusal>(i), reason.count});
    reason = {.next_line = now + log_interval};
  }
  return lines;
}

namespace {

void log_refusals(const std::vector<told>& lines) {
  for (const auto& [why, count] : lines) {
    spdlog::warn("node refused calls reason={} count={}", to_string(why), count);
  }
}

}  // namespace

admission::place& admission::place::operator=(place&& other) noexcept {
  std::swap(book_, other.book_);
  std::swap(amount_, other.amount_);
  return *this;
}

void admission::place::release() noexcept {
  auto in = std::exchange(book_, nullptr);
  if (!in) return;
  std::lock_guard guard(in->mutex);
  in->calls -= amount_.calls;
  in->connections -= amount_.connections;
  in->spares -= amount_.spares;
}

admission::admission(const admission_limits& limits, std::size_t loops,
                     std::chrono::milliseconds probe_interval, metrics& measure)
    : book_(std::make_shared<place::book>()) {
  book_->limits = limits;
  book_->probe_interval = probe_interval;
  book_->measure = &measure;
  book_->loops.resize(loops);
}

tl::expected<admission::place, refusal> admission::admit(moment now) {
  std::unique_lock lock(book_->mutex);
  auto& book = *book_;
  book.refill(now);
  const auto why = book.verdict(now);
  if (why == refusal::none) {
    book.tokens -= 1;
    book.add_call();
    return place(book_, {.calls = 1, .connections = connections_per_call});
  }
  book.measure->calls_rejected(why).Increment();
  ++book.refused[static_cast<std::size_t>(why)].count;
  const auto lines = book.due_lines(now);
  lock.unlock();
  log_refusals(lines);
  return tl::unexpected(why);
}

tl::expected<admission::place, refusal> admission::adopt() {
  std::lock_guard guard(book_->mutex);
  if (const auto why = book_->room(); why != refusal::none) return tl::unexpected(why);
  book_->add_call();
  return place(book_, {.calls = 1, .connections = connections_per_call});
}

refusal admission::outlook(moment now) const {
  std::lock_guard guard(book_->mutex);
  return book_->verdict(now);
}

std::optional<admission::place> admission::admit_connection() {
  std::lock_guard guard(book_->mutex);
  if (book_->connections >= book_->limits.max_connections) return std::nullopt;
  ++book_->connections;
  return place(book_, {.connections = 1});
}

std::optional<admission::place> admission::admit_spare() {
  std::lock_guard guard(book_->mutex);
  if (book_->draining || !book_->has_room_for_spares(1, 1)) return std::nullopt;
  ++book_->spares;
  return place(book_, {.spares = 1});
}

bool admission::has_too_many_spares() const {
  std::lock_guard guard(book_->mutex);
  return book_->spares != 0 && !book_->has_room_for_spares(0, 0);
}

void admission::drain() {
  std::lock_guard guard(book_->mutex);
  book_->draining = true;
}

bool admission::draining() const {
  std::lock_guard guard(book_->mutex);
  return book_->draining;
}

std::uint32_t admission::calls() const {
  std::lock_guard guard(book_->mutex);
  return book_->calls;
}

std::uint32_t admission::connections() const {
  std::lock_guard guard(book_->mutex);
  return book_->connections;
}

std::uint32_t admission::spares() const {
  std::lock_guard guard(book_->mutex);
  return book_->spares;
}

admission_limits admission::limits() const {
  std::lock_guard guard(book_->mutex);
  return book_->limits;
}

void admission::set_limits(const admission_limits& limits) {
  std::lock_guard guard(book_->mutex);
  book_->limits = limits;
  book_->tokens = std::min<double>(book_->tokens, limits.calls_per_second);
}

void admission::note_lag(std::size_t loop, std::chrono::duration<double> late, moment now) {
  std::lock_guard guard(book_->mutex);
  book_->loops.at(loop).note(std::max(late, seconds(0)), now, book_->limits.loop_lag);
}

void admission::note_store(bool takes_records) {
  std::lock_guard guard(book_->mutex);
  book_->store_takes_records = takes_records;
}

void admission::note_memory(std::uint64_t resident_bytes, moment now) {
  std::unique_lock lock(book_->mutex);
  book_->resident_bytes = resident_bytes;
  book_->calls_since_measured = 0;
  const auto lines = book_->due_lines(now);
  lock.unlock();
  log_refusals(lines);
}

}  // namespace tandem
