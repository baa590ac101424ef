#include "tests/actors/fixture.hpp"

#include <chrono>
#include <thread>

#include <spdlog/spdlog.h>

namespace tandem::test {

fixture::fixture() {
  // What calls log would drown what fails.
  spdlog::set_level(spdlog::level::off);
  shared.node = "test-node";
  shared.epoch = "1";
  shared.measure = &measure;
  shared.links = &connector;
  shared.breakers = &breakers;
}

fixture::~fixture() {
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

void fixture::end_all() {
  for (const auto& each : spawned_) {
    if (auto actor = caf::actor_cast<caf::actor>(each)) end(actor);
  }
  spawned_.clear();
  host.run();
}

std::shared_ptr<const call_settings> fixture::shared_settings() const {
  return std::make_shared<const call_settings>(settings);
}

bool fixture::all_gone() const {
  bool gone = host.armed_timers() == 0;
  for (auto& count : live_actors) gone = gone && count == 0;
  return gone;
}

bool fixture::comes_to(actor_kind kind, std::int64_t count) {
  return soon([=] { return live(kind) == count; });
}

std::uint64_t fixture::samples(const prometheus::Histogram& histogram) {
  return histogram.Collect().histogram.sample_count;
}

bool fixture::soon(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!condition() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  return condition();
}

}  // namespace tandem::test
