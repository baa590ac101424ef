#include "gateway/store/store_readers.hpp"

#include <utility>

#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t question_bound = 256;
/// Right after a start the store may not be open yet.
constexpr auto opening = 4s;

}  // namespace

store_readers::store_readers(const store_settings& how, const store_writer& writer, watchdog& guard,
                             metrics& measure, bool goes_ahead)
    : how_(how), writer_(writer), guard_(guard), measure_(measure), goes_ahead_(goes_ahead) {}

store_readers::~store_readers() {
  {
    std::lock_guard guard(mutex_);
    closed_ = true;
  }
  arrived_.notify_all();
  for (auto& each : threads_) each.join();
  for (const auto& each : questions_) each.done(false);
}

void store_readers::ask(store_question question) {
  {
    std::lock_guard guard(mutex_);
    if (!closed_ && questions_.size() < question_bound) {
      questions_.push_back(std::move(question));
      // One connection of the pool is the writer's.
      if (questions_.size() > idle_ && threads_.size() + 1 < how_.pool) {
        threads_.emplace_back([this] { run(); });
      }
      arrived_.notify_one();
      return;
    }
  }
  question.done(false);
}

void store_readers::run() {
  std::unique_ptr<store_connection> base;
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    arrived_.wait(lock, [&] { return closed_ || !questions_.empty(); });
    --idle_;
    if (closed_) return;
    const auto question = std::move(questions_.front());
    questions_.pop_front();
    lock.unlock();
    question.done(answer(question, base));
    lock.lock();
  }
}

bool store_readers::answer(const store_question& question, std::unique_ptr<store_connection>& base) {
  if (!writer_.can_read(std::chrono::steady_clock::now() + opening) && !goes_ahead_) {
    base.reset();
    return false;
  }
  for (const bool was_open : {base != nullptr, false}) {
    try {
      if (!base) base = std::make_unique<store_connection>(how_.url, measure_);
      const store_connection::use busy(*base, guard_);
      question.read(base->base);
      return true;
    } catch (const database_failure& failure) {
      base.reset();
      if (was_open) continue;
      measure_.store_errors_total->Increment();
      spdlog::warn("store cannot be read error=\"{}\"", failure.what());
    }
    break;
  }
  return false;
}

}  // namespace tandem
