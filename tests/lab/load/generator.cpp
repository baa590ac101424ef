#include "tests/lab/load/generator.hpp"

#include <algorithm>
#include <future>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto slot_time = 1ms;
constexpr int events_at_once = 256;
/// After a longer stall the line starts anew, as a carrier's would.
constexpr std::uint64_t most_behind = 1000;

}  // namespace

load_generator::load_generator(settings how, const sound_book& book, call_book& calls)
    : how_(std::move(how)),
      book_(book),
      calls_(calls),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)),
      ward_{epoll_, book, {}, {}, {}, 0, false, {}},
      started_(std::chrono::steady_clock::now()) {
  itimerspec every{{0, 1'000'000}, {0, 1'000'000}};
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  if (epoll_ < 0 || timer_ < 0 || timerfd_settime(timer_, 0, &every, nullptr) != 0 ||
      epoll_ctl(epoll_, EPOLL_CTL_ADD, timer_, &event) != 0) {
    throw std::runtime_error("no epoll or timer for the load generator");
  }
  thread_ = std::thread([this] { run(); });
}

load_generator::~load_generator() {
  stopping_ = true;
  thread_.join();
  close(timer_);
  close(epoll_);
}

void load_generator::run() {
  std::array<epoll_event, events_at_once> events;
  while (!stopping_) {
    const auto count = epoll_wait(epoll_, events.data(), events_at_once, -1);
    for (int n = 0; n < count; ++n) {
      auto* socket = static_cast<media_socket*>(events[static_cast<std::size_t>(n)].data.ptr);
      if (socket != nullptr) {
        socket->ready(events[static_cast<std::size_t>(n)].events);
        continue;
      }
      std::uint64_t expired = 0;
      if (read(timer_, &expired, sizeof expired) > 0) turn_wheel();
    }
    ward_.dropped.clear();
  }
  for (auto& slot : wheel_) slot.clear();
  ward_.dropped.clear();
}

/// Sends what is due, slot by slot.
void load_generator::turn_wheel() {
  run_posted();
  place_due();
  const auto now = std::chrono::steady_clock::now();
  const auto due = static_cast<std::uint64_t>((now - started_) / slot_time);
  if (due > turned_ + most_behind) {
    if (ward_.measuring) figures_.lateness.add((due - turned_) * 1000);
    turned_ = due - 1;
  }
  for (; turned_ < due; ++turned_) {
    const auto wanted_at = started_ + (turned_ + 1) * slot_time;
    const auto late = std::chrono::steady_clock::now() - wanted_at;
    if (ward_.measuring) {
      const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(late).count();
      figures_.lateness.add(static_cast<std::uint64_t>(std::max(0L, micro)));
    }
    tick(turned_ % slots);
  }
}

void load_generator::tick(std::size_t slot) {
  auto& calls = wheel_[slot];
  auto over = false;
  for (auto& each : calls) {
    each->tick();
    over = over || each->is_over();
  }
  if (!over) return;
  const auto ended =
      std::stable_partition(calls.begin(), calls.end(), [](const auto& each) { return !each->is_over(); });
  std::lock_guard guard(mutex_);
  for (auto each = ended; each != calls.end(); ++each) {
    const auto& call = **each;
    if (call.plan().announced && announced_.erase(call.call_control_id()) != 0 && announcer_ != nullptr)
      announcer_->gone(call.plan(), call.call_control_id());
    results_.push_back(call.result());
    --live_;
  }
  calls.erase(ended, calls.end());
}

void load_generator::place_due() {
  allowance_ = std::min(allowance_ + how_.rate / 1000, std::max(1.0, how_.rate / 20));
  for (; !leaving_ && live_ < wanted_ && allowance_ >= 1; --allowance_) place(++placed_);
}

void load_generator::place(std::uint32_t number) {
  auto plan = plan_call(how_.plan, number);
  if (announcer_ == nullptr) plan.announced = plan.twice = false;
  auto made = std::make_unique<caller>(ward_, calls_.open(plan, book_));
  ++live_;
  if (plan.announced) {
    announced_[made->call_control_id()] = made.get();
    announcer_->announce(plan, made->call_control_id());
  } else {
    made->open(how_.media_url);
  }
  wheel_[number % slots].push_back(std::move(made));
}

void load_generator::post(std::function<void()> call) {
  std::lock_guard guard(mutex_);
  posted_.push_back(std::move(call));
}

void load_generator::run_posted() {
  std::vector<std::function<void()>> now;
  {
    std::lock_guard guard(mutex_);
    now.swap(posted_);
  }
  for (const auto& each : now) each();
}

void load_generator::hang_up_all() {
  post([this] {
    leaving_ = true;
    for (auto& slot : wheel_) {
      for (auto& each : slot) each->hang_up();
    }
  });
}

void load_generator::drop_all() {
  post([this] {
    for (auto& slot : wheel_) {
      for (auto& each : slot) each->drop();
    }
  });
}

void load_generator::measure(bool on) {
  std::promise<void> done;
  post([&] {
    ward_.measuring = on;
    done.set_value();
  });
  done.get_future().wait();
}

std::vector<call_result> load_generator::take_results() {
  std::lock_guard guard(mutex_);
  return std::exchange(results_, {});
}

line_figures load_generator::take_figures() {
  std::promise<line_figures> told;
  post([&] {
    auto out = std::exchange(figures_, {});
    out.set_up = std::exchange(ward_.set_up, {});
    out.interruptions = std::exchange(ward_.interruptions, {});
    out.own = std::exchange(ward_.own, {});
    out.faults = std::exchange(ward_.faults, 0);
    told.set_value(std::move(out));
  });
  return told.get_future().get();
}

void load_generator::call_of(const std::string& call_control_id, const std::function<void(caller&)>& with) {
  post([this, call_control_id, with] {
    const auto found = announced_.find(call_control_id);
    if (found != announced_.end()) with(*found->second);
  });
}

void load_generator::open(const std::string& call_control_id, const std::string& url) {
  call_of(call_control_id, [url](caller& call) { call.open(url); });
}

void load_generator::engine_hung_up(const std::string& call_control_id) {
  call_of(call_control_id, [](caller& call) { call.hung_up_by_engine(); });
}

void load_generator::rejected(const std::string& call_control_id, const std::string& why) {
  call_of(call_control_id, [why](caller& call) { call.rejected(why); });
}

}  // namespace tandem::lab
