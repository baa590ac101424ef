#include "gateway/store/leases.hpp"

#include "gateway/store/row_maker.hpp"
#include "gateway/store/row_statements.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace tandem {

namespace {

using namespace leases;

/// For people and for what is deleted with age; nothing else goes by the database's clock, which may be set.
const std::string now_ms = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
const std::string a_day_ago = now_ms + " - 86400000";

std::vector<member> other_members(soci::session& sql, std::int64_t self) {
  std::vector<member> out;
  member each;
  soci::statement rows =
      (sql.prepare << "SELECT epoch, name, address, renewals, known_epoch FROM nodes "
                      "WHERE fenced = 0 AND epoch <> :self ORDER BY epoch",
       soci::into(wide(each.node.epoch)), soci::into(each.node.name), soci::into(each.address),
       soci::into(wide(each.renewals)), soci::into(wide(each.view)), soci::use(wide(self)));
  rows.execute(false);
  while (rows.fetch()) out.push_back(each);
  return out;
}

/// What a member learns. The newest epoch is read before the members: whoever has it, or an older one, has
/// committed by then.
standing standing_of(soci::session& sql, node_id self, std::int64_t renewals) {
  standing out{.self = std::move(self), .renewals = renewals};
  sql << "SELECT last FROM epochs WHERE id = 1", soci::into(wide(out.view));
  out.members = other_members(sql, out.self.epoch);
  int orphans = 0;
  sql << "SELECT CASE WHEN EXISTS (SELECT 1 FROM leases JOIN nodes ON nodes.epoch = leases.node_epoch "
         "WHERE nodes.fenced = 1 AND leases.ended_at = 0) THEN 1 ELSE 0 END",
      soci::into(orphans);
  out.orphans = orphans != 0;
  return out;
}

/// A node that is not fenced, and will not be before this transaction is over.
struct acting_node {
  std::string name;
  std::int64_t renewals = 0;
};

std::optional<acting_node> hold(soci::session& sql, std::int64_t epoch) {
  acting_node out;
  sql << "SELECT name, renewals FROM nodes WHERE epoch = :epoch AND fenced = 0 FOR SHARE",
      soci::into(out.name), soci::into(wide(out.renewals)), soci::use(wide(epoch));
  if (!sql.got_data()) return std::nullopt;
  return out;
}

/// The leases that `which` (from WHERE on) selects with this value.
template <class Value>
std::vector<lease> leases_of(soci::session& sql, const std::string& which, Value& value,
                             const row_maker& maker) {
  std::vector<lease> out;
  lease each;
  std::int64_t ended_at = 0;
  std::int64_t sealed = 0;
  std::string ledger;
  soci::statement rows =
      (sql.prepare << "SELECT call_id, COALESCE(carrier_call_id, ''), node, node_epoch, term, ended_at, "
                      "ledger_version, sealed, ledger FROM leases "
                   << which,
       soci::into(each.call_id), soci::into(each.carrier_call_id), soci::into(each.owner.name),
       soci::into(wide(each.owner.epoch)), soci::into(wide(each.term)), soci::into(wide(ended_at)),
       soci::into(wide(each.version)), soci::into(wide(sealed)), soci::into(ledger), soci::use(value));
  rows.execute(false);
  while (rows.fetch()) {
    each.ended = ended_at != 0;
    each.ledger = maker.read_ledger(ledger, sealed != 0, each.call_id);
    out.push_back(each);
  }
  return out;
}

}  // namespace

standing run(soci::session& sql, join request) {
  soci::transaction all(sql);
  node_id self{.name = std::move(request.name), .epoch = 0};
  sql << "UPDATE epochs SET last = last + 1 WHERE id = 1 RETURNING last", soci::into(wide(self.epoch));
  sql << "INSERT INTO nodes (epoch, name, address, renewals, known_epoch, fenced, renewed_at) "
         "VALUES (:epoch, :name, :address, 0, :known, 0, "
      << now_ms << ")",
      soci::use(wide(self.epoch)), soci::use(self.name), soci::use(request.address),
      soci::use(wide(self.epoch));
  sql << "DELETE FROM nodes WHERE fenced = 1 AND renewed_at < " << a_day_ago
      << " AND NOT EXISTS (SELECT 1 FROM leases WHERE node_epoch = nodes.epoch AND ended_at = 0)";
  auto out = standing_of(sql, std::move(self), 0);
  all.commit();
  return out;
}

