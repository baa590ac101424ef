#pragma once

#include "protocols/records/prices.hpp"
#include "protocols/records/row.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace soci {
class session;
}  // namespace soci

namespace tandem {

/// What a database refused or could not do; no password is in it.
class database_failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One connection to the store: blocking, for one thread at a time. Everything throws `database_failure`. A
/// statement ends within `patience_seconds` if the server lives.
class database {
 public:
  static constexpr int patience_seconds = 5;

  /// Connects to `sqlite:FILE` (made when it is not there) or `postgresql://…`.
  explicit database(const std::string& url);
  ~database();
  database(const database&) = delete;

  /// Cuts the connection, so that a call which waits on it ends with a failure; from any thread. Nothing with
  /// SQLite, which waits for nobody but the disk.
  void interrupt();

  /// Brings the schema up to date, whoever else does so at the same time.
  void migrate();

  /// Writes all rows in one transaction, in order.
  void write(std::span<const records::row> rows);

  /// Whether it takes writes at all.
  bool works();

  /// Calls before `before` (a call's place; 0 = from the newest), newest first, in a state (empty = any),
  /// without those of `skip`.
  std::vector<records::call_row> list(std::string_view state, std::size_t limit, std::int64_t before,
                                      const std::set<std::string, std::less<>>& skip);

  /// The call with this id, if there is one.
  std::vector<records::call_row> find(std::string id);

  /// The calls that writing this row deletes, and the next ones that `prune` does.
  std::vector<std::string> calls_of(const records::forget_row& row);
  std::vector<std::string> calls_before(std::int64_t cut);

  /// A call's turns and events, in order.
  std::vector<records::turn_row> turns(std::string call_id);
  std::vector<records::event_row> events(std::string call_id);

  /// The campaign with this id, if there is one.
  std::vector<records::campaign_row> campaign(std::string id);

  /// The campaigns of a node that are not closed, oldest first; with SQLite those of any.
  std::vector<records::campaign_row> open_campaigns(std::string node);

  /// Campaigns before `before` (as with calls), newest first.
  std::vector<records::campaign_row> campaigns(std::size_t limit, std::int64_t before);

  /// Numbers of a campaign behind the place `after`, in a state (empty = any), in order.
  std::vector<records::entry_row> entries(std::string campaign_id, std::string state, std::size_t limit,
                                          std::int64_t after);

  /// What is on the do-not-call list, the oldest first.
  std::vector<records::barred_row> barred(std::size_t limit, wall_time since);

  /// What a node has to post, the oldest first; with SQLite what any has.
  std::vector<records::delivery_row> deliveries(std::string node, std::size_t limit);

  /// Ends the calls of a node that no process of it carries any more: those last written before `revision`.
  /// What is known of them reaches to their last turn, and so does what their line costs. How many.
  std::size_t end_abandoned(const std::string& node, std::int64_t revision,
                            const records::price_table& prices);

  /// Leaves word for those nodes but `node` that carry some of these calls: they are about to be deleted.
  /// With SQLite there are no others.
  void tell_others(const std::vector<std::string>& call_ids, const std::string& node, std::int64_t at);

  /// Deleted calls of a node, of which it has not heard; and that it has.
  std::vector<std::string> departures(const std::string& node);
  void heard_of(const std::vector<std::string>& call_ids);

  /// Does something else with the connection.
  void run(const std::function<void(soci::session&)>& work);

  enum class kind : std::uint8_t { calls, transcripts, events, campaigns, deliveries, departures };

  /// Deletes what ended before `cut` (milliseconds since 1970), at most a few hundred rows; how many.
  std::size_t prune(kind what, std::int64_t cut);

 private:
  class session;
  std::unique_ptr<session> session_;
};

}  // namespace tandem
