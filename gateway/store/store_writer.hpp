#pragma once

#include "gateway/store/change_queue.hpp"
#include "gateway/store/journal_file.hpp"
#include "gateway/store/row_maker.hpp"
#include "gateway/store/sql_store.hpp"
#include "gateway/store/store_connection.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace tandem {

/// Whether the database can be read, as the writer finds it.
enum class store_state : std::uint8_t { unknown, up, down };

/// The store's writing thread: group commits, or the journal and then its replay, and what is deleted with
/// age.
class store_writer {
 public:
  store_writer(const store_settings& how, const row_maker& maker, change_queue& queue, watchdog& guard,
               metrics& measure, const store_listeners& listeners);
  /// The queue must be closed: writes what is left in it.
  ~store_writer();
  store_writer(const store_writer&) = delete;

  /// Waits until it is known whether the database can be read, `deadline` at most.
  bool can_read(std::chrono::steady_clock::time_point deadline) const;

  /// Whether the journal is an earlier process', which has ended then.
  bool inherits_journal() const { return journal_.why_not().empty() && journal_.was_there(); }

 private:
  using clock = std::chrono::steady_clock;

  void run();
  void connect();
  void disconnect(const std::string& why);
  void keep(std::vector<waiting_change> changes);
  bool commit(const std::vector<records::row>& rows);
  void clear_the_way(database& base, const std::vector<records::row>& rows);
  void write_each(database& base, const std::vector<records::row>& rows);
  void replay();
  void tidy();
  void prune();
  void hear_of_departures();
  void leave();
  void tell_saved(const std::vector<records::row>& rows);
  void show();
  void set_state(store_state to);
  /// Lets the database work; what it throws ends the connection.
  template <class Work>
  bool with_base(Work work);
  clock::time_point next_duty() const;

  const store_settings& how_;
  const row_maker& maker_;
  change_queue& queue_;
  watchdog& guard_;
  metrics& measure_;
  const store_listeners& listeners_;
  journal_file journal_;
  std::unique_ptr<store_connection> base_;
  /// What another process of this node left open is ended once, when its records are all there.
  bool tidied_ = false;
  /// Neither database nor journal took the last ones: they wait in the queue.
  bool held_ = false;
  bool healthy_ = true;
  /// Which rows of the last commit cannot be written, whoever tries.
  std::set<std::size_t> refused_;
  std::chrono::milliseconds back_off_;
  clock::time_point next_try_;
  clock::time_point next_prune_;
  clock::time_point next_look_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  store_state state_ = store_state::unknown;
  std::thread thread_;
};

}  // namespace tandem
