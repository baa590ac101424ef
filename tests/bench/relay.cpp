// The messages of the engine's calls over the engine's own sockets, by callbacks alone: what the engine costs
// beyond this is the price of its actors, and of all that they do.

#include "gateway/network/asio_loop.hpp"
#include "gateway/network/hangup_watch.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "tests/bench/bare_call.hpp"
#include "tests/lab/lab_loop.hpp"

#include <csignal>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tandem::bench {

namespace {

class relay_call final : public link_events, public call_lines {
 public:
  relay_call(asio_loop& home, std::shared_ptr<link> carrier, link_connector& network,
             const relay_order& order, std::function<void()> over)
      : home_(home), carrier_(std::move(carrier)), over_(std::move(over)), call_(order.commit, *this) {
    scribe_ =
        network.connect(home, {.to = peer::scribe, .url = order.providers + scribe_target(order.commit)});
    scribe_events_.read = [this](std::span<char> text) { call_.scribe_said(text); };
    scribe_->start(scribe_events_);
    speech_ = network.connect(home, {.to = peer::speech, .url = order.providers + speech_target()});
    speech_events_.read = [this](std::span<char> text) {
      call_.speech_said(text, home_.now());
      arm();
    };
    speech_->start(speech_events_);
    carrier_->start(*this);
  }

  void on_text(std::span<char> text) override {
    call_.carrier_said(text, home_.now());
    arm();
  }

  void on_closed(const link_closed&) override { over_(); }

  std::string& message(line) override {
    out_.clear();
    return out_;
  }

  void send(line to) override {
    switch (to) {
      case line::carrier:
        carrier_->send(out_);
        break;
      case line::scribe:
        scribe_->send(out_);
        break;
      case line::speech:
        speech_->send(out_);
        break;
    }
  }

 private:
  struct provider final : link_events {
    std::function<void(std::span<char>)> read;
    void on_text(std::span<char> text) override { read(text); }
    void on_closed(const link_closed&) override {}
  };

  void arm() {
    const auto due = call_.due();
    if (due == armed_for_) return;
    armed_for_ = due;
    timer_.cancel();
    if (!due) return;
    timer_ = home_.at(*due, [this] {
      armed_for_.reset();
      call_.tick(home_.now());
      arm();
    });
  }

  asio_loop& home_;
  std::shared_ptr<link> carrier_;
  std::function<void()> over_;
  bare_call call_;
  provider scribe_events_;
  provider speech_events_;
  std::unique_ptr<link> scribe_;
  std::unique_ptr<link> speech_;
  std::string out_;
  std::optional<moment> armed_for_;
  timer timer_;
};

int run(const relay_order& order) {
  lab::lab_loops loops;
  auto network = make_link_connector();
  std::map<std::uint64_t, std::unique_ptr<relay_call>> calls;
  std::uint64_t last = 0;
  auto& home = loops.first();
  if (order.reads_twice) {
    loops.run([&] { boost::asio::use_service<hangup_watch>(home.context()).refuse(); });
  }
  auto over = [&](std::uint64_t which) { home.post([&calls, which] { calls.erase(which); }); };
  auto admit = [&](std::unique_ptr<upgrade> door) {
    door->accept(home, {}, [&](std::shared_ptr<link> carrier) {
      if (!carrier) return;
      auto which = ++last;
      calls[which] = std::make_unique<relay_call>(home, std::move(carrier), *network, order,
                                                  [&over, which] { over(which); });
    });
  };
  http_server server(
      loops.all(), {},
      {.on_request = [](server_request, respond answer) { answer({.status = 404}); }, .on_upgrade = admit});
  server.start();
  std::printf("engine listening carrier=127.0.0.1:%u admin=127.0.0.1:0\n", server.port());
  std::fflush(stdout);
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  int which = 0;
  sigwait(&stop, &which);
  server.stop();
  loops.run([&] { calls.clear(); });
  return 0;
}

}  // namespace

}  // namespace tandem::bench

/// bench_relay serve PROVIDERS [--commit=local|vad] [--reads-twice]; ends on SIGTERM.
int main(int count, char** arguments) {
  const auto order = tandem::bench::read_order(count, arguments);
  if (!order) return 2;
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  return tandem::bench::run(*order);
}
