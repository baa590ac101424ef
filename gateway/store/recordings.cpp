#include "gateway/store/recordings.hpp"

#include "actors/runtime/metrics.hpp"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto prune_pause = 1h;
constexpr std::size_t prune_step = 200;
/// How long so many bytes of both sides sound.
double seconds_of(std::size_t bytes, std::uint32_t rate) { return static_cast<double>(bytes) / 2 / rate; }

}  // namespace

recordings::recordings(const recording_settings& how, metrics& measure, bucket_reach reach)
    : how_(how),
      measure_(measure),
      folder_(how.folder),
      uploads_(how.bucket ? std::make_unique<recording_uploads>(
                                folder_, upload_settings{.node = how.node, .keep_days = how.keep_days},
                                *how.bucket, *reach.http, *reach.home, measure)
                          : nullptr),
      next_prune_(std::chrono::steady_clock::now()),
      thread_([this] { run(); }) {}

recordings::~recordings() {
  {
    std::lock_guard guard(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
  thread_.join();
}

void recordings::write(const std::string& call_id, std::uint64_t position,
                       std::vector<std::uint8_t> stereo_ulaw, std::uint32_t rate) {
  const auto bytes = stereo_ulaw.size();
  const auto taken = push({bytes, [this, call_id, position, rate, audio = std::move(stereo_ulaw)] {
                             write_now(call_id, position, audio, rate);
                           }});
  if (!taken) measure_.recording_lost_seconds_total->Increment(seconds_of(bytes, rate));
}

void recordings::finish(const std::string& call_id) {
  push({0, [this, call_id] {
          if (const auto fault = folder_.finish(call_id)) {
            spdlog::error("recording cannot be finished call={} error=\"{}\"", call_id, fault.message());
          } else if (uploads_) {
            uploads_->look();
          }
        }});
}

void recordings::forget(std::vector<std::string> call_ids) {
  push({0, [this, ids = std::move(call_ids)] { erase(ids); }});
}

bool recordings::forget_now(std::vector<std::string> call_ids, std::chrono::milliseconds patience) {
  if (call_ids.empty()) return true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  auto done = std::make_shared<std::promise<bool>>();
  auto outcome = done->get_future();
  push({0, [this, done, ids = call_ids] { done->set_value(erase(ids)); }});
  const bool gone = outcome.wait_until(deadline) == std::future_status::ready && outcome.get();
  return gone && (!uploads_ || uploads_->forget(call_ids, deadline));
}

/// Takes a job unless its audio would be too much; one without audio always.
bool recordings::push(job next) {
  {
    std::lock_guard guard(mutex_);
    if (waiting_ < how_.queue_bound / 2) full_ = false;
    if (next.bytes > 0 && waiting_ + next.bytes > how_.queue_bound) {
      if (!std::exchange(full_, true)) {
        spdlog::error("recordings have holes: the disk of {} is too slow", how_.folder.string());
      }
      return false;
    }
    waiting_ += next.bytes;
    measure_.recording_buffer_bytes->Increment(static_cast<double>(next.bytes));
    jobs_.push_back(std::move(next));
  }
  arrived_.notify_one();
  return true;
}

void recordings::run() {
  if (const auto fault = folder_.works()) {
    spdlog::error("calls are not recorded folder={} error=\"{}\"", how_.folder.string(), fault.message());
  }
  if (const auto count = folder_.recover(how_.node); count > 0) {
    spdlog::warn("recordings of an earlier process were finished count={}", count);
    if (uploads_) uploads_->look();
  }
  std::unique_lock lock(mutex_);
  while (!closed_ || !jobs_.empty()) {
    if (jobs_.empty()) {
      arrived_.wait_until(lock, next_prune_, [&] { return closed_ || !jobs_.empty(); });
    }
    if (jobs_.empty()) {
      lock.unlock();
      prune();
      lock.lock();
      continue;
    }
    const auto next = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    next.run();
    lock.lock();
    waiting_ -= next.bytes;
    measure_.recording_buffer_bytes->Decrement(static_cast<double>(next.bytes));
  }
}

void recordings::write_now(const std::string& call_id, std::uint64_t position,
                           const std::vector<std::uint8_t>& stereo_ulaw, std::uint32_t rate) {
  const auto fault = has_room() ? folder_.write(call_id, position, stereo_ulaw, rate)
                                : std::make_error_code(std::errc::no_space_on_device);
  // A sample takes two bytes there.
  if (uploads_ && !fault) uploads_->add_bytes(2 * stereo_ulaw.size());
  if (fault) measure_.recording_lost_seconds_total->Increment(seconds_of(stereo_ulaw.size(), rate));
  if (std::exchange(failing_, static_cast<bool>(fault)) == failing_) return;
  if (fault) {
    spdlog::error("recordings have holes call={} error=\"{}\"", call_id, fault.message());
  } else {
    spdlog::info("recordings can be written again");
  }
}

bool recordings::has_room() const { return !uploads_ || uploads_->waiting_bytes() < how_.waiting_bound; }

bool recordings::erase(const std::vector<std::string>& call_ids) {
  bool all = true;
  for (const auto& id : call_ids) {
    const auto fault = folder_.erase(id);
    if (!fault) continue;
    all = false;
    spdlog::error("recording cannot be deleted call={} error=\"{}\"", id, fault.message());
  }
  return all;
}

void recordings::prune() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_prune_) return;
  next_prune_ = now + prune_pause;
  if (how_.keep_days == 0) return;
  const auto cut = std::chrono::system_clock::now() - std::chrono::hours(24 * how_.keep_days);
  // A step at a time, so that what calls say does not wait.
  if (folder_.prune(cut, prune_step) == prune_step) next_prune_ = now;
}

}  // namespace tandem
