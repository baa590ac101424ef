#include "gateway/store/row_statements.hpp"

#include "protocols/records/row_members.hpp"

#include <algorithm>
#include <string_view>

namespace tandem {

namespace {

/// Where the rows of a kind are, and what tells one from the others.
template <class Row>
struct table;
template <>
struct table<records::call_row> {
  static constexpr std::string_view name = "calls", key = "id";
};
template <>
struct table<records::turn_row> {
  static constexpr std::string_view name = "turns", key = "call_id, n";
};
template <>
struct table<records::event_row> {
  static constexpr std::string_view name = "events", key = "call_id, n";
};
template <>
struct table<records::campaign_row> {
  static constexpr std::string_view name = "campaigns", key = "id";
};
template <>
struct table<records::entry_row> {
  static constexpr std::string_view name = "campaign_numbers", key = "campaign_id, n";
};
template <>
struct table<records::barred_row> {
  static constexpr std::string_view name = "do_not_call", key = "caller";
};
template <>
struct table<records::delivery_row> {
  static constexpr std::string_view name = "deliveries", key = "call_id, n";
};

/// Every column of a table, each written as `written` says.
template <class Row>
std::string columns(auto written) {
  std::string out;
  Row row;
  records::each_member(row, [&](std::string_view name, auto&) {
    if (!out.empty()) out += ", ";
    out += written(std::string(name));
  });
  return out;
}

template <class Row>
std::string column_names() {
  return columns<Row>([](const std::string& name) { return name; });
}

/// Writes a row, unless a newer revision of it is there.
template <class Row>
std::string upsert() {
  const std::string name(table<Row>::name);
  return "INSERT INTO " + name + " (" + column_names<Row>() + ") VALUES (" +
         columns<Row>([](const std::string& column) { return ":" + column; }) + ") ON CONFLICT (" +
         std::string(table<Row>::key) + ") DO UPDATE SET " +
         columns<Row>([](const std::string& column) { return column + " = excluded." + column; }) +
         " WHERE " + name + ".revision <= excluded.revision";
}

template <class Row>
std::string select() {
  return "SELECT " + column_names<Row>() + " FROM " + std::string(table<Row>::name) + " ";
}

// Each is one expression: what `use` returns refers to a temporary name.
void read_from(soci::statement& statement, std::string& text) { statement.exchange(soci::use(text)); }
void read_from(soci::statement& statement, std::int64_t& number) {
  statement.exchange(soci::use(wide(number)));
}
void write_to(soci::statement& statement, std::string& text) { statement.exchange(soci::into(text)); }
void write_to(soci::statement& statement, std::int64_t& number) {
  statement.exchange(soci::into(wide(number)));
}

}  // namespace

template <class Row>
std::vector<Row> rows_of(soci::session& sql, const std::string& which, bound_values values) {
  std::vector<Row> out;
  Row row;
  soci::statement statement(sql);
  records::each_member(row, [&](std::string_view, auto& member) { write_to(statement, member); });
  for (const auto& value : values) std::visit([&](auto* each) { read_from(statement, *each); }, value);
  statement.alloc();
  statement.prepare(select<Row>() + which);
  statement.define_and_bind();
  statement.execute(false);
  while (statement.fetch()) out.push_back(row);
  return out;
}

template <class Row>
row_writer<Row>::row_writer(soci::session& sql) : statement_(sql) {
  records::each_member(row_, [&](std::string_view, auto& member) { read_from(statement_, member); });
  statement_.alloc();
  statement_.prepare(upsert<Row>());
  statement_.define_and_bind();
}

template <class Row>
void row_writer<Row>::write(const Row& row) {
  row_ = row;
  statement_.execute(true);
}

std::size_t changed_by(soci::statement& statement) {
  statement.execute(true);
  return static_cast<std::size_t>(std::max(0LL, statement.get_affected_rows()));
}

template class row_writer<records::call_row>;
template class row_writer<records::turn_row>;
template class row_writer<records::event_row>;
template class row_writer<records::campaign_row>;
template class row_writer<records::entry_row>;
template class row_writer<records::barred_row>;
template class row_writer<records::delivery_row>;

template std::vector<records::call_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::turn_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::event_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::campaign_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::entry_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::barred_row> rows_of(soci::session&, const std::string&, bound_values);
template std::vector<records::delivery_row> rows_of(soci::session&, const std::string&, bound_values);

}  // namespace tandem
