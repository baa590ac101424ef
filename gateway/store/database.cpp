#include "gateway/store/database.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "gateway/store/migrations.hpp"
#include "protocols/records/row_members.hpp"

#include <chrono>
#include <fcntl.h>
#include <libpq-fe.h>
#include <optional>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

// Declared here, so that SQLite's own header is not needed.
namespace soci {
extern "C" backend_factory const* factory_sqlite3();
}

namespace tandem {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";
/// Rows that one step of retention deletes.
constexpr long long prune_step = 500;

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

// Any number, the same in every process that uses the database.
constexpr int version_table_lock = 0x74616e64;

// int64_t is `long`, and SOCI exchanges `long long`, of the same size.
static_assert(sizeof(std::int64_t) == sizeof(long long));
long long& wide(std::int64_t& number) { return reinterpret_cast<long long&>(number); }

// Each is one expression: what `use` returns refers to a temporary name.
void read_from(soci::statement& statement, std::string& text) { statement.exchange(soci::use(text)); }
void read_from(soci::statement& statement, std::int64_t& number) {
  statement.exchange(soci::use(wide(number)));
}
void write_to(soci::statement& statement, std::string& text) { statement.exchange(soci::into(text)); }
void write_to(soci::statement& statement, std::int64_t& number) {
  statement.exchange(soci::into(wide(number)));
}

/// Writes rows of a kind with one statement, which is prepared once.
template <class Row>
class row_writer {
 public:
  explicit row_writer(soci::session& sql) : statement_(sql) {
    records::each_member(row_, [&](std::string_view, auto& member) { read_from(statement_, member); });
    statement_.alloc();
    statement_.prepare(upsert<Row>());
    statement_.define_and_bind();
  }
  row_writer(const row_writer&) = delete;

  void write(const Row& row) {
    row_ = row;
    statement_.execute(true);
  }

