#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace tandem::lab {

/// Hands a call to the thread that owns something (a loop's `post`); from any thread.
using post_function = std::function<void(std::function<void()>)>;

/// A few threads for work that takes longer than a loop may be held up.
class worker_pool {
 public:
  explicit worker_pool(std::size_t threads = 2, std::size_t bound = 4096);

  /// Finishes the jobs at work and drops the waiting ones.
  ~worker_pool();

  /// Queues a job; false when `bound` jobs wait already.
  bool run(std::function<void()> job);

  /// Waits until no job waits or is at work. Not from a job.
  void settle();

 private:
  void work();

  const std::size_t bound_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<std::function<void()>> jobs_;
  std::size_t working_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace tandem::lab
