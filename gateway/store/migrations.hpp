#pragma once

#include <span>
#include <string_view>

namespace tandem {

/// The statements that lead from one version of the schema to the next, as SQLite and PostgreSQL both take
/// them. A version that was released is never changed: what is new comes as another one at the end.
using migration = std::span<const std::string_view>;

/// Every version, from 1.
std::span<const migration> migrations();

}  // namespace tandem
