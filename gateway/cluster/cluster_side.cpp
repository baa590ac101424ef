#include "gateway/cluster/cluster_side.hpp"

#include "gateway/cluster/basp_network.hpp"
#include "gateway/exposition.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/signature.hpp"
#include "protocols/base64.hpp"

#include <chrono>
#include <string_view>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr auto calls_deadline = 3s;
constexpr auto leave_deadline = 2s;

/// The URL without who comes in and with which password: it is still the same store.
std::string without_login(std::string_view url) {
  const auto scheme = url.find("://");
  const auto at = url.rfind('@');
  if (scheme == url.npos || at == url.npos || at < scheme) return std::string(url);
  return std::string(url.substr(0, scheme + 3)).append(url.substr(at + 1));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cluster_terms(const settings& values) {
  const auto digest = [&](std::string_view name, std::string_view text) {
    std::pair<std::string, std::string> term{std::string(name), std::string()};
    const auto bytes =
        hmac_sha256(values.server.secret, "cluster " + std::string(name) + " " + std::string(text));
    base64::append(term.second, bytes);
    return term;
  };
  return {digest("server.secret", ""), digest("server.public_url", values.server.public_url),
          digest("store.url", without_login(values.store.url)),
          digest("cluster.heartbeat_ms", std::to_string(values.cluster.heartbeat_ms)),
          digest("cluster.timeout_ms", std::to_string(values.cluster.timeout_ms))};
}

cluster_settings make_cluster_settings(const settings& values, const std::string& node,
                                       const std::string& epoch, const std::string& version) {
  return {.self = {.version = version,
                   .who = {.name = node, .epoch = std::stoull(epoch)},
                   .terms = cluster_terms(values)},
          .discovery = values.cluster.discovery,
          .heartbeat = std::chrono::milliseconds(values.cluster.heartbeat_ms),
          .timeout = std::chrono::milliseconds(values.cluster.timeout_ms),
          .measure_use = use_of_process};
}

switchboard_settings make_switchboard_settings(const settings& values, const std::string& node,
                                               const std::string& epoch,
                                               std::shared_ptr<std::atomic<bool>> member) {
  switchboard_settings out;
  out.rules.heartbeat = std::chrono::milliseconds(values.cluster.heartbeat_ms);
  out.rules.timeout = std::chrono::milliseconds(values.cluster.timeout_ms);
  out.self = {.name = node, .address = find_node_address(values).cluster()};
  out.who = {.name = node, .epoch = std::stoull(epoch)};
  out.member = std::move(member);
  return out;
}

cluster_side::cluster_side(caf::actor_system& system, std::size_t index, const switchboard_settings& how,
                           lease_store& store, std::shared_ptr<admission> door, const events_actor& events,
                           metrics& measure)
    : system_(system),
      loop_(std::make_unique<asio_loop>(system, index)),
      network_(make_basp_network(*loop_)) {
  loop_->start();
  switchboard_ = spawn_switchboard(*loop_, how, store, std::move(door), events, measure);
}

cluster_side::~cluster_side() { loop_->stop(); }

void cluster_side::add_cluster(const cluster_settings& how, node_actor node, metrics& measure) {
  actor_ = spawn_cluster(*loop_, how, std::move(node), *network_, measure);
}

std::string cluster_side::join(const std::string& listen, const node_address& reached, node_actor node,
                               const event_source& events) {
  const auto wanted = parse_listen(listen).value();
  auto where = reached;
  where.cluster_port = open_basp(system_, actor_, wanted.host, wanted.port);
  caf::anon_send(switchboard_, begin_switchboard{std::move(node)});
  caf::anon_send(actor_, watch_cluster{switchboard_});
  caf::anon_send(actor_, begin_cluster{where.cluster(), {switchboard_, events, where.media_url()}});
  return where.cluster();
}

void cluster_side::leave() {
  caf::scoped_actor self{system_};
  self->request(switchboard_, calls_deadline, leave_calls{})
      .receive([](const calls_left&) {},
               [](const caf::error& failure) {
                 spdlog::warn("epoch was not ended error=\"{}\"", caf::to_string(failure));
               });
  if (!actor_) return;
  self->request(actor_, leave_deadline, leave_cluster{})
      .receive([](const cluster_left&) {},
               [](const caf::error& failure) {
                 spdlog::warn("goodbye was not heard error=\"{}\"", caf::to_string(failure));
               });
}

void cluster_side::end() {
  caf::scoped_actor self{system_};
  for (const auto& each : {caf::actor_cast<caf::actor>(switchboard_), caf::actor_cast<caf::actor>(actor_)}) {
    if (!each) continue;
    caf::anon_send_exit(each, caf::exit_reason::user_shutdown);
    self->wait_for(each);
  }
  switchboard_ = switchboard_actor{};
  actor_ = cluster_actor{};
  network_.reset();
}

}  // namespace tandem
