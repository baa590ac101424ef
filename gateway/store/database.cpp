#include "gateway/store/database.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "gateway/store/migrations.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <optional>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>
#include <sys/socket.h>
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

constexpr const char* upsert_call =
    "INSERT INTO calls (id, place, revision, sealed, node, carrier_call_id, direction, from_number, "
    "to_number, "
    "caller, state, started_at, answered_at, ended_at, end_reason, agent, metadata, stt_ms, tts_characters, "
    "llm_input_tokens, llm_output_tokens, currency, cost_carrier, cost_stt, cost_tts, cost_llm) "
    "VALUES (:id, :place, :revision, :sealed, :node, :carrier_call_id, :direction, :from_number, :to_number, "
    ":caller, :state, :started_at, :answered_at, :ended_at, :end_reason, :agent, :metadata, :stt_ms, "
    ":tts_characters, :llm_input_tokens, :llm_output_tokens, :currency, :cost_carrier, :cost_stt, :cost_tts, "
    ":cost_llm) "
    "ON CONFLICT (id) DO UPDATE SET place = excluded.place, revision = excluded.revision, "
    "sealed = excluded.sealed, node = excluded.node, carrier_call_id = excluded.carrier_call_id, "
    "direction = excluded.direction, from_number = excluded.from_number, to_number = excluded.to_number, "
    "caller = excluded.caller, state = excluded.state, started_at = excluded.started_at, "
    "answered_at = excluded.answered_at, ended_at = excluded.ended_at, end_reason = excluded.end_reason, "
    "agent = excluded.agent, metadata = excluded.metadata, stt_ms = excluded.stt_ms, "
    "tts_characters = excluded.tts_characters, llm_input_tokens = excluded.llm_input_tokens, "
    "llm_output_tokens = excluded.llm_output_tokens, currency = excluded.currency, "
    "cost_carrier = excluded.cost_carrier, cost_stt = excluded.cost_stt, cost_tts = excluded.cost_tts, "
    "cost_llm = excluded.cost_llm "
    "WHERE calls.revision <= excluded.revision";

constexpr const char* call_columns =
    "SELECT id, place, revision, sealed, node, carrier_call_id, direction, from_number, to_number, caller, "
    "state, started_at, answered_at, ended_at, end_reason, agent, metadata, stt_ms, tts_characters, "
    "llm_input_tokens, llm_output_tokens, currency, cost_carrier, cost_stt, cost_tts, cost_llm FROM calls ";

constexpr const char* upsert_turn =
    "INSERT INTO turns (call_id, n, revision, sealed, role, text, heard_text, interrupted, started_at, "
    "ended_at, "
    "latency_ms) VALUES (:call_id, :n, :revision, :sealed, :role, :text, :heard_text, :interrupted, "
    ":started_at, :ended_at, :latency_ms) "
    "ON CONFLICT (call_id, n) DO UPDATE SET revision = excluded.revision, sealed = excluded.sealed, "
    "role = excluded.role, text = excluded.text, heard_text = excluded.heard_text, "
    "interrupted = excluded.interrupted, started_at = excluded.started_at, ended_at = excluded.ended_at, "
    "latency_ms = excluded.latency_ms WHERE turns.revision <= excluded.revision";

constexpr const char* upsert_event =
    "INSERT INTO events (call_id, n, revision, sealed, at, name, data) "
    "VALUES (:call_id, :n, :revision, :sealed, :at, :name, :data) "
    "ON CONFLICT (call_id, n) DO UPDATE SET revision = excluded.revision, sealed = excluded.sealed, "
    "at = excluded.at, name = excluded.name, data = excluded.data WHERE events.revision <= excluded.revision";

// Any number, the same in every process that uses the database.
constexpr int version_table_lock = 0x74616e64;

// int64_t is `long`, and SOCI exchanges `long long`, of the same size.
static_assert(sizeof(std::int64_t) == sizeof(long long));
long long& wide(std::int64_t& number) { return reinterpret_cast<long long&>(number); }