standing run(soci::session& sql, renew request) {
  soci::transaction all(sql);
  node_id self{.name = {}, .epoch = request.epoch};
  std::int64_t renewals = 0;
  sql << "UPDATE nodes SET renewals = renewals + 1, known_epoch = :view, renewed_at = " << now_ms
      << " WHERE epoch = :epoch AND fenced = 0 RETURNING name, renewals",
      soci::into(self.name), soci::into(wide(renewals)), soci::use(wide(request.view)),
      soci::use(wide(request.epoch));
  if (!sql.got_data()) return {.fenced = true};
  if (request.alone) {
    sql << "UPDATE nodes SET fenced = 1 WHERE name = :name AND epoch < :epoch AND fenced = 0",
        soci::use(self.name), soci::use(wide(request.epoch));
  }
  auto out = standing_of(sql, std::move(self), renewals);
  all.commit();
  return out;
}

bool run(soci::session& sql, fence request) {
  struct seen {
    std::int64_t renewals = 0;
    bool fenced = true;
  };
  seen self;
  seen other;
  soci::transaction all(sql);
  {
    std::int64_t epoch = 0;
    std::int64_t renewals = 0;
    std::int64_t fenced = 0;
    // In the order of their epochs, so that two that fence each other do not wait for each other.
    soci::statement rows =
        (sql.prepare << "SELECT epoch, renewals, fenced FROM nodes WHERE epoch IN (:epoch, :whom) "
                        "ORDER BY epoch FOR UPDATE",
         soci::into(wide(epoch)), soci::into(wide(renewals)), soci::into(wide(fenced)),
         soci::use(wide(request.epoch)), soci::use(wide(request.whom)));
    rows.execute(false);
    while (rows.fetch())
      (epoch == request.epoch ? self : other) = {.renewals = renewals, .fenced = fenced != 0};
  }
  if (self.fenced || self.renewals != request.renewals) return false;
  if (other.fenced) return true;
  if (other.renewals != request.seen) return false;
  sql << "UPDATE nodes SET fenced = 1 WHERE epoch = :whom", soci::use(wide(request.whom));
  all.commit();
  return true;
}

bool run(soci::session& sql, leave request) {
  sql << "UPDATE nodes SET fenced = 1 WHERE epoch = :epoch", soci::use(wide(request.epoch));
  return true;
}

bool run(soci::session& sql, release request) {
  soci::statement change =
      (sql.prepare << "UPDATE leases SET ledger = '', sealed = 0, ended_at = CASE WHEN ended_at = 0 THEN "
                   << now_ms << " ELSE ended_at END WHERE call_id = :call_id AND node_epoch = :epoch",
       soci::use(request.call_id), soci::use(wide(request.epoch)));
  const bool ended = changed_by(change) == 1;
  // Each that ends makes room for itself.
  sql << "DELETE FROM leases WHERE call_id IN (SELECT call_id FROM leases WHERE ended_at > 0 AND ended_at < "
      << a_day_ago << " ORDER BY ended_at LIMIT 10)";
  return ended;
}

bool run(soci::session& sql, keep_ledger request, const row_maker& maker) {
  auto [text, sealed] = maker.make_ledger(request.ledger, request.call_id);
  std::int64_t is_sealed = sealed ? 1 : 0;
  soci::statement change =
      (sql.prepare << "UPDATE leases SET ledger = :ledger, sealed = :sealed, ledger_version = :version, "
                      "fresh = 0 WHERE call_id = :call_id AND node_epoch = :epoch AND term = :term "
                      "AND ended_at = 0 AND ledger_version <= :not_above",
       soci::use(text), soci::use(wide(is_sealed)), soci::use(wide(request.version)),
       soci::use(request.call_id), soci::use(wide(request.epoch)), soci::use(wide(request.term)),
       soci::use(wide(request.version)));
  return changed_by(change) == 1;
}

