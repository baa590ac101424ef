#pragma once

#include "actors/runtime/census.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "actors/runtime/metrics.hpp"
#include "actors/runtime/services.hpp"
#include "tests/actors/fake_link.hpp"
#include "tests/actors/probe.hpp"
#include "tests/actors/test_loop.hpp"

#include <chrono>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <spdlog/spdlog.h>

namespace tandem::test {

/// Made in a source of its own, since it instantiates what CAF needs for every message.
struct test_system_config : caf::actor_system_config {
  test_system_config();
};

/// What a test of pinned actors starts from: an actor system, one loop with virtual time, links whose peer is
/// the test, metrics. At its end every actor is ended, and nothing may be left of any.
class fixture {
 public:
  fixture() {
    // What calls log would drown what fails.
    spdlog::set_level(spdlog::level::off);
    shared.node = "test-node";
    shared.epoch = "1";
    shared.measure = &measure;
    shared.links = &connector;
    shared.breakers = &breakers;
  }

  ~fixture() {
    shared.carrier = carrier_actor{};
    shared.records = records_actor{};
    shared.events = events_actor{};
    shared.switchboard = switchboard_actor{};
    end_all();
    const bool clean = soon([this] { return all_gone(); });
    // What is left must fail the test, not hang it.
    if (!clean) system.await_actors_before_shutdown(false);
    CHECK_MESSAGE(clean, "actors or timers are left behind");
  }

  fixture(const fixture&) = delete;
  fixture& operator=(const fixture&) = delete;

  /// Has the actor ended with the fixture; the fixture does not keep it alive.
  template <class Handle>
  Handle owned(Handle handle) {
    spawned_.push_back(caf::actor_cast<caf::actor_addr>(handle));
    return handle;
  }

  /// An actor that stands for another one and keeps what it is sent.
  template <actor_kind Kind, class Handle>
  probe<Handle> spawn_probe() {
    auto made = test::spawn_probe<Kind, Handle>(host);
    owned(made.handle);
    host.run();
    return made;
  }

  /// Sends and runs what this makes ready.
  template <class Handle, class... Messages>
  void tell(const Handle& to, Messages&&... messages) {
    (caf::anon_send(to, std::forward<Messages>(messages)), ...);
    host.run();
  }

  /// Ends an actor and runs what this makes ready.
  template <class Handle>
  void end(const Handle& actor, caf::exit_reason why = caf::exit_reason::user_shutdown) {
    caf::anon_send_exit(actor, why);
    host.run();
  }

  void end_all() {
    for (const auto& each : spawned_) {
      if (auto actor = caf::actor_cast<caf::actor>(each)) end(actor);
    }
    spawned_.clear();
    host.run();
  }

  /// The settings as they are now.
  std::shared_ptr<const call_settings> shared_settings() const {
    return std::make_shared<const call_settings>(settings);
  }

  /// Whether no actor object and no timer is left.
  bool all_gone() const {
    bool gone = host.armed_timers() == 0;
    for (auto& count : live_actors) gone = gone && count == 0;
    return gone;
  }

  /// Actor objects of this kind that are in memory.
  static std::int64_t live(actor_kind kind) { return live_actors[static_cast<std::size_t>(kind)]; }

  /// Whether it is so many, or soon will be.
  static bool comes_to(actor_kind kind, std::int64_t count) {
    return soon([=] { return live(kind) == count; });
  }

  /// How many samples a histogram has.
  static std::uint64_t samples(const prometheus::Histogram& histogram) {
    return histogram.Collect().histogram.sample_count;
  }

  test_system_config config;
  caf::actor_system system{config};
  prometheus::Registry registry;
  metrics measure{registry};
  fake_connector connector;
  circuit_breakers breakers;
  test_loop host{system};
  call_settings settings;
  services shared;

 protected:
  /// Whether it is so, or soon will be. CAF's clock thread tells of a request's timeout, and lets go of an
  /// answered one's and so of who asked, in its own time.
  template <class Condition>
  static bool soon(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return condition();
  }

 private:
  std::vector<caf::actor_addr> spawned_;
};

}  // namespace tandem::test
