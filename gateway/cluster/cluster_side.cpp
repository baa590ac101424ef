#include "gateway/cluster/cluster_side.hpp"

#include "gateway/cluster/basp_network.hpp"
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
          .timeout = std::chrono::milliseconds(values.cluster.timeout_ms)};
}

cluster_side::cluster_side(caf::actor_system& system, std::size_t index, const cluster_settings& how,
                           node_actor node, metrics& measure)
    : system_(system),
      loop_(std::make_unique<asio_loop>(system, index)),
      network_(make_basp_network(*loop_)) {
  loop_->start();
  actor_ = spawn_cluster(*loop_, how, std::move(node), *network_, measure);
}

cluster_side::~cluster_side() { loop_->stop(); }

std::string cluster_side::listen(const std::string& where) {
  const auto wanted = parse_listen(where).value();
  const auto port = open_basp(system_, actor_, wanted.host, wanted.port);
  auto address = to_string(cluster::address{wanted.host, port});
  caf::anon_send(actor_, begin_cluster{address});
  return address;
}

void cluster_side::leave() {
  caf::scoped_actor self{system_};
  self->request(actor_, leave_deadline, leave_cluster{})
      .receive([](const cluster_left&) {},
               [](const caf::error& failure) {
                 spdlog::warn("goodbye was not heard error=\"{}\"", caf::to_string(failure));
               });
}

void cluster_side::end() {
  caf::anon_send_exit(actor_, caf::exit_reason::user_shutdown);
  caf::scoped_actor self{system_};
  self->wait_for(actor_);
  actor_ = cluster_actor{};
  network_.reset();
}

}  // namespace tandem
