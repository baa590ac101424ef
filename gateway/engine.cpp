#include "gateway/engine.hpp"

#include "actors/admission.hpp"
#include "actors/campaigns.hpp"
#include "actors/carrier.hpp"
#include "actors/courier.hpp"
#include "actors/events.hpp"
#include "actors/media/speech_spares.hpp"
#include "actors/node.hpp"
#include "actors/records.hpp"
#include "actors/runtime/census.hpp"
#include "actors/supervisor.hpp"
#include "gateway/cluster/basp_network.hpp"
#include "gateway/cluster/cluster_side.hpp"
#include "gateway/exposition.hpp"
#include "gateway/log.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/network/network_client.hpp"
#include "gateway/portal.hpp"
#include "gateway/routes.hpp"
#include "gateway/settings/call_settings.hpp"
#include "gateway/settings/event_settings.hpp"
#include "gateway/signature.hpp"
#include "gateway/store/make_store.hpp"
#include "gateway/store/recordings.hpp"
#include "gateway/stream_relay.hpp"
#include "gateway/stream_token.hpp"
#include "gateway/version.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <unistd.h>
#include <vector>

#include <caf/all.hpp>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

/// After the calls are told to end, they get so long before the process ends without them; who is in a hurry
/// does not wait for a carrier that does not answer.
constexpr auto ending_deadline = 20s;
constexpr auto hurried_deadline = 3s;

/// Recordings are deleted within this time, or what the store knows of their calls stays as well.
constexpr auto forget_deadline = 10s;

/// Memory is looked at once a second.
constexpr unsigned probes_per_look = 1s / asio_loop::lag_interval;

