#pragma once

#include "protocols/cluster/lease.hpp"

#include <soci/soci.h>
#include <vector>

/// The requests of `lease_store` as transactions of PostgreSQL; everything throws what SOCI throws. Requests
/// that were interrupted may be made again.
namespace tandem {

class row_maker;

leases::standing run(soci::session& sql, leases::join request);
leases::standing run(soci::session& sql, leases::renew request);
bool run(soci::session& sql, leases::fence request);
bool run(soci::session& sql, leases::leave request);
bool run(soci::session& sql, leases::release request);
bool run(soci::session& sql, leases::keep_ledger request, const row_maker& maker);
leases::adoption run(soci::session& sql, leases::adopt request, const row_maker& maker);
std::vector<leases::lease> run(soci::session& sql, leases::claim request, const row_maker& maker);
std::vector<leases::lease> run(soci::session& sql, leases::take request, const row_maker& maker);
std::vector<leases::lease> run(soci::session& sql, leases::find_lease request, const row_maker& maker);

}  // namespace tandem
