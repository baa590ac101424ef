#pragma once

#include "gateway/store/database.hpp"
#include "gateway/store/sql_store.hpp"
#include "gateway/store/store_writer.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace tandem {

/// What somebody wants to read, and what to do then; `read` may run twice, when a connection turns out to be
/// dead.
struct store_question {
  std::function<void(database&)> read;
  /// Whether it was read.
  std::function<void(bool)> done;
};

/// Threads that read from the store, each with a connection: as many as are needed at once, up to a bound.
class store_readers {
 public:
  /// With `goes_ahead` they try even while the writer has found the store away.
  store_readers(const store_settings& how, const store_writer& writer, watchdog& guard, metrics& measure,
                bool goes_ahead = false);
  /// Lets what is being read end, and answers the rest with nothing.
  ~store_readers();
  store_readers(const store_readers&) = delete;

  /// Queues a question; answered with nothing at once when too many wait.
  void ask(store_question question);

 private:
  void run();
  bool answer(const store_question& question, std::unique_ptr<store_connection>& base);

  const store_settings& how_;
  const store_writer& writer_;
  watchdog& guard_;
  metrics& measure_;
  const bool goes_ahead_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<store_question> questions_;
  std::size_t idle_ = 0;
  bool closed_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tandem
