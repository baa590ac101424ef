#include "gateway/store/migrations.hpp"

#include "gateway/store/database.hpp"
#include "gateway/store/sql_session.hpp"

#include <cstddef>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tandem {

namespace {

// Any number, the same in every process that uses the database.
constexpr int version_table_lock = 0x74616e64;

// Times are milliseconds since 1970, 0 = not yet; amounts of money millionths of the currency. `sealed` says
// which texts are encrypted (1 numbers, 2 words), `revision` which of two writes of a row is the newer one.
constexpr std::string_view first[] = {
    R"(CREATE TABLE calls (
         id TEXT NOT NULL PRIMARY KEY,
         place BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         node TEXT NOT NULL,
         carrier_call_id TEXT NOT NULL,
         direction TEXT NOT NULL,
         from_number TEXT NOT NULL,
         to_number TEXT NOT NULL,
         caller TEXT NOT NULL,
         state TEXT NOT NULL,
         started_at BIGINT NOT NULL,
         answered_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         end_reason TEXT NOT NULL,
         agent TEXT NOT NULL,
         metadata TEXT NOT NULL,
         stt_ms BIGINT NOT NULL,
         tts_characters BIGINT NOT NULL,
         llm_input_tokens BIGINT NOT NULL,
         llm_output_tokens BIGINT NOT NULL,
         currency TEXT NOT NULL,
         cost_carrier BIGINT NOT NULL,
         cost_stt BIGINT NOT NULL,
         cost_tts BIGINT NOT NULL,
         cost_llm BIGINT NOT NULL))",
    "CREATE INDEX calls_by_place ON calls (place)",
    "CREATE INDEX calls_by_state ON calls (state, place)",
    "CREATE INDEX calls_by_caller ON calls (caller)",
    "CREATE INDEX calls_by_end ON calls (ended_at)",
    "CREATE INDEX calls_by_carrier ON calls (carrier_call_id)",
    R"(CREATE TABLE turns (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         role TEXT NOT NULL,
         text TEXT NOT NULL,
         heard_text TEXT NOT NULL,
         interrupted BIGINT NOT NULL,
         started_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         latency_ms BIGINT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX turns_by_end ON turns (ended_at)",
    R"(CREATE TABLE events (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         at BIGINT NOT NULL,
         name TEXT NOT NULL,
         data TEXT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX events_by_time ON events (at)",
};

constexpr std::string_view campaigns[] = {
    R"(CREATE TABLE campaigns (
         id TEXT NOT NULL PRIMARY KEY,
         place BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         node TEXT NOT NULL,
         state TEXT NOT NULL,
         why TEXT NOT NULL,
         closed BIGINT NOT NULL,
         created_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         settings TEXT NOT NULL,
         duplicates BIGINT NOT NULL,
         pending BIGINT NOT NULL,
         calling BIGINT NOT NULL,
         done BIGINT NOT NULL,
         failed BIGINT NOT NULL,
         do_not_call BIGINT NOT NULL))",
    "CREATE INDEX campaigns_by_place ON campaigns (place)",
    R"(CREATE TABLE campaign_numbers (
         campaign_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         number TEXT NOT NULL,
         caller TEXT NOT NULL,
         time_zone TEXT NOT NULL,
         metadata TEXT NOT NULL,
         state TEXT NOT NULL,
         attempts BIGINT NOT NULL,
         due_at BIGINT NOT NULL,
         call_id TEXT NOT NULL,
         end_reason TEXT NOT NULL,
         PRIMARY KEY (campaign_id, n)))",
    "CREATE INDEX campaign_numbers_by_caller ON campaign_numbers (caller)",
    R"(CREATE TABLE do_not_call (
         caller TEXT NOT NULL PRIMARY KEY,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         number TEXT NOT NULL,
         since BIGINT NOT NULL,
         source TEXT NOT NULL,
         barred BIGINT NOT NULL))",
};

