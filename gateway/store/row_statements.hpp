#pragma once

#include "protocols/records/row.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <soci/soci.h>
#include <string>
#include <variant>
#include <vector>

namespace tandem {

// int64_t is `long`, and SOCI exchanges `long long`, of the same size.
static_assert(sizeof(std::int64_t) == sizeof(long long));
inline long long& wide(std::int64_t& number) { return reinterpret_cast<long long&>(number); }

/// A value that takes the place of a name in a statement.
using bound_value = std::variant<std::string*, std::int64_t*>;
using bound_values = std::initializer_list<bound_value>;

/// Every row that `which` (the end of the statement, from WHERE on) selects with these values, in the order
/// of their names.
template <class Row>
std::vector<Row> rows_of(soci::session& sql, const std::string& which, bound_values values = {});

/// Writes rows of a kind with one statement, which is prepared once; a newer revision of a row stays.
template <class Row>
class row_writer {
 public:
  explicit row_writer(soci::session& sql);
  row_writer(const row_writer&) = delete;

  void write(const Row& row);

 private:
  // The statement is bound to its members.
  Row row_;
  soci::statement statement_;
};

/// Executes a statement; how many rows it changed.
std::size_t changed_by(soci::statement& statement);

}  // namespace tandem
