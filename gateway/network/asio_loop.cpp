#include "gateway/network/asio_loop.hpp"

#include <exception>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using steady_timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                       boost::asio::wait_traits<std::chrono::steady_clock>,
                                                       boost::asio::io_context::executor_type>;

// Cancelled operations complete once more; so many of them still run when the thread ends.
constexpr int last_handlers = 10000;

thread_local const asio_loop* current = nullptr;

}  // namespace

struct asio_loop::armed_timer final : timer::pending {
  // What the handler shares with the timer's owner; no call means fired or cancelled.
  struct shared {
    shared(asio_loop& owner, std::function<void()> to_make)
        : home(owner), wait(owner.context_), call(std::move(to_make)) {
      ++home.armed_;
    }
    ~shared() { disarm(); }

    std::function<void()> disarm() {
      if (call) --home.armed_;
      return std::exchange(call, nullptr);
    }

    asio_loop& home;
    steady_timer wait;
    std::function<void()> call;
  };

  armed_timer(asio_loop& home, moment deadline, std::function<void()> call)
      : shared_(std::make_shared<shared>(home, std::move(call))) {
    shared_->wait.expires_at(deadline);
    shared_->wait.async_wait([shared = shared_](const boost::system::error_code&) {
      auto call = shared->disarm();
      if (call) shared->home.enter(call);
    });
  }

  ~armed_timer() override {
    shared_->disarm();
    shared_->wait.cancel();
  }

  std::shared_ptr<shared> shared_;
};

struct asio_loop::lag_probe {
  lag_probe(asio_loop& owner, lag_observer to_tell)
      : home(owner), wait(owner.context_), observe(std::move(to_tell)) {}

  void next() {
    wait.expires_after(lag_interval);
    wait.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      home.enter([this] { observe(home.now() - wait.expiry()); });
      next();
    });
  }

  asio_loop& home;
  steady_timer wait;
  lag_observer observe;
};

asio_loop::asio_loop(caf::actor_system& system, std::size_t index, lag_observer observe_lag)
    : loop(system), guard_(context_.get_executor()), index_(index) {
  if (observe_lag) lag_probe_ = std::make_unique<lag_probe>(*this, std::move(observe_lag));
}

asio_loop::~asio_loop() {
  stop();
  abandon();
}

void asio_loop::start() {
  if (lag_probe_) lag_probe_->next();
  thread_ = std::thread([this] { run(); });
}

void asio_loop::run() {
  current = this;
  // Handlers are guarded one by one; this is for what a library throws between them.
  for (;;) {
    try {
      context_.run();
      break;
    } catch (...) {
      report_escaped();
    }
  }
  context_.restart();
  try {
    for (auto left = last_handlers; left > 0 && context_.poll_one() > 0; --left) {
    }
  } catch (...) {
    report_escaped();
  }
  context_.stop();
  current = nullptr;
}

void asio_loop::stop() {
  if (!thread_.joinable()) return;
  post([this] {
    guard_.reset();
    context_.stop();
  });
  thread_.join();
}

moment asio_loop::now() const { return std::chrono::steady_clock::now(); }

std::chrono::system_clock::time_point asio_loop::wall_clock() const {
  return std::chrono::system_clock::now();
}

timer asio_loop::at(moment deadline, std::function<void()> call) {
  return timer(std::make_unique<armed_timer>(*this, deadline, std::move(call)));
}

void asio_loop::post(std::function<void()> call) {
  boost::asio::post(context_, [this, call = std::move(call)] { enter(call); });
}

bool asio_loop::here() const noexcept { return current == this; }

void asio_loop::report_escaped() noexcept {
  try {
    throw;
  } catch (const std::exception& failure) {
    spdlog::error("loop caught an exception of a handler what=\"{}\"", failure.what());
  } catch (...) {
    spdlog::error("loop caught an exception of a handler what=unknown");
  }
}

}  // namespace tandem