constexpr std::string_view deliveries[] = {
    R"(CREATE TABLE deliveries (
         call_id TEXT NOT NULL,
         n BIGINT NOT NULL,
         revision BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         node TEXT NOT NULL,
         at BIGINT NOT NULL,
         body TEXT NOT NULL,
         waits BIGINT NOT NULL,
         PRIMARY KEY (call_id, n)))",
    "CREATE INDEX deliveries_by_time ON deliveries (at)",
};

// Calls that were deleted, of which the node that carried them may keep something elsewhere.
constexpr std::string_view departures[] = {
    R"(CREATE TABLE departures (
         call_id TEXT NOT NULL PRIMARY KEY,
         node TEXT NOT NULL,
         at BIGINT NOT NULL))",
    "CREATE INDEX departures_by_node ON departures (node)",
    "CREATE INDEX departures_by_time ON departures (at)",
};

constexpr std::string_view timings[] = {"ALTER TABLE turns ADD COLUMN timing TEXT NOT NULL DEFAULT ''"};

// Who owns which call in a cluster; see protocols/cluster/lease.hpp. `fenced` nodes never act again, `fresh`
// leases have a new owner that has not written their ledger yet.
constexpr std::string_view leases[] = {
    "CREATE TABLE epochs (id INTEGER NOT NULL PRIMARY KEY, last BIGINT NOT NULL)",
    "INSERT INTO epochs (id, last) VALUES (1, 0)",
    R"(CREATE TABLE nodes (
         epoch BIGINT NOT NULL PRIMARY KEY,
         name TEXT NOT NULL,
         address TEXT NOT NULL,
         renewals BIGINT NOT NULL,
         known_epoch BIGINT NOT NULL,
         fenced BIGINT NOT NULL,
         renewed_at BIGINT NOT NULL))",
    R"(CREATE TABLE leases (
         call_id TEXT NOT NULL PRIMARY KEY,
         carrier_call_id TEXT,
         node TEXT NOT NULL,
         node_epoch BIGINT NOT NULL,
         term BIGINT NOT NULL,
         fresh BIGINT NOT NULL,
         taken_at BIGINT NOT NULL,
         ended_at BIGINT NOT NULL,
         ledger_version BIGINT NOT NULL,
         sealed BIGINT NOT NULL,
         ledger TEXT NOT NULL))",
    "CREATE UNIQUE INDEX leases_by_carrier ON leases (carrier_call_id)",
    "CREATE INDEX leases_by_owner ON leases (node_epoch)",
    "CREATE INDEX leases_by_end ON leases (ended_at)",
};

/// The statements that lead from one version of the schema to the next, as SQLite and PostgreSQL both take
/// them. A version that was released is never changed: what is new comes as another one at the end.
constexpr std::span<const std::string_view> all[] = {first,      campaigns, deliveries,
                                                     departures, timings,   leases};

constexpr int newest_version = static_cast<int>(std::size(all));

/// Makes the table on whose row those who migrate wait for each other. PostgreSQL lets two at once find that
/// there is none, and then fails one of them.
void make_version_table(sql_session& in) {
  auto& sql = in.sql;
  std::optional<soci::transaction> alone;
  if (!in.is_sqlite()) {
    alone.emplace(sql);
    sql << "SELECT pg_advisory_xact_lock(" << version_table_lock << ")";
  }
  sql << "CREATE TABLE IF NOT EXISTS schema_version (id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT "
         "NULL)";
  sql << "INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
  if (alone) alone->commit();
}

}  // namespace

void migrate(sql_session& in) {
  auto& sql = in.sql;
  make_version_table(in);
  soci::transaction change(sql);
  // Whoever else migrates waits here.
  sql << "UPDATE schema_version SET version = version WHERE id = 1";
  int version = 0;
  sql << "SELECT version FROM schema_version WHERE id = 1", soci::into(version);
  if (version > newest_version) {
    throw database_failure("its schema has version " + std::to_string(version) + ", and this program knows " +
                           std::to_string(newest_version));
  }
  for (const auto& step : std::span(all).subspan(static_cast<std::size_t>(version))) {
    for (const auto statement : step) sql << statement;
  }
  version = newest_version;
  sql << "UPDATE schema_version SET version = :version WHERE id = 1", soci::use(version);
  change.commit();
}

}  // namespace tandem
