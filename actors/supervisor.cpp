#include "actors/supervisor.hpp"

#include "actors/runtime/pinned.hpp"

#include <map>
#include <string_view>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

struct service_list;
using supervisor_pointer = pinned_actor<actor_kind::supervisor, supervisor_actor, service_list>*;

struct service_list {
  metrics* measure = nullptr;
  std::function<void(std::string why)> failed;
  std::map<caf::actor_addr, watch_service> services;

  static inline const char* name = "supervisor";

  void on_down(const caf::down_msg& down);
};

void service_list::on_down(const caf::down_msg& down) {
  const auto gone = services.extract(down.source);
  if (gone.empty()) return;
  const auto kind = gone.mapped().kind;
  const auto why = caf::to_string(down.reason);
  measure->actor_failures(kind).Increment();
  spdlog::critical("a service of the node failed actor={} error={}", to_string(kind), why);
  if (auto tell = std::exchange(failed, nullptr))
    tell("the service " + std::string(to_string(kind)) + " failed: " + why);
}

supervisor_actor::behavior_type supervise(supervisor_pointer self, metrics* measure,
                                          std::function<void(std::string why)> failed) {
  auto& state = self->state;
  state.measure = measure;
  state.failed = std::move(failed);
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  return {
      [&state, self](const watch_service& command) {
        state.services.emplace(command.service.address(), command);
        self->monitor(command.service);
      },
  };
}

}  // namespace

supervisor_actor spawn_supervisor(loop& home, metrics& measure, std::function<void(std::string why)> failed) {
  return spawn_on<supervisor_actor>(home, supervise, &measure, std::move(failed));
}

}  // namespace tandem
