#include "actors/cluster/lease_writer.hpp"

#include <utility>

namespace tandem {

namespace {

constexpr std::size_t at_once = 16;

}  // namespace

lease_writer::lease_writer(store_line& line, std::uint32_t seed, ended heard)
    : line_(line), heard_(std::move(heard)), waits_(seed) {}

void lease_writer::keep(leases::keep_ledger ledger) {
  const auto call_id = ledger.call_id;
  auto& which = jobs_[call_id];
  if (which.end) return;
  which.ledger = std::move(ledger);
  enqueue(call_id, which);
}

bool lease_writer::end(leases::release what, std::int64_t term) {
  if (is_ending(what.call_id)) return true;
  if (ends_ >= most_ends) {
    forget(what.call_id);
    return false;
  }
  ++ends_;
  const auto call_id = what.call_id;
  auto& which = jobs_[call_id];
  which.ledger.reset();
  which.end = std::move(what);
  which.term = term;
  enqueue(call_id, which);
  return true;
}

void lease_writer::forget(const std::string& call_id) {
  const auto at = jobs_.find(call_id);
  if (at == jobs_.end() || at->second.end) return;
  queue_.erase(at->second.place);
  jobs_.erase(at);
}

bool lease_writer::is_ending(const std::string& call_id) const {
  const auto at = jobs_.find(call_id);
  return at != jobs_.end() && at->second.end;
}

void lease_writer::flush(std::function<void()> done) {
  flushed_ = std::move(done);
  if (ends_ == 0) return be_flushed();
  rests_ = false;
  pump();
}

void lease_writer::enqueue(const std::string& call_id, job& which) {
  if (which.place != 0 || which.ticket != 0) return;
  which.place = ++last_;
  queue_.emplace(which.place, call_id);
  pump();
}

void lease_writer::pump() {
  while (!rests_ && under_way_ < at_once && !queue_.empty()) {
    const auto first = queue_.extract(queue_.begin());
    write(first.mapped(), jobs_.at(first.mapped()));
  }
}

void lease_writer::write(const std::string& call_id, job& which) {
  ++under_way_;
  which.place = 0;
  which.ticket = ++last_;
  const auto version = which.end ? std::nullopt : std::optional(which.ledger->version);
  auto done = [this, call_id, ticket = which.ticket, version](std::optional<bool> answer) {
    settle(call_id, ticket, version, answer.has_value());
  };
  // Whether it was ours to write the next renewal says, for the whole epoch.
  if (which.end) {
    line_.ask<bool>(*which.end, std::move(done));
  } else {
    line_.ask<bool>(*which.ledger, std::move(done));
  }
}

void lease_writer::settle(const std::string& call_id, std::uint64_t ticket,
                          std::optional<std::int64_t> version, bool is_answered) {
  --under_way_;
  if (is_answered) {
    waits_.reset();
  } else {
    rest();
  }
  const auto at = jobs_.find(call_id);
  if (at != jobs_.end() && at->second.ticket == ticket) {
    auto& which = at->second;
    which.ticket = 0;
    const bool is_ended = is_answered && !version;
    const bool is_kept = is_answered && which.ledger && which.ledger->version == version;
    if (is_ended) {
      --ends_;
      heard_(call_id, which.term);
    }
    if (is_ended || is_kept) {
      jobs_.erase(at);
    } else {
      enqueue(call_id, which);
    }
  }
  pump();
  if (flushed_ && (ends_ == 0 || !is_answered)) be_flushed();
}

void lease_writer::rest() {
  if (rests_) return;
  rests_ = true;
  again_ = line_.in(waits_.next(), [this] {
    rests_ = false;
    pump();
  });
}

void lease_writer::be_flushed() { line_.later(std::exchange(flushed_, {})); }

}  // namespace tandem
