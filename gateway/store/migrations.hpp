#pragma once

namespace tandem {

class sql_session;

/// Brings the schema up to date, whoever else does so at the same time. Throws what SOCI throws, and
/// `database_failure` when the schema is newer than this program.
void migrate(sql_session& in);

}  // namespace tandem
