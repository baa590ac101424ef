#pragma once

#include "gateway/store/database.hpp"

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

namespace tandem {

/// Cuts connections to a database that does not answer in time: their own deadlines are kept by the server,
/// which one that stands still does not.
class watchdog {
 public:
  explicit watchdog(std::chrono::milliseconds patience);
  ~watchdog();
  watchdog(const watchdog&) = delete;

 private:
  struct entry {
    std::chrono::steady_clock::time_point deadline;
    database* base;
  };

 public:
  /// Watches over a database for as long as it lives.
  class watch {
   public:
    watch(watchdog& by, database& base);
    ~watch();
    watch(const watch&) = delete;

   private:
    watchdog& by_;
    std::list<entry>::iterator place_;
  };

 private:
  void run();

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  /// In order of their deadlines, since all have the same patience.
  std::list<entry> watched_;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace tandem
