#include "tests/lab/worker_pool.hpp"

#include <utility>

namespace tandem::lab {

worker_pool::worker_pool(std::size_t threads, std::size_t bound) : bound_(bound) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

worker_pool::~worker_pool() {
  std::deque<std::function<void()>> dropped;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(jobs_);
  }
  wake_.notify_all();
  dropped.clear();
  for (auto& thread : threads_) thread.join();
}

bool worker_pool::run(std::function<void()> job) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || jobs_.size() >= bound_) return false;
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return true;
}

void worker_pool::settle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return jobs_.empty() && working_ == 0; });
}

void worker_pool::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      wake_.wait(lock);
      continue;
    }
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    ++working_;
    lock.unlock();
    job();
    // What the job holds may end with it, and must not end under the lock.
    job = nullptr;
    lock.lock();
    if (--working_ == 0 && jobs_.empty()) idle_.notify_all();
  }
}

}  // namespace tandem::lab
