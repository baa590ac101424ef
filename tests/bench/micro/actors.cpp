// What actors cost beyond what they do: a message between two on one loop, the door, a timer.

#include "actors/admission.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/pinned.hpp"
#include "gateway/network/asio_loop.hpp"
#include "tests/actors/test_loop.hpp"

#include <array>
#include <benchmark/benchmark.h>
#include <chrono>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

namespace tandem::bench {

namespace {

using namespace std::chrono_literals;

struct quiet_config : caf::actor_system_config {
  quiet_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    add_message_types<caf::id_block::tandem>();
  }
};

/// Two actors that send each other the same message until it was sent often enough.
template <class Handle>
struct match {
  bool goes_on() {
    if (left == 0) return false;
    --left;
    return true;
  }

  std::array<Handle, 2> players;
  std::size_t left = 0;
};

struct player_state {};

using small_player = pinned_actor<actor_kind::scribe, scribe_actor, player_state>;
using large_player = pinned_actor<actor_kind::speech, speech_actor, player_state>;

scribe_actor::behavior_type play_small(small_player* self, match<scribe_actor>* game, std::size_t other) {
  return {[=](const commit_transcript& ball) {
    if (game->goes_on()) self->send(game->players[other], ball);
  }};
}

speech_actor::behavior_type play_large(large_player* self, match<speech_actor>* game, std::size_t other) {
  return {[=](const speak& ball) {
            if (game->goes_on()) self->send(game->players[other], ball);
          },
          [](const pause_speech&) {}, [](const resume_speech&) {}, [](const stop_speech&) {}};
}

template <class Handle, class Play, class Message>
void send_messages(benchmark::State& state, Play play, const Message& ball) {
  constexpr std::size_t rally = 1000;
  quiet_config config;
  caf::actor_system system(config);
  test::test_loop host(system);
  match<Handle> game;
  game.players = {spawn_on<Handle>(host, play, &game, std::size_t{1}),
                  spawn_on<Handle>(host, play, &game, std::size_t{0})};
  host.run();
  for (auto _ : state) {
    game.left = rally;
    caf::anon_send(game.players[0], ball);
    host.run();
    if (game.left != 0) {
      state.SkipWithError("a message was lost");
      break;
    }
  }
  for (auto& each : game.players) {
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    each = Handle{};
  }
  host.run();
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rally + 1));
}

// A thousand messages; items are messages.
void send_small(benchmark::State& state) {
  send_messages<scribe_actor>(state, play_small, commit_transcript{});
}
BENCHMARK(send_small)->Name("pinned/message/number");

void send_large(benchmark::State& state) {
  send_messages<speech_actor>(state, play_large, speak{1, "Gladly, for two at seven. Under which name?"});
}
BENCHMARK(send_large)->Name("pinned/message/text");

/// A door that is never closed for its rate.
struct open_door {
  explicit open_door(std::uint32_t max_calls)
      : door({.max_calls = max_calls, .calls_per_second = 1'000'000, .max_connections = 1'000'000}, 2, 100ms,
             measure) {
    spdlog::set_level(spdlog::level::off);
  }

  tl::expected<admission::place, refusal> knock() { return door.admit(now += 1us); }

  prometheus::Registry registry;
  metrics measure{registry};
  moment now{1h};
  admission door;
};

void admit(benchmark::State& state) {
  open_door node(1000);
  for (auto _ : state) {
    const auto place = node.knock();
    if (!place) return state.SkipWithError("a call was refused");
  }
}
BENCHMARK(admit)->Name("admission/admit_and_release");

void refuse(benchmark::State& state) {
  open_door node(1);
  const auto last = node.knock();
  for (auto _ : state) {
    const auto place = node.knock();
    if (place) return state.SkipWithError("a call came in");
  }
}
BENCHMARK(refuse)->Name("admission/refuse");

/// A loop that the benchmark runs by hand, with so many timers that are not due.
struct busy_loop {
  explicit busy_loop(std::int64_t timers) {
    for (std::int64_t n = 0; n < timers; ++n) waiting.push_back(host.at(begin + 1h + n * 1ms, [] {}));
  }
  ~busy_loop() {
    waiting.clear();
    host.context().poll();
  }

  quiet_config config;
  caf::actor_system system{config};
  asio_loop host{system, 0};
  moment begin = host.now();
  std::vector<timer> waiting;
};

void arm_and_cancel(benchmark::State& state) {
  busy_loop loop(state.range(0));
  const auto deadline = loop.begin + 1h + state.range(0) * 500us;
  for (auto _ : state) {
    auto armed = loop.host.at(deadline, [] {});
    armed.cancel();
    // Its handler still runs, to learn that.
    loop.host.context().poll();
  }
}
BENCHMARK(arm_and_cancel)->Name("timer/arm_and_cancel")->Arg(1)->Arg(1000)->Arg(10'000);

void arm_and_fire(benchmark::State& state) {
  busy_loop loop(state.range(0));
  std::int64_t fired = 0;
  for (auto _ : state) {
    const auto armed = loop.host.at(loop.begin, [&] { ++fired; });
    while (fired == 0) loop.host.context().poll();
    fired = 0;
  }
}
BENCHMARK(arm_and_fire)->Name("timer/arm_and_fire")->Arg(1)->Arg(1000)->Arg(10'000);

}  // namespace

}  // namespace tandem::bench
