#include "gateway/store/database.hpp"

#include "gateway/settings/settings_forms.hpp"
#include "gateway/store/migrations.hpp"
#include "gateway/store/retention.hpp"
#include "gateway/store/row_statements.hpp"
#include "gateway/store/sql_session.hpp"

#include <algorithm>
#include <optional>
#include <soci/soci.h>

namespace tandem {

namespace {

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

}  // namespace

class database::session : public sql_session {
 public:
  using sql_session::sql_session;

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
  void write(const records::forget_row& row) { forget(sql, row); }

 private:
  std::optional<row_writer<records::call_row>> calls_;
  std::optional<row_writer<records::turn_row>> turns_;
  std::optional<row_writer<records::event_row>> events_;
  std::optional<row_writer<records::campaign_row>> campaigns_;
  std::optional<row_writer<records::entry_row>> entries_;
  std::optional<row_writer<records::barred_row>> barred_;
  std::optional<row_writer<records::delivery_row>> deliveries_;
};

database::database(const std::string& url) {
  guarded([&] { session_ = std::make_unique<session>(url); });
}

database::~database() = default;

void database::interrupt() { session_->interrupt(); }

void database::migrate() {
  guarded([&] { tandem::migrate(*session_); });
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
      return rows_of<records::call_row>(sql, std::string("WHERE place < :before") + order, {&from, &most});
    return rows_of<records::call_row>(sql, std::string("WHERE place < :before AND state = :state") + order,
                                      {&from, &wanted, &most});
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
  return guarded([&] { return rows_of<records::call_row>(session_->sql, "WHERE id = :id", {&id}); });
}

std::vector<std::string> database::calls_of(const records::forget_row& row) {
  return guarded([&] { return tandem::calls_of(session_->sql, row); });
}

std::vector<std::string> database::calls_before(std::int64_t cut) {
  return guarded([&] { return tandem::calls_before(session_->sql, cut); });
}

std::vector<records::turn_row> database::turns(std::string call_id) {
  return guarded([&] {
    return rows_of<records::turn_row>(session_->sql, "WHERE call_id = :id ORDER BY n", {&call_id});
  });
}

std::vector<records::event_row> database::events(std::string call_id) {
  return guarded([&] {
    return rows_of<records::event_row>(session_->sql, "WHERE call_id = :id ORDER BY n", {&call_id});
  });
}

std::vector<records::campaign_row> database::campaign(std::string id) {
  return guarded([&] { return rows_of<records::campaign_row>(session_->sql, "WHERE id = :id", {&id}); });
}

std::vector<records::campaign_row> database::open_campaigns(std::string node) {
  return guarded([&] {
    auto& sql = session_->sql;
    // Nobody else has this file, whatever the host was called when they began.
    if (session_->is_sqlite()) return rows_of<records::campaign_row>(sql, "WHERE closed = 0 ORDER BY place");
    return rows_of<records::campaign_row>(sql, "WHERE node = :node AND closed = 0 ORDER BY place", {&node});
  });
}

std::vector<records::campaign_row> database::campaigns(std::size_t limit, std::int64_t before) {
  std::int64_t from = before > 0 ? before : INT64_MAX;
  auto most = static_cast<std::int64_t>(limit);
  return guarded([&] {
    return rows_of<records::campaign_row>(
        session_->sql, "WHERE place < :before ORDER BY place DESC LIMIT :most", {&from, &most});
  });
}

std::vector<records::entry_row> database::entries(std::string campaign_id, std::string state,
                                                  std::size_t limit, std::int64_t after) {
  auto most = static_cast<std::int64_t>(limit);
  const std::string which = "WHERE campaign_id = :id AND n > :after ";
  const std::string order = "ORDER BY n LIMIT :most";
  return guarded([&] {
    auto& sql = session_->sql;
    if (state.empty()) return rows_of<records::entry_row>(sql, which + order, {&campaign_id, &after, &most});
    return rows_of<records::entry_row>(sql, which + "AND state = :state " + order,
                                       {&campaign_id, &after, &state, &most});
  });
}

std::vector<records::barred_row> database::barred(std::size_t limit, wall_time since) {
  auto most = static_cast<std::int64_t>(limit);
  auto from = static_cast<std::int64_t>(since.time_since_epoch().count());
  return guarded([&] {
    return rows_of<records::barred_row>(
        session_->sql, "WHERE since >= :since ORDER BY since, caller LIMIT :most", {&from, &most});
  });
}

std::vector<records::delivery_row> database::deliveries(std::string node, std::size_t limit) {
  auto most = static_cast<std::int64_t>(limit);
  const std::string order = "ORDER BY at, n LIMIT :most";
  return guarded([&] {
    auto& sql = session_->sql;
    // As with campaigns: nobody else has this file.
    if (session_->is_sqlite()) return rows_of<records::delivery_row>(sql, order, {&most});
    return rows_of<records::delivery_row>(sql, "WHERE node = :node " + order, {&node, &most});
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
    return changed_by(change);
  });
}

void database::tell_others(const std::vector<std::string>& call_ids, const std::string& node,
                           std::int64_t at) {
  if (session_->is_sqlite() || call_ids.empty()) return;
  guarded([&] { tandem::tell_others(session_->sql, call_ids, node, at); });
}

std::vector<std::string> database::departures(const std::string& node) {
  return guarded([&] { return tandem::departures(session_->sql, node); });
}

void database::heard_of(const std::vector<std::string>& call_ids) {
  guarded([&] { tandem::heard_of(session_->sql, call_ids); });
}

void database::run(const std::function<void(soci::session&)>& work) {
  guarded([&] { work(session_->sql); });
}

std::size_t database::prune(kind what, std::int64_t cut) {
  return guarded([&] { return tandem::prune(session_->sql, what, cut); });
}

}  // namespace tandem