/// Which start of this node it is. In milliseconds, since a supervisor restarts a process within the second
/// and no call's id may come twice.
std::string start_epoch() {
  using namespace std::chrono;
  return std::to_string(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

std::unique_ptr<http_server> listen(const std::string& where, peer who, const settings& values,
                                    const std::vector<asio_loop*>& loops, server_handlers handlers,
                                    const std::shared_ptr<admission>& door, metrics& measure) {
  auto address = parse_listen(where).value();
  server_settings how;
  how.host = address.host;
  how.port = address.port;
  how.tls_certificate = values.server.tls_certificate;
  how.tls_key = values.server.tls_key;
  how.from = who;
  how.unknown_bound = values.limits.pending_connections;
  how.book_known = [door]() -> std::shared_ptr<void> {
    auto place = door->admit_connection();
    return place ? std::make_shared<admission::place>(std::move(*place)) : nullptr;
  };
  return std::make_unique<http_server>(loops, how, std::move(handlers), &measure);
}

void show_limits(const settings& values, metrics& measure) {
  measure.calls_limit->Set(static_cast<double>(values.limits.max_calls));
  measure.connections_limit->Set(static_cast<double>(values.limits.connections()));
  measure.memory_limit_bytes->Set(static_cast<double>(values.limits.memory_mb) * 1024 * 1024);
}

/// Whether every call has ended in time; without the node nobody else says so.
bool calls_end(std::chrono::seconds deadline) {
  const auto& calls = live_actors[static_cast<std::size_t>(actor_kind::call)];
  const auto until = std::chrono::steady_clock::now() + deadline;
  while (calls != 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(10ms);
  return calls == 0;
}

}  // namespace

engine::actor_config::actor_config(const settings& values) {
  // Stealing workers poll; calls do not run on CAF's pool, so one sleeping worker is enough.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", std::size_t{1});
  add_message_types<caf::id_block::tandem>();
  if (!values.cluster.listen.empty()) {
    load_basp(*this, std::chrono::milliseconds(values.cluster.heartbeat_ms),
              std::chrono::milliseconds(values.cluster.timeout_ms));
  }
}

engine::engine(const settings& values) : values_(values), ending_deadline_(ending_deadline) {}

engine::engine(const settings& values, std::shared_ptr<const call_settings> calls) : engine(values) {
  auto threads =
      values.server.threads ? values.server.threads : std::max(1u, std::thread::hardware_concurrency());
  door_ =
      std::make_shared<admission>(make_admission_limits(values), threads, asio_loop::lag_interval, measure_);
  door_->note_memory(resident_bytes(), std::chrono::steady_clock::now());
  std::vector<asio_loop*> loops;
  std::vector<loop*> hosts;
  for (std::size_t index = 0; index < threads; ++index) {
    loops_.push_back(std::make_unique<asio_loop>(
        system_, index, [this, index](std::chrono::duration<double> late) { look_at_loop(index, late); }));
    loops.push_back(loops_.back().get());
    hosts.push_back(loops_.back().get());
  }
  show_limits(values, measure_);
  links_ = make_link_connector({}, &measure_);
  spares_ = std::make_unique<speech_spares>(hosts, *links_, *door_);
  http_ = make_http_client({}, &measure_);
  auto secret = values.server.secret.empty() ? random_id(32) : values.server.secret;

  services shared;
  shared.node = node_label(values.cluster.node);
  shared.epoch = start_epoch();
  shared.measure = &measure_;
  shared.links = links_.get();
  shared.breakers = &breakers_;
  shared.spares = spares_.get();
  shared.http = http_.get();
  shared.stream_token = [secret, node = shared.node](std::string_view call_id, std::chrono::seconds lasts) {
    return mint_stream_token(secret, node, call_id, std::chrono::system_clock::now() + lasts);
  };
  for (auto& each : loops_) each->start();
  auto& home = *loops_.front();
  portal_ = std::make_unique<portal>(home);
  if (const auto how = make_recording_settings(values)) {
    recordings_ = std::make_unique<recordings>(*how, measure_, bucket_reach{http_.get(), &home});
    shared.recorder = recordings_.get();
  }
  store_ = std::make_unique<sql_store>(make_store_settings(values), measure_);
  records_ = spawn_records(home, *store_, make_prices(values));
  if (const auto how = make_courier_settings(values, shared.node, shared.epoch))
    courier_ = spawn_courier(home, *how, *store_, *http_, measure_);
  events_ = spawn_events(home, make_event_settings(values, shared.node, shared.epoch), courier_);
  campaigns_ = spawn_campaigns(home, *store_, records_, shared.node, shared.epoch);
  store_->start({
      .saved = [records = records_](
                   std::vector<std::string> ids) { caf::anon_send(records, calls_saved{std::move(ids)}); },
      .caught_up =
          [campaigns = campaigns_, courier = courier_] {
            caf::anon_send(campaigns, store_caught_up{});
            if (courier) caf::anon_send(courier, store_caught_up{});
          },
      .leaving =
          [kept = recordings_.get(), events = events_](std::vector<std::string> ids) {
            caf::anon_send(events, forget_calls{ids});
            return kept == nullptr || kept->forget_now(std::move(ids), forget_deadline);
          },
      .takes_records = [door = door_](bool takes) { door->note_store(takes); },
  });
  carrier_ = spawn_carrier(home, calls->carrier, *http_);
  shared.records = records_;
  shared.events = events_;
  shared.carrier = carrier_;
  shared.campaigns = campaigns_;
  const auto member = std::make_shared<std::atomic<bool>>(false);
  if (!values.cluster.listen.empty()) {
    auto how = make_switchboard_settings(values, shared.node, shared.epoch, member);
    how.alone = store_->inherits_journal();
    cluster_side_ =
        std::make_unique<cluster_side>(system_, loops_.size(), how, *store_, door_, events_, measure_);
    relay_ = std::make_unique<stream_relay>(shared.node, *links_, door_, measure_);
    shared.switchboard = cluster_side_->switchboard();
  }
  node_ = spawn_node(home, hosts, door_, calls, shared);
  if (cluster_side_)
    cluster_side_->add_cluster(make_cluster_settings(values, shared.node, shared.epoch, built.version), node_,
                               measure_);
  caf::anon_send(campaigns_, begin_campaigns{node_, shared.switchboard});
  supervise(home);

  auto context = std::make_shared<route_context>();
  context->values = &values_;
  context->secret = secret;
  context->loops = loops;
  context->well = &health_;
  context->door = door_;
  context->node = node_;
  context->records = records_;
  context->events = events_;
  context->campaigns = campaigns_;
  context->http = http_.get();
  if (cluster_side_) {
    context->cluster = cluster_side_->handle();
    context->switchboard = cluster_side_->switchboard();
    context->relay = relay_.get();
    context->member = member;
  }
  context->who = {shared.node, std::stoull(shared.epoch)};
  context->version = built.version;
  context->ask = portal_.get();
  context->recorded = recordings_.get();
  context->files = &files_;
  context->measure = &measure_;
  context->registry = &registry_;
  carrier_side_ =
      listen(values.server.listen, peer::telnyx, values, loops, carrier_routes(context), door_, measure_);
  admin_side_ =
      listen(values.server.admin_listen, peer::admin, values, loops, admin_routes(context), door_, measure_);
  carrier_side_->start();
  admin_side_->start();
  join_cluster(shared);
  spdlog::info("engine listening carrier={}:{} admin={}:{} loops={} max_calls={} agent={}",
               parse_listen(values.server.listen)->host, carrier_side_->port(),
               parse_listen(values.server.admin_listen)->host, admin_side_->port(), threads,
               values.limits.max_calls, values.agent.kind);
}

engine::~engine() {
  if (carrier_side_) carrier_side_->stop_accepting();
  if (node_) end_calls();
  if (cluster_side_) cluster_side_->leave();
  if (carrier_side_) carrier_side_->stop();
  if (admin_side_) admin_side_->stop();
  if (relay_) relay_->end();
  portal_.reset();
  files_.finish();
  if (cluster_side_) cluster_side_->end();
  for (const auto& service : {caf::actor_cast<caf::actor>(campaigns_), caf::actor_cast<caf::actor>(node_),
                              caf::actor_cast<caf::actor>(carrier_), caf::actor_cast<caf::actor>(events_),
                              caf::actor_cast<caf::actor>(records_)}) {
    if (service) caf::anon_send_exit(service, caf::exit_reason::user_shutdown);
  }
  node_ = node_actor{};
  carrier_ = carrier_actor{};
  events_ = events_actor{};
  courier_ = courier_actor{};
  records_ = records_actor{};
  campaigns_ = campaigns_actor{};
  supervisor_ = supervisor_actor{};
  system_.await_all_actors_done();
  // What is queued is written now; callbacks come to the loops, which still run.
  store_.reset();
  recordings_.reset();
  http_.reset();
  spares_.reset();
  relay_.reset();
  links_.reset();
  for (auto& each : loops_) each->stop();
  if (!cluster_side_) return;
  cluster_side_.reset();
  cut_connections();
}

void engine::apply(const settings& values, std::shared_ptr<const call_settings> calls) {
  auto limits = std::make_shared<const admission_limits>(make_admission_limits(values));
  caf::anon_send(node_, apply_settings{std::move(calls), std::move(limits)});
  carrier_side_->bound_unknown(values.limits.pending_connections);
  admin_side_->bound_unknown(values.limits.pending_connections);
  show_limits(values, measure_);
  change_log(values.log);
}

void engine::hurry() {
  ending_deadline_ = hurried_deadline;
  if (recordings_) recordings_->hurry();
}

void engine::look_at_loop(std::size_t index, std::chrono::duration<double> late) {
  measure_.event_loop_lag_seconds->Observe(late.count());
  const auto now = std::chrono::steady_clock::now();
  door_->note_lag(index, late, now);
  if (index == 0 && probes_++ % probes_per_look == 0) door_->note_memory(resident_bytes(), now);
}

void engine::drain(std::function<void()> done) {
  const std::chrono::seconds limit(values_.server.drain_seconds);
  portal_->ask<node_description>(
      node_, drain_node{limit}, [done](const node_description&) { done(); }, done, limit);
}

void engine::supervise(asio_loop& home) {
  supervisor_ = spawn_supervisor(home, measure_, [this](std::string why) { health_.fail(std::move(why)); });
  const auto watch = [this](actor_kind kind, const auto& service) {
    caf::anon_send(supervisor_, watch_service{kind, caf::actor_cast<caf::actor>(service)});
  };
  watch(actor_kind::gateway, portal_->handle());
  watch(actor_kind::records, records_);
  watch(actor_kind::events, events_);
  if (courier_) watch(actor_kind::courier, courier_);
  watch(actor_kind::campaigns, campaigns_);
  watch(actor_kind::carrier, carrier_);
  watch(actor_kind::node, node_);
  if (!cluster_side_) return;
  watch(actor_kind::switchboard, cluster_side_->switchboard());
  watch(actor_kind::cluster, cluster_side_->handle());
}

void engine::join_cluster(const services& shared) {
  if (!cluster_side_) return;
  auto reached = find_node_address(values_);
  reached.carrier_port = carrier_side_->port();
  const auto address = cluster_side_->join(values_.cluster.listen, reached, node_, events_);
  spdlog::info("cluster listening node={} epoch={} address={}", shared.node, shared.epoch, address);
}

void engine::end_calls() {
  if (health_.ailment()) caf::anon_send(node_, end_all_calls{std::string(end_reason::internal_error)});
  caf::scoped_actor self{system_};
  self->send(node_, end_all_calls{std::string(end_reason::shutdown)});
  self->request(node_, ending_deadline_, drain_node{})
      .receive([](const node_description&) {},
               [this](const caf::error& failure) {
                 if (failure != caf::sec::request_timeout && calls_end(ending_deadline_)) return;
                 spdlog::critical("calls did not end in time error={}", caf::to_string(failure));
                 flush_log(2s);
                 _exit(1);
               });
  // From here on the services end on purpose.
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
}

}  // namespace tandem
