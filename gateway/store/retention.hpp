#pragma once

#include "gateway/store/database.hpp"

#include <cstddef>
#include <cstdint>
#include <soci/soci.h>
#include <string>
#include <vector>

/// What is deleted from the store; everything throws what SOCI throws.
namespace tandem {

/// Deletes the calls of a caller. What somebody who is on the do-not-call list wished is kept, so that it
/// goes on to hold.
void forget(soci::session& sql, records::forget_row row);

/// The calls that `forget` deletes.
std::vector<std::string> calls_of(soci::session& sql, records::forget_row row);

/// See `database::tell_others`, `departures` and `heard_of`.
void tell_others(soci::session& sql, const std::vector<std::string>& call_ids, const std::string& node,
                 std::int64_t at);
std::vector<std::string> departures(soci::session& sql, const std::string& node);
void heard_of(soci::session& sql, const std::vector<std::string>& call_ids);

/// See `database::prune`.
std::size_t prune(soci::session& sql, database::kind what, std::int64_t cut);

/// The next calls that `prune` deletes.
std::vector<std::string> calls_before(soci::session& sql, std::int64_t cut);

}  // namespace tandem