adoption run(soci::session& sql, adopt request, const row_maker& maker) {
  soci::transaction all(sql);
  auto self = hold(sql, request.epoch);
  if (!self || self->renewals != request.renewals) return {};
  auto most = static_cast<std::int64_t>(request.most);
  // Materialised, since what locks rows under a limit is to be done once.
  sql << "WITH chosen AS MATERIALIZED (SELECT call_id FROM leases WHERE ended_at = 0 AND node_epoch IN "
         "(SELECT epoch FROM nodes WHERE fenced = 1) LIMIT :most FOR UPDATE SKIP LOCKED) "
         "UPDATE leases SET node = :name, node_epoch = :epoch, term = term + 1, fresh = 1, taken_at = "
      << now_ms << " FROM chosen WHERE leases.call_id = chosen.call_id",
      soci::use(wide(most)), soci::use(self->name), soci::use(wide(request.epoch));
  adoption out{.stood = true, .calls = {}};
  out.calls =
      leases_of(sql, "WHERE node_epoch = :epoch AND fresh = 1 AND ended_at = 0", wide(request.epoch), maker);
  all.commit();
  return out;
}

std::vector<lease> run(soci::session& sql, claim request, const row_maker& maker) {
  soci::transaction all(sql);
  auto self = hold(sql, request.epoch);
  if (!self) return {};
  sql << "INSERT INTO leases (call_id, carrier_call_id, node, node_epoch, term, fresh, taken_at, ended_at, "
         "ledger_version, sealed, ledger) VALUES (:call_id, NULLIF(:carrier, ''), :node, :epoch, 1, 0, "
      << now_ms << ", 0, 0, 0, '') ON CONFLICT DO NOTHING",
      soci::use(request.call_id), soci::use(request.carrier_call_id), soci::use(self->name),
      soci::use(wide(request.epoch));
  if (!request.carrier_call_id.empty()) {
    sql << "UPDATE leases SET carrier_call_id = :carrier WHERE call_id = :call_id AND node_epoch = :epoch "
           "AND carrier_call_id IS NULL "
           "AND NOT EXISTS (SELECT 1 FROM leases AS other WHERE other.carrier_call_id = :same)",
        soci::use(request.carrier_call_id), soci::use(request.call_id), soci::use(wide(request.epoch)),
        soci::use(request.carrier_call_id);
  }
  auto out = run(sql, find_lease{.call_id = {}, .carrier_call_id = request.carrier_call_id}, maker);
  if (out.empty()) out = run(sql, find_lease{.call_id = request.call_id, .carrier_call_id = {}}, maker);
  all.commit();
  return out;
}

std::vector<lease> run(soci::session& sql, take request, const row_maker& maker) {
  soci::transaction all(sql);
  if (auto self = hold(sql, request.epoch)) {
    sql << "UPDATE leases SET node = :name, node_epoch = :epoch, term = term + 1, fresh = 1, taken_at = "
        << now_ms << " WHERE call_id = :call_id AND node_epoch = :from AND term = :term AND ended_at = 0",
        soci::use(self->name), soci::use(wide(request.epoch)), soci::use(request.call_id),
        soci::use(wide(request.from)), soci::use(wide(request.term));
  }
  auto out = leases_of(sql, "WHERE call_id = :call_id", request.call_id, maker);
  all.commit();
  return out;
}

std::vector<lease> run(soci::session& sql, find_lease request, const row_maker& maker) {
  if (!request.call_id.empty()) {
    auto out = leases_of(sql, "WHERE call_id = :call_id", request.call_id, maker);
    if (!out.empty()) return out;
  }
  if (request.carrier_call_id.empty()) return {};
  return leases_of(sql, "WHERE carrier_call_id = :carrier", request.carrier_call_id, maker);
}

}  // namespace tandem
