#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "gateway/file_answers.hpp"
#include "gateway/health.hpp"
#include "gateway/settings/settings.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <prometheus/registry.h>

namespace tandem {

class admission;
class asio_loop;
class cluster_side;
class http_client;
class http_server;
class link_connector;
class portal;
class recordings;
class speech_spares;
class sql_store;
class stream_relay;
struct services;

/// All that a node is made of: loops, store, services, calls and ports, in start order; destruction is in
/// reverse.
class engine {
 public:
  /// Throws, with nothing left behind, what a port or a file that cannot be used throws.
  engine(const settings& values, std::shared_ptr<const call_settings> calls);
  ~engine();
  engine(const engine&) = delete;

  /// Makes new calls from other settings and under other limits.
  void apply(const settings& values, std::shared_ptr<const call_settings> calls);

  const health& condition() const { return health_; }

  /// Calls once the engine cannot go on, on some thread.
  void when_failed(std::function<void()> call) { health_.when_failed(std::move(call)); }

  /// Takes no new calls; `done` once none is left, on some thread.
  void drain(std::function<void()> done);

  /// Ends without patience for what does not end by itself.
  void hurry();

 private:
  struct actor_config : caf::actor_system_config {
    explicit actor_config(const settings& values);
  };

  // Once it is through, the destructor cleans up what a later step that fails leaves.
  explicit engine(const settings& values);

  void look_at_loop(std::size_t index, std::chrono::duration<double> late);
  void supervise(asio_loop& home);
  void join_cluster(const services& shared);
  void end_calls();

  settings values_;
  std::chrono::seconds ending_deadline_;
  prometheus::Registry registry_;
  metrics measure_{registry_};
  actor_config config_{values_};
  caf::actor_system system_{config_};
  std::shared_ptr<admission> door_;
  unsigned probes_ = 0;  // of the first loop
  std::vector<std::unique_ptr<asio_loop>> loops_;
  circuit_breakers breakers_;
  std::unique_ptr<link_connector> links_;
  std::unique_ptr<stream_relay> relay_;  // none without cluster.listen
  std::unique_ptr<speech_spares> spares_;
  std::unique_ptr<http_client> http_;
  health health_;
  supervisor_actor supervisor_;
  std::unique_ptr<portal> portal_;
  file_answers files_;
  std::unique_ptr<recordings> recordings_;  // none when calls are not recorded
  std::unique_ptr<sql_store> store_;
  records_actor records_;
  courier_actor courier_;  // none when nothing is posted; ends with the events
  events_actor events_;
  campaigns_actor campaigns_;
  carrier_actor carrier_;
  node_actor node_;
  std::unique_ptr<cluster_side> cluster_side_;  // none without cluster.listen
  std::unique_ptr<http_server> carrier_side_;
  std::unique_ptr<http_server> admin_side_;
};

}  // namespace tandem