 private:
  // The statement is bound to its members.
  Row row_;
  soci::statement statement_;
};

std::vector<std::string> ids_of(std::vector<records::call_row> calls) {
  std::vector<std::string> ids;
  for (auto& each : calls) ids.push_back(std::move(each.id));
  return ids;
}

/// Every row that `which` (the end of the statement, from WHERE on) selects with these values.
template <class Row, class... Values>
std::vector<Row> rows_of(soci::session& sql, const std::string& which, Values&... values) {
  std::vector<Row> out;
  Row row;
  soci::statement statement(sql);
  records::each_member(row, [&](std::string_view, auto& member) { write_to(statement, member); });
  (read_from(statement, values), ...);
  statement.alloc();
  statement.prepare(select<Row>() + which);
  statement.define_and_bind();
  statement.execute(false);
  while (statement.fetch()) out.push_back(row);
  return out;
}

/// What SOCI throws, as what this class throws.
template <class Work>
auto guarded(Work&& work) {
  try {
    return work();
  } catch (const database_failure&) {
    throw;
  } catch (const std::exception& failure) {
    std::string what = failure.what();
    // Its text goes on with the statement and its values, which no log must have.
    what.resize(std::min(what.find(" while "), what.size()));
    for (auto& c : what) c = c == '\n' ? ' ' : c;
    throw database_failure(without_password(what));
  }
}

std::string quoted_path(std::string_view path) {
  if (path.find('"') != std::string_view::npos) throw database_failure("a path cannot hold quotation marks");
  // What callers said is nobody's business; the files that SQLite puts beside it take its mode.
  const int file = open(std::string(path).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file >= 0) close(file);
  return "db=\"" + std::string(path) + "\" timeout=" + std::to_string(database::patience_seconds);
}

/// Has SQLite write ahead. It waits for others as long as it was told to, except with this one change when
/// another is about to write.
void write_ahead(soci::session& sql) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(database::patience_seconds);
  for (;;) {
    try {
      sql << "PRAGMA journal_mode = WAL";
      return;
    } catch (const soci::soci_error& failure) {
      const bool is_locked = failure.get_error_message().find("locked") != std::string::npos;
      if (!is_locked || std::chrono::steady_clock::now() >= deadline) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

std::string with_deadlines(std::string url) {
  const auto add = [&](std::string_view name, std::string_view value) {
    if (url.find(std::string(name) + "=") != std::string::npos) return;
    url.append(url.find('?') == std::string::npos ? "?" : "&").append(name).append("=").append(value);
  };
  add("connect_timeout", "5");
  add("tcp_user_timeout", "10000");
  add("application_name", "tandem");
  return url;
}

}  // namespace

class database::session {
 public:
  explicit session(const std::string& url) : is_sqlite_(url.starts_with(sqlite_scheme)) {
    if (is_sqlite_) {
      sql.open(*soci::factory_sqlite3(), quoted_path(std::string_view(url).substr(sqlite_scheme.size())));
      // A commit is on the disk when it returns, and readers do not wait for writers.
      write_ahead(sql);
      sql << "PRAGMA synchronous = FULL";
      // What is deleted is overwritten.
      sql << "PRAGMA secure_delete = ON";
    } else {
      sql.open(*soci::factory_postgresql(), with_deadlines(url));
      // What is there already is no news.
      sql << "SET client_min_messages = warning";
      sql << "SET statement_timeout = " << patience_seconds * 1000;
      // Its type cannot be asked for: the library does not export it.
      socket_ = PQsocket(static_cast<soci::postgresql_session_backend*>(sql.get_backend())->conn_);
    }
  }

  void prepare() {
    calls_.emplace(sql);
    turns_.emplace(sql);
    events_.emplace(sql);
    campaigns_.emplace(sql);
    entries_.emplace(sql);
    barred_.emplace(sql);
    deliveries_.emplace(sql);
  }
  bool is_prepared() const { return deliveries_.has_value(); }
  bool is_sqlite() const { return is_sqlite_; }

  void write(const records::call_row& row) { calls_->write(row); }
  void write(const records::turn_row& row) { turns_->write(row); }
  void write(const records::event_row& row) { events_->write(row); }
  void write(const records::campaign_row& row) { campaigns_->write(row); }
  void write(const records::entry_row& row) { entries_->write(row); }
  void write(records::barred_row row) {
    if (row.barred != 0) return barred_->write(row);
    sql << "DELETE FROM do_not_call WHERE caller = :caller AND revision <= :revision", soci::use(row.caller),
        soci::use(wide(row.revision));
  }
  void write(records::delivery_row row) {
    if (row.waits != 0) return deliveries_->write(row);
    sql << "DELETE FROM deliveries WHERE call_id = :call_id AND n = :n AND revision <= :revision",
        soci::use(row.call_id), soci::use(wide(row.n)), soci::use(wide(row.revision));
  }
  /// What somebody who is on the do-not-call list wished is kept, so that it goes on to hold.
  void write(records::forget_row row) {
    constexpr std::string_view calls_of =
        "(SELECT id FROM calls WHERE caller = :caller AND revision <= :revision)";
    for (const auto* table : {"turns", "events", "deliveries"}) {
      sql << "DELETE FROM " << table << " WHERE call_id IN " << calls_of, soci::use(row.caller),
          soci::use(wide(row.revision));
    }
    sql << "DELETE FROM calls WHERE caller = :caller AND revision <= :revision", soci::use(row.caller),
        soci::use(wide(row.revision));
    sql << "UPDATE campaign_numbers SET number = '', caller = '', metadata = '' "
           "WHERE caller = :caller AND revision <= :revision AND state <> 'pending' AND state <> 'calling'",
        soci::use(row.caller), soci::use(wide(row.revision));
  }

  std::size_t changed(soci::statement& statement) {
    statement.execute(true);
    return static_cast<std::size_t>(std::max(0LL, statement.get_affected_rows()));
  }

  /// Makes the table on whose row those who migrate wait for each other. PostgreSQL lets two at once find
  /// that there is none, and then fails one of them.
  void make_version_table() {
    std::optional<soci::transaction> alone;
    if (!is_sqlite_) {
      alone.emplace(sql);
      sql << "SELECT pg_advisory_xact_lock(" << version_table_lock << ")";
    }
    sql << "CREATE TABLE IF NOT EXISTS schema_version (id INTEGER NOT NULL PRIMARY KEY, version INTEGER NOT "
           "NULL)";
    sql << "INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING";
    if (alone) alone->commit();
  }

  void interrupt() const {
    if (socket_ >= 0) shutdown(socket_, SHUT_RDWR);
  }

  soci::session sql;

 private:
  std::optional<row_writer<records::call_row>> calls_;
  std::optional<row_writer<records::turn_row>> turns_;
  std::optional<row_writer<records::event_row>> events_;
  std::optional<row_writer<records::campaign_row>> campaigns_;
  std::optional<row_writer<records::entry_row>> entries_;
  std::optional<row_writer<records::barred_row>> barred_;
  std::optional<row_writer<records::delivery_row>> deliveries_;
  bool is_sqlite_;
  int socket_ = -1;
};

database::database(const std::string& url) {
  guarded([&] { session_ = std::make_unique<session>(url); });
}

database::~database() = default;

void database::interrupt() { session_->interrupt(); }

int database::newest_version() { return static_cast<int>(migrations().size()); }

void database::migrate() {
  auto& sql = session_->sql;
  guarded([&] {
    session_->make_version_table();
    soci::transaction change(sql);
    // Whoever else migrates waits here.
    sql << "UPDATE schema_version SET version = version WHERE id = 1";
    int version = 0;
    sql << "SELECT version FROM schema_version WHERE id = 1", soci::into(version);
    if (version > newest_version()) {
      throw database_failure("its schema has version " + std::to_string(version) +
                             ", and this program knows " + std::to_string(newest_version()));
    }
    for (const auto& step : migrations().subspan(static_cast<std::size_t>(version))) {
      for (const auto statement : step) sql << statement;
    }
    version = newest_version();
    sql << "UPDATE schema_version SET version = :version WHERE id = 1", soci::use(version);
    change.commit();
  });
}

void database::write(std::span<const records::row> rows) {
  guarded([&] {
    if (!session_->is_prepared()) session_->prepare();
    soci::transaction all(session_->sql);
    for (const auto& each : rows) std::visit([&](const auto& row) { session_->write(row); }, each);
    all.commit();
  });
}

bool database::works() {
  try {
    soci::transaction change(session_->sql);
    session_->sql << "UPDATE schema_version SET version = version WHERE id = 1";
    change.commit();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

std::vector<records::call_row> database::list(std::string_view state, std::size_t limit, std::int64_t before,
                                              const std::set<std::string, std::less<>>& skip) {
  std::string wanted(state);
  std::int64_t from = before > 0 ? before : INT64_MAX;
  auto most = static_cast<std::int64_t>(limit);
  const auto page_of = [&] {
    constexpr const char* order = " ORDER BY place DESC LIMIT :most";
    auto& sql = session_->sql;
    if (wanted.empty())
      return rows_of<records::call_row>(sql, std::string("WHERE place < :before") + order, from, most);
    return rows_of<records::call_row>(sql, std::string("WHERE place < :before AND state = :state") + order,
                                      from, wanted, most);
  };
  return guarded([&] {
    std::vector<records::call_row> out;
    while (out.size() < limit) {
      auto page = page_of();
      const bool last = page.size() < limit;
      if (!page.empty()) from = page.back().place;
      for (auto& row : page) {
        if (out.size() < limit && !skip.contains(row.id)) out.push_back(std::move(row));
      }
      if (last) break;
    }
    return out;
  });
}

std::vector<records::call_row> database::find(std::string id) {
  return guarded([&] { return rows_of<records::call_row>(session_->sql, "WHERE id = :id", id); });
}

std::vector<std::string> database::calls_of(const records::forget_row& row) {
  auto caller = row.caller;
  auto revision = row.revision;
  return guarded([&] {
    return ids_of(rows_of<records::call_row>(
        session_->sql, "WHERE caller = :caller AND revision <= :revision", caller, revision));
  });
}

std::vector<std::string> database::calls_before(std::int64_t cut) {
  auto most = static_cast<std::int64_t>(prune_step);
  return guarded([&] {
    return ids_of(rows_of<records::call_row>(
        session_->sql, "WHERE ended_at > 0 AND ended_at < :cut ORDER BY ended_at, id LIMIT :most", cut,
        most));
  });
}

std::vector<records::turn_row> database::turns(std::string call_id) {
  return guarded(
      [&] { return rows_of<records::turn_row>(session_->sql, "WHERE call_id = :id ORDER BY n", call_id); });
}

std::vector<records::event_row> database::events(std::string call_id) {
  return guarded(
      [&] { return rows_of<records::event_row>(session_->sql, "WHERE call_id = :id ORDER BY n", call_id); });
}

std::vector<records::campaign_row> database::campaign(std::string id) {
  return guarded([&] { return rows_of<records::campaign_row>(session_->sql, "WHERE id = :id", id); });
}

std::vector<records::campaign_row> database::open_campaigns(std::string node) {
  return guarded([&] {
    auto& sql = session_->sql;
    // Nobody else has this file, whatever the host was called when they began.
    if (session_->is_sqlite()) return rows_of<records::campaign_row>(sql, "WHERE closed = 0 ORDER BY place");
    return rows_of<records::campaign_row>(sql, "WHERE node = :node AND closed = 0 ORDER BY place", node);
  });
}

std::vector<records::campaign_row> database::campaigns(std::size_t limit, std::int64_t before) {
  std::int64_t from = before > 0 ? before : INT64_MAX;
  auto most = static_cast<std::int64_t>(limit);
  return guarded([&] {
    return rows_of<records::campaign_row>(
        session_->sql, "WHERE place < :before ORDER BY place DESC LIMIT :most", from, most);
  });
}

std::vector<records::entry_row> database::entries(std::string campaign_id, std::string state,
                                                  std::size_t limit, std::int64_t after) {
  auto most = static_cast<std::int64_t>(limit);
  const std::string which = "WHERE campaign_id = :id AND n > :after ";
  const std::string order = "ORDER BY n LIMIT :most";
  return guarded([&] {
    auto& sql = session_->sql;
    if (state.empty()) return rows_of<records::entry_row>(sql, which + order, campaign_id, after, most);
    return rows_of<records::entry_row>(sql, which + "AND state = :state " + order, campaign_id, after, state,
                                       most);
  });
}

std::vector<records::barred_row> database::barred(std::size_t limit) {
  auto most = static_cast<std::int64_t>(limit);
  return guarded([&] {
    return rows_of<records::barred_row>(session_->sql, "ORDER BY since, caller LIMIT :most", most);
  });
}

std::vector<records::delivery_row> database::deliveries(std::string node, std::size_t limit) {
  auto most = static_cast<std::int64_t>(limit);
  const std::string order = "ORDER BY at, n LIMIT :most";
  return guarded([&] {
    auto& sql = session_->sql;
    // As with campaigns: nobody else has this file.
    if (session_->is_sqlite()) return rows_of<records::delivery_row>(sql, order, most);
    return rows_of<records::delivery_row>(sql, "WHERE node = :node " + order, node, most);
  });
}

std::size_t database::end_abandoned(const std::string& node, std::int64_t revision,
                                    const records::price_table& prices) {
  return guarded([&] {
    const std::string reason(end_reason::internal_error);
    const double millionths_per_ms = prices.carrier_minute * 1e6 / 60'000;
    const std::string end =
        "COALESCE((SELECT MAX(turns.ended_at) FROM turns WHERE turns.call_id = calls.id), "
        "CASE WHEN answered_at > 0 THEN answered_at ELSE started_at END)";
    const auto text =
        "UPDATE calls SET state = 'ended', end_reason = :reason, revision = :new_revision, ended_at = " +
        end + ", cost_carrier = CASE WHEN currency <> '' AND currency = :currency AND answered_at > 0 AND " +
        end + " > answered_at THEN CAST(ROUND((" + end +
        " - answered_at) * CAST(:price AS DOUBLE PRECISION)) AS BIGINT) ELSE 0 END "
        "WHERE node = :node AND state <> 'ended' AND revision < :revision";
    soci::statement change = (session_->sql.prepare << text, soci::use(reason), soci::use(wide(revision)),
                              soci::use(prices.currency), soci::use(millionths_per_ms), soci::use(node),
                              soci::use(wide(revision)));
    return session_->changed(change);
  });
}

std::size_t database::prune(kind what, std::int64_t cut) {
  return guarded([&] {
    const auto step = prune_step;
    const auto run = [&](const std::string& text) {
      soci::statement change = (session_->sql.prepare << text, soci::use(wide(cut)), soci::use(step));
      return session_->changed(change);
    };
    switch (what) {
      case kind::transcripts:
        return run(
            "DELETE FROM turns WHERE (call_id, n) IN (SELECT call_id, n FROM turns WHERE ended_at < :cut "
            "LIMIT :step)");
      case kind::events:
        return run(
            "DELETE FROM events WHERE (call_id, n) IN (SELECT call_id, n FROM events WHERE at < :cut "
            "LIMIT :step)");
      case kind::deliveries:
        return run(
            "DELETE FROM deliveries WHERE (call_id, n) IN (SELECT call_id, n FROM deliveries WHERE at < :cut "
            "LIMIT :step)");
      case kind::calls:
      case kind::campaigns:
        break;
    }
    soci::transaction all(session_->sql);
    const auto old = [](const std::string& table) {
      return "(SELECT id FROM " + table +
             " WHERE ended_at > 0 AND ended_at < :cut ORDER BY ended_at, id LIMIT :step)";
    };
    std::size_t gone = 0;
    if (what == kind::campaigns) {
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
  });
}

}  // namespace tandem
