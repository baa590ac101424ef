#include "gateway/store/retention.hpp"

#include "gateway/store/row_statements.hpp"

#include <string_view>
#include <utility>

namespace tandem {

namespace {

/// Rows that one step deletes.
constexpr long long prune_step = 500;

std::vector<std::string> ids_of(std::vector<records::call_row> calls) {
  std::vector<std::string> ids;
  for (auto& each : calls) ids.push_back(std::move(each.id));
  return ids;
}

}  // namespace

void forget(soci::session& sql, records::forget_row row) {
  constexpr std::string_view calls =
      "(SELECT id FROM calls WHERE caller = :caller AND revision <= :revision)";
  for (const auto* table : {"turns", "events", "deliveries"}) {
    sql << "DELETE FROM " << table << " WHERE call_id IN " << calls, soci::use(row.caller),
        soci::use(wide(row.revision));
  }
  // Whose the call is stays, should it still go on.
  sql << "UPDATE leases SET ledger = '', sealed = 0 WHERE call_id IN " << calls, soci::use(row.caller),
      soci::use(wide(row.revision));
  sql << "DELETE FROM calls WHERE caller = :caller AND revision <= :revision", soci::use(row.caller),
      soci::use(wide(row.revision));
  sql << "UPDATE campaign_numbers SET number = '', caller = '', metadata = '' "
         "WHERE caller = :caller AND revision <= :revision AND state <> 'pending' AND state <> 'calling'",
      soci::use(row.caller), soci::use(wide(row.revision));
}

std::vector<std::string> calls_of(soci::session& sql, records::forget_row row) {
  return ids_of(rows_of<records::call_row>(sql, "WHERE caller = :caller AND revision <= :revision",
                                           {&row.caller, &row.revision}));
}

void tell_others(soci::session& sql, const std::vector<std::string>& call_ids, const std::string& node,
                 std::int64_t at) {
  soci::transaction all(sql);
  for (const auto& id : call_ids) {
    sql << "INSERT INTO departures (call_id, node, at) SELECT id, node, CAST(:at AS BIGINT) FROM calls "
           "WHERE id = :id AND node <> :node ON CONFLICT (call_id) DO NOTHING",
        soci::use(wide(at)), soci::use(id), soci::use(node);
  }
  all.commit();
}

std::vector<std::string> departures(soci::session& sql, const std::string& node) {
  std::vector<std::string> ids(static_cast<std::size_t>(prune_step));
  sql << "SELECT call_id FROM departures WHERE node = :node ORDER BY at LIMIT :most", soci::into(ids),
      soci::use(node), soci::use(prune_step);
  return ids;
}

void heard_of(soci::session& sql, const std::vector<std::string>& call_ids) {
  soci::transaction all(sql);
  for (const auto& id : call_ids) sql << "DELETE FROM departures WHERE call_id = :id", soci::use(id);
  all.commit();
}

std::size_t prune(soci::session& sql, database::kind what, std::int64_t cut) {
  using enum database::kind;
  const auto step = prune_step;
  const auto run = [&](const std::string& text) {
    soci::statement change = (sql.prepare << text, soci::use(wide(cut)), soci::use(step));
    return changed_by(change);
  };
  switch (what) {
    case transcripts:
      return run(
          "DELETE FROM turns WHERE (call_id, n) IN (SELECT call_id, n FROM turns WHERE ended_at < :cut "
          "LIMIT :step)");
    case events:
      return run(
          "DELETE FROM events WHERE (call_id, n) IN (SELECT call_id, n FROM events WHERE at < :cut "
          "LIMIT :step)");
    case deliveries:
      return run(
          "DELETE FROM deliveries WHERE (call_id, n) IN (SELECT call_id, n FROM deliveries WHERE at < :cut "
          "LIMIT :step)");
    case database::kind::departures:
      return run(
          "DELETE FROM departures WHERE call_id IN (SELECT call_id FROM departures WHERE at < :cut "
          "LIMIT :step)");
    case calls:
    case campaigns:
      break;
  }
  soci::transaction all(sql);
  const auto old = [](const std::string& table) {
    return "(SELECT id FROM " + table +
           " WHERE ended_at > 0 AND ended_at < :cut ORDER BY ended_at, id LIMIT :step)";
  };
  std::size_t gone = 0;
  if (what == campaigns) {
    run("DELETE FROM campaign_numbers WHERE campaign_id IN " + old("campaigns"));
    gone = run("DELETE FROM campaigns WHERE id IN " + old("campaigns"));
  } else {
    run("DELETE FROM turns WHERE call_id IN " + old("calls"));
    run("DELETE FROM events WHERE call_id IN " + old("calls"));
    run("DELETE FROM deliveries WHERE call_id IN " + old("calls"));
    gone = run("DELETE FROM calls WHERE id IN " + old("calls"));
  }
  all.commit();
  return gone;
}

std::vector<std::string> calls_before(soci::session& sql, std::int64_t cut) {
  std::int64_t most = prune_step;
  return ids_of(rows_of<records::call_row>(
      sql, "WHERE ended_at > 0 AND ended_at < :cut ORDER BY ended_at, id LIMIT :most", {&cut, &most}));
}

}  // namespace tandem
