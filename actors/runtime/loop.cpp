#include "actors/runtime/loop.hpp"

#include <caf/actor_system.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace tandem {

namespace {

// Messages an actor handles before others get their turn, and turns before sockets get theirs.
constexpr std::size_t messages_per_turn = 300;
constexpr std::size_t turns_per_drain = 4096;

}  // namespace

loop::loop(caf::actor_system& system) : caf::execution_unit(&system) {}

loop::~loop() { abandon(); }

void loop::exec_later(caf::resumable* ready) {
  // A pinned actor that sends to an actor of CAF's pool offers it to its own execution unit first.
  if (ready->subtype() != caf::resumable::io_actor) {
    system().scheduler().enqueue(ready);
    return;
  }
  if (here()) {
    ready_.push_back(ready);
    wake();
    return;
  }
  bool first = false;
  {
    std::lock_guard guard(mutex_);
    first = arrivals_.empty();
    arrivals_.push_back(ready);
  }
  if (!first) return;
  post([this] {
    std::vector<caf::resumable*> batch;
    {
      std::lock_guard guard(mutex_);
      batch.swap(arrivals_);
    }
    ready_.insert(ready_.end(), batch.begin(), batch.end());
    drain();
  });
}

void loop::wake() {
  if (draining_ || woken_) return;
  woken_ = true;
  post([this] {
    woken_ = false;
    drain();
  });
}

void loop::drain() {
  if (draining_) return;
  draining_ = true;
  for (auto turns = turns_per_drain; turns > 0 && !ready_.empty(); --turns) {
    auto next = ready_.front();
    ready_.pop_front();
    run(next);
  }
  draining_ = false;
  if (!ready_.empty()) wake();
}

void loop::run(caf::resumable* ready) {
  switch (ready->resume(this, messages_per_turn)) {
    case caf::resumable::resume_later:
      ready_.push_back(ready);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      caf::intrusive_ptr_release(ready);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

void loop::abandon() {
  for (auto ready : ready_) caf::intrusive_ptr_release(ready);
  ready_.clear();
  for (auto ready : arrivals_) caf::intrusive_ptr_release(ready);
  arrivals_.clear();
}

}  // namespace tandem
