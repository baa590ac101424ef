#pragma once

#include "actors/campaign_store.hpp"
#include "actors/delivery_store.hpp"
#include "actors/lease_store.hpp"
#include "gateway/store/row_maker.hpp"
#include "gateway/store/sealer.hpp"
#include "protocols/records/prices.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

struct metrics;

/// Where and how calls are kept.
struct store_settings {
  std::string url = "sqlite:tandem.db";
  /// Connections at most: one writes, the others read. A cluster's nodes have two more for their own leases.
  std::size_t pool = 20;
  /// Where records wait while the store is away; empty = in memory alone.
  std::string journal;
  std::uint64_t journal_bytes = std::uint64_t{1024} * 1024 * 1024;
  text_policy numbers = text_policy::plain;
  text_policy words = text_policy::plain;
  std::optional<sealer::key> key{};
  /// After so many days they are deleted; 0 = never.
  std::uint64_t keep_calls_days = 0;
  std::uint64_t keep_transcripts_days = 0;
  std::uint64_t keep_events_days = 0;
  /// Whose calls are ended that no process carries any more, and who posts the events to come.
  std::string node{};
  /// What the lines of those calls cost.
  records::price_table prices{};
  /// A database that has not done what it was asked within this time is as good as away.
  std::chrono::milliseconds patience{15000};
  /// How often it is looked whether other nodes have deleted calls of ours.
  std::chrono::milliseconds look_pause{30000};
  /// Records that may wait in memory.
  std::size_t queue_bound = 20000;
};

/// Who is told of what the store does, on one of its threads.
struct store_listeners {
  /// The ends of these calls are in the store, and can be read there.
  std::function<void(std::vector<std::string> call_ids)> saved{};
  /// For the first time everything that an earlier process left behind is in the store.
  std::function<void()> caught_up{};
  /// These calls are about to be deleted, or another node has deleted them: whether what is kept of them
  /// elsewhere is gone.
  std::function<bool(std::vector<std::string> call_ids)> leaving{};
  /// Whether records can still be kept: false means that those to come are lost.
  std::function<void(bool)> takes_records{};
};

/// Keeps calls, campaigns and what is to be posted in SQLite or PostgreSQL, with a thread of its own that
/// writes many records a transaction, and threads that read. While the database is away or too slow, records
/// go to a journal, from which they are replayed in order; only when that fails too do they wait in memory,
/// up to a bound.
class sql_store final : public call_store, public campaign_store, public delivery_store, public lease_store {
 public:
  sql_store(const store_settings& how, metrics& measure);
  /// Writes what waits, to the database or else to the journal; takes a few deadlines of the database at
  /// most.
  ~sql_store() override;

  /// Opens the store, in its own time; changes may come before, questions may not.
  void start(store_listeners listeners = {});

  /// Whether this node's journal is there from an earlier process, which has ended then; once it is started.
  bool inherits_journal() const;

  void write(store_change change, std::function<void(bool)> kept = {}) override;
  void list(stored_calls query, std::function<void(std::optional<std::vector<call_record>>)> answer) override;
  void find(std::string id, std::function<void(std::optional<std::vector<stored_call>>)> answer) override;
  void read_campaigns(stored_campaigns query,
                      campaign_store::answer_to<campaigns::campaign_record> answer) override;
  void read_entries(stored_entries query, campaign_store::answer_to<campaigns::entry> answer) override;
  void read_barred(std::size_t limit, wall_time since,
                   campaign_store::answer_to<campaigns::barred_number> answer) override;
  void read_deliveries(std::size_t limit, campaign_store::answer_to<delivery> answer) override;
  void ask(leases::join request, lease_store::answer_to<leases::standing> answer) override;
  void ask(leases::renew request, lease_store::answer_to<leases::standing> answer) override;
  void ask(leases::fence request, lease_store::answer_to<bool> answer) override;
  void ask(leases::adopt request, lease_store::answer_to<leases::adoption> answer) override;
  void ask(leases::leave request, lease_store::answer_to<bool> answer) override;
  void ask(leases::claim request, lease_store::answer_to<found_lease> answer) override;
  void ask(leases::take request, lease_store::answer_to<found_lease> answer) override;
  void ask(leases::find_lease request, lease_store::answer_to<found_lease> answer) override;
  void ask(leases::keep_ledger request, lease_store::answer_to<bool> answer) override;
  void ask(leases::release request, lease_store::answer_to<bool> answer) override;

 private:
  class state;
  std::unique_ptr<state> state_;
};

}  // namespace tandem