/// A row with the statement that writes it; the statement is prepared once and reads the row at each
/// execution.
template <class Row>
struct prepared {
  prepared(soci::session& sql, const char* text) : statement(sql), text_(text) {}

  template <class... Members>
  void bind(Members&... members) {
    (exchange(members), ...);
    statement.alloc();
    statement.prepare(text_);
    statement.define_and_bind();
  }

  void run(const Row& values) {
    row = values;
    statement.execute(true);
  }

  Row row;
  soci::statement statement;

 private:
  void exchange(std::string& text) { statement.exchange(soci::use(text)); }
  void exchange(std::int64_t& number) { statement.exchange(soci::use(wide(number))); }

  const char* text_;
};

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
      sql << "PRAGMA journal_mode = WAL";
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
    auto& c = calls.emplace(sql, upsert_call).row;
    calls->bind(c.id, c.place, c.revision, c.sealed, c.node, c.carrier_call_id, c.direction, c.from_number,
                c.to_number, c.caller, c.state, c.started_at, c.answered_at, c.ended_at, c.end_reason,
                c.agent, c.metadata, c.stt_ms, c.tts_characters, c.llm_input_tokens, c.llm_output_tokens,
                c.currency, c.cost_carrier, c.cost_stt, c.cost_tts, c.cost_llm);
    auto& t = turns.emplace(sql, upsert_turn).row;
    turns->bind(t.call_id, t.n, t.revision, t.sealed, t.role, t.text, t.heard_text, t.interrupted,
                t.started_at, t.ended_at, t.latency_ms);
    auto& e = events.emplace(sql, upsert_event).row;
    events->bind(e.call_id, e.n, e.revision, e.sealed, e.at, e.name, e.data);
  }

  void write(const records::call_row& row) { calls->run(row); }
  void write(const records::turn_row& row) { turns->run(row); }
  void write(const records::event_row& row) { events->run(row); }
  void write(records::forget_row row) {
    constexpr std::string_view calls_of =
        "(SELECT id FROM calls WHERE caller = :caller AND revision <= :revision)";
    for (const auto* table : {"turns", "events"}) {
      sql << "DELETE FROM " << table << " WHERE call_id IN " << calls_of, soci::use(row.caller),
          soci::use(wide(row.revision));
    }
    sql << "DELETE FROM calls WHERE caller = :caller AND revision <= :revision", soci::use(row.caller),
        soci::use(wide(row.revision));
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
  std::optional<prepared<records::call_row>> calls;
  std::optional<prepared<records::turn_row>> turns;
  std::optional<prepared<records::event_row>> events;

 private:
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
    if (!session_->events) session_->prepare();
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

namespace {

/// Reads every row of a statement that was built with `<<` and uses.
template <class Row, class Bind>
std::vector<Row> rows_of(soci::session& sql, const std::string& text, Bind&& bind) {
  std::vector<Row> out;
  Row row;
  soci::statement statement(sql);
  const auto into = [&](auto& member) {
    if constexpr (std::is_same_v<decltype(member), std::string&>) {
      statement.exchange(soci::into(member));
    } else {
      statement.exchange(soci::into(wide(member)));
    }
  };
  bind(statement, row, into);
  statement.alloc();
  statement.prepare(text);
  statement.define_and_bind();
  statement.execute(false);
  while (statement.fetch()) out.push_back(row);
  return out;
}

void into_call(records::call_row& c, const auto& into) {
  const auto all = [&](auto&... members) { (into(members), ...); };
  all(c.id, c.place, c.revision, c.sealed, c.node, c.carrier_call_id, c.direction, c.from_number, c.to_number,
      c.caller, c.state, c.started_at, c.answered_at, c.ended_at, c.end_reason, c.agent, c.metadata, c.stt_ms,
      c.tts_characters, c.llm_input_tokens, c.llm_output_tokens, c.currency, c.cost_carrier, c.cost_stt,
      c.cost_tts, c.cost_llm);
}

}  // namespace

std::vector<records::call_row> database::list(std::string_view state, std::size_t limit, std::int64_t before,
                                              const std::set<std::string, std::less<>>& skip) {
  std::string text = std::string(call_columns) + "WHERE place < :before";
  if (!state.empty()) text += " AND state = :state";
  text += " ORDER BY place DESC LIMIT :most";
  std::string wanted(state);
  long long from = before > 0 ? before : INT64_MAX;
  long long most = static_cast<long long>(limit);
  return guarded([&] {
    std::vector<records::call_row> out;
    while (out.size() < limit) {
      auto page = rows_of<records::call_row>(
          session_->sql, text, [&](soci::statement& statement, records::call_row& row, const auto& into) {
            into_call(row, into);
            statement.exchange(soci::use(from));
            if (!wanted.empty()) statement.exchange(soci::use(wanted));
            statement.exchange(soci::use(most));
          });
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

std::vector<records::call_row> database::find(const std::string& id) {
  return guarded([&] {
    return rows_of<records::call_row>(
        session_->sql, std::string(call_columns) + "WHERE id = :id",
        [&](soci::statement& statement, records::call_row& row, const auto& into) {
          into_call(row, into);
          statement.exchange(soci::use(id));
        });
  });
}

std::vector<records::turn_row> database::turns(const std::string& call_id) {
  return guarded([&] {
    return rows_of<records::turn_row>(
        session_->sql,
        "SELECT call_id, n, revision, sealed, role, text, heard_text, interrupted, started_at, ended_at, "
        "latency_ms FROM turns WHERE call_id = :id ORDER BY n",
        [&](soci::statement& statement, records::turn_row& t, const auto& into) {
          const auto all = [&](auto&... members) { (into(members), ...); };
          all(t.call_id, t.n, t.revision, t.sealed, t.role, t.text, t.heard_text, t.interrupted, t.started_at,
              t.ended_at, t.latency_ms);
          statement.exchange(soci::use(call_id));
        });
  });
}

std::vector<records::event_row> database::events(const std::string& call_id) {
  return guarded([&] {
    return rows_of<records::event_row>(
        session_->sql,
        "SELECT call_id, n, revision, sealed, at, name, data FROM events WHERE call_id = :id ORDER BY n",
        [&](soci::statement& statement, records::event_row& e, const auto& into) {
          const auto all = [&](auto&... members) { (into(members), ...); };
          all(e.call_id, e.n, e.revision, e.sealed, e.at, e.name, e.data);
          statement.exchange(soci::use(call_id));
        });
  });
}

std::size_t database::end_abandoned(const std::string& node, std::int64_t revision) {
  return guarded([&] {
    const std::string reason(end_reason::internal_error);
    soci::statement change =
        (session_->sql.prepare
             << "UPDATE calls SET state = 'ended', end_reason = :reason, revision = :new_revision, "
                "ended_at = COALESCE((SELECT MAX(turns.ended_at) FROM turns WHERE turns.call_id = calls.id), "
                "CASE WHEN answered_at > 0 THEN answered_at ELSE started_at END) "
                "WHERE node = :node AND state <> 'ended' AND revision < :revision",
         soci::use(reason), soci::use(wide(revision)), soci::use(node), soci::use(wide(revision)));
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
      case kind::calls:
        break;
    }
    soci::transaction all(session_->sql);
    const std::string old =
        "(SELECT id FROM calls WHERE ended_at > 0 AND ended_at < :cut ORDER BY ended_at, id LIMIT :step)";
    run("DELETE FROM turns WHERE call_id IN " + old);
    run("DELETE FROM events WHERE call_id IN " + old);
    const auto gone = run("DELETE FROM calls WHERE id IN " + old);
    all.commit();
    return gone;
  });
}

}  // namespace tandem
