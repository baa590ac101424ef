#pragma once

#include "actors/runtime/census.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "actors/runtime/metrics.hpp"
#include "actors/runtime/services.hpp"
#include "tests/actors/fake_link.hpp"
#include "tests/actors/probe.hpp"
#include "tests/actors/test_loop.hpp"
#include "tests/actors/test_system_config.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace tandem::test {

/// What a test of pinned actors starts from: an actor system, one loop with virtual time, links whose peer is
/// the test, metrics. At its end every actor is ended, and nothing may be left of any.
class fixture {
 public:
  fixture();
  ~fixture();
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

  void end_all();

  /// The settings as they are now.
  std::shared_ptr<const call_settings> shared_settings() const;

  /// Whether no actor object and no timer is left.
  bool all_gone() const;

  /// Actor objects of this kind that are in memory.
  static std::int64_t live(actor_kind kind) { return live_actors[static_cast<std::size_t>(kind)]; }

  /// Whether it is so many, or soon will be.
  static bool comes_to(actor_kind kind, std::int64_t count);

  /// How many samples a histogram has.
  static std::uint64_t samples(const prometheus::Histogram& histogram);

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
  static bool soon(const std::function<bool()>& condition);

 private:
  std::vector<caf::actor_addr> spawned_;
};

}  // namespace tandem::test
