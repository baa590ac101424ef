#include "gateway/store/recording_uploads.hpp"

#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto prune_pause = 1h;

}  // namespace

recording_uploads::recording_uploads(const recording_folder& from, upload_settings how, s3_settings to,
                                     http_client& http, loop& home, metrics& measure)
    : folder_(from),
      how_(std::move(how)),
      measure_(measure),
      bucket_(std::move(to), http, home),
      back_off_(how_.back_off),
      next_try_(clock::now()),
      next_prune_(how_.keep_days > 0 ? clock::now() : clock::time_point::max()) {
  measure_folder();
  thread_ = std::thread([this] { run(); });
}

recording_uploads::~recording_uploads() {
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    last_moment_ = clock::now() + (hurried_ ? 0ms : how_.last_words);
    changed_.notify_all();
    // What hangs is not waited for; the thread has gone when nothing is left.
    changed_.wait_until(lock, last_moment_, [this] { return over_; });
  }
  bucket_.close();
  thread_.join();
}

void recording_uploads::look() {
  std::lock_guard guard(mutex_);
  looked_ = true;
  changed_.notify_all();
}

bool recording_uploads::forget(const std::vector<std::string>& call_ids, clock::time_point deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto is_idle = [&] { return std::ranges::find(call_ids, current_) == call_ids.end(); };
    if (!current_.empty() && !changed_.wait_until(lock, deadline, is_idle)) return false;
  }
  const auto fault = bucket_.erase(call_ids, deadline);
  if (!fault.empty()) spdlog::error("recordings cannot be deleted from the store error=\"{}\"", fault);
  return fault.empty();
}

void recording_uploads::add_bytes(std::uint64_t more) {
  waiting_bytes_ += more;
  measure_.recording_waiting_bytes->Set(static_cast<double>(waiting_bytes_));
}

void recording_uploads::measure_folder() {
  waiting_bytes_ = folder_.bytes();
  add_bytes(0);
}

void recording_uploads::run() {
  for (bool more = true; more;) {
    if (clock::now() >= next_prune_) prune();
    const auto id = clock::now() >= next_try_ ? next_id() : std::string();
    const bool done = !id.empty() && upload(id);
    std::unique_lock lock(mutex_);
    // At the end nobody waits for a store that is away.
    if (closed_) more = done && clock::now() < last_moment_;
    if (!done && more) rest(lock);
  }
  std::lock_guard guard(mutex_);
  over_ = true;
  changed_.notify_all();
}

/// Waits for something to do.
void recording_uploads::rest(std::unique_lock<std::mutex>& lock) {
  const bool held = clock::now() < next_try_;
  const auto until = std::min(held ? next_try_ : clock::now() + prune_pause, next_prune_);
  changed_.wait_until(lock, until, [&] { return closed_ || (!held && looked_); });
  looked_ = false;
}

/// The oldest recording that waits; one that failed comes after all others.
std::string recording_uploads::next_id() {
  const auto ids = folder_.finished_of(how_.node);
  auto next = std::ranges::find_if(ids, [this](const auto& id) { return !put_off_.contains(id); });
  if (next == ids.end()) {
    put_off_.clear();
    next = ids.begin();
  }
  if (next == ids.end()) return {};
  std::lock_guard guard(mutex_);
  return current_ = *next;
}

bool recording_uploads::upload(const std::string& call_id) {
  const auto file = folder_.find(call_id);
  auto fault = file ? bucket_.upload(call_id, *file) : std::string();
  if (fault.empty()) {
    // What cannot be removed would be uploaded for ever.
    if (const auto error = folder_.erase(call_id)) fault = error.message();
  }
  measure_folder();
  {
    std::lock_guard guard(mutex_);
    current_.clear();
    changed_.notify_all();
  }
  if (!fault.empty()) {
    failed(call_id, fault);
    return false;
  }
  if (file) measure_.recordings_uploaded_total->Increment();
  if (std::exchange(failing_, false)) spdlog::info("recordings can be uploaded again");
  back_off_ = how_.back_off;
  return true;
}

void recording_uploads::failed(const std::string& call_id, const std::string& fault) {
  measure_.recording_upload_failures_total->Increment();
  if (!std::exchange(failing_, true))
    spdlog::error("recordings cannot be uploaded, they wait call={} error=\"{}\"", call_id, fault);
  put_off_.insert(call_id);
  next_try_ = clock::now() + back_off_;
  back_off_ = std::min(back_off_ * 2, how_.longest_back_off);
}

void recording_uploads::prune() {
  const auto cut = std::chrono::system_clock::now() - std::chrono::hours(24 * how_.keep_days);
  const auto page = bucket_.prune(cut, prune_after_);
  if (!page.fault.empty()) spdlog::error("old recordings cannot be deleted error=\"{}\"", page.fault);
  if (page.gone > 0) spdlog::info("old recordings are deleted from the store count={}", page.gone);
  prune_after_ = page.next;
  // A page at a time, so that what is finished does not wait.
  next_prune_ = clock::now() + (page.next.empty() ? std::chrono::milliseconds(prune_pause) : 0ms);
}

}  // namespace tandem
