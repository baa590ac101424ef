#include "gateway/cluster/basp_network.hpp"

#include "gateway/cluster/basp_identity.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/network/dialer.hpp"
#include "gateway/portal.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

namespace tandem {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// Other programs that speak BASP are none of ours.
const std::string application = "tandem";

/// A lookup in the system's library cannot be interrupted; its owner only stops to wait.
struct lookup : std::enable_shared_from_this<lookup> {
  using resolver = asio::ip::basic_resolver<asio::ip::tcp, asio::io_context::executor_type>;

  lookup(asio_loop& owner, peer_network::hosts_found to_tell)
      : home(owner), names(owner.context()), done(std::move(to_tell)) {}

  void begin(const std::string& name, std::chrono::milliseconds limit) {
    deadline = home.at(home.now() + limit, [this] { finish(std::nullopt); });
    names.async_resolve(
        name, "", [weak = weak_from_this()](const error_code& error, const resolver::results_type& found) {
          const auto self = weak.lock();
          if (!self) return;
          self->home.enter([&] {
            if (error) return self->finish(std::nullopt);
            std::vector<std::string> hosts;
            for (const auto& each : found) hosts.push_back(each.endpoint().address().to_string());
            std::ranges::sort(hosts);
            const auto again = std::ranges::unique(hosts);
            hosts.erase(again.begin(), again.end());
            self->finish(std::move(hosts));
          });
        });
  }

  void finish(std::optional<std::vector<std::string>> hosts) {
    const auto kept = shared_from_this();
    deadline.cancel();
    if (auto tell = std::exchange(done, nullptr)) tell(std::move(hosts));
  }

  void abandon() {
    done = nullptr;
    deadline.cancel();
    names.cancel();
  }

  asio_loop& home;
  resolver names;
  peer_network::hosts_found done;
  timer deadline;
};

/// Sees whether somebody takes connections there and speaks first, as BASP has it; then has CAF connect.
struct connecting : std::enable_shared_from_this<connecting> {
  connecting(asio_loop& owner, const portal& through, peer_network::node_reached to_tell)
      : home(owner), ask(through), done(std::move(to_tell)) {}

  void begin(const cluster::address& where, std::chrono::milliseconds limit) {
    deadline = home.at(home.now() + limit, [this] { finish(tl::unexpected(std::string("timed out"))); });
    dialling.emplace(home, where.host, where.port, [this, limit](const error_code& error, tcp_socket socket) {
      if (error) return finish(tl::unexpected(error.message()));
      probe.emplace(std::move(socket));
      probe->async_read_some(asio::buffer(first),
                             [self = shared_from_this(), limit](const error_code& failed, std::size_t) {
                               self->home.enter([&] { self->on_read(failed, limit); });
                             });
    });
  }

  void on_read(error_code failed, std::chrono::milliseconds limit) {
    if (!done) return;
    asio::ip::tcp::endpoint there;
    if (!failed) there = probe->remote_endpoint(failed);
    if (failed) return finish(tl::unexpected(failed.message()));
    probe.reset();
    connect(there.address().to_string(), there.port(), limit);
  }

  void connect(std::string host, std::uint16_t port, std::chrono::milliseconds limit) {
    auto middleman = home.system().middleman().actor_handle();
    ask.run([weak = weak_from_this(), middleman, host = std::move(host), port, limit](portal_self* self) {
      self->request(middleman, limit, caf::connect_atom_v, host, port)
          .then(
              [weak](const caf::node_id&, const caf::strong_actor_ptr& found,
                     const std::set<std::string>& understands) {
                if (const auto it = weak.lock()) it->finish(it->front_of(found, understands));
              },
              [weak](const caf::error& failure) {
                if (const auto it = weak.lock()) it->finish(tl::unexpected(caf::to_string(failure)));
              });
    });
  }

  tl::expected<cluster_front, std::string> front_of(const caf::strong_actor_ptr& found,
                                                    const std::set<std::string>& understands) const {
    if (!found) return tl::unexpected(std::string("no node is there"));
    if (!home.system().assignable<cluster_front>(understands))
      return tl::unexpected(std::string("who is there speaks another protocol"));
    return caf::actor_cast<cluster_front>(found);
  }

  void finish(tl::expected<cluster_front, std::string> found) {
    const auto kept = shared_from_this();
    deadline.cancel();
    probe.reset();
    if (auto tell = std::exchange(done, nullptr)) tell(std::move(found));
  }

  void abandon() {
    done = nullptr;
    deadline.cancel();
    dialling.reset();
    probe.reset();
  }

  asio_loop& home;
  const portal& ask;
  peer_network::node_reached done;
  timer deadline;
  std::optional<dialer> dialling;
  std::optional<tcp_socket> probe;
  std::array<char, 1> first{};
};

/// What an owner holds of work that may outlast it.
template <class Work>
class owned_attempt final : public network_attempt {
 public:
  explicit owned_attempt(std::shared_ptr<Work> work) : work_(std::move(work)) {}
  ~owned_attempt() override { work_->abandon(); }

 private:
  std::shared_ptr<Work> work_;
};

class basp_network final : public peer_network {
 public:
  explicit basp_network(asio_loop& home) : home_(home), portal_(home) {}

  std::unique_ptr<network_attempt> look_up(const std::string& name, std::chrono::milliseconds limit,
                                           hosts_found done) override {
    auto work = std::make_shared<lookup>(home_, std::move(done));
    work->begin(name, limit);
    return std::make_unique<owned_attempt<lookup>>(std::move(work));
  }

  std::unique_ptr<network_attempt> reach(const cluster::address& where, std::chrono::milliseconds limit,
                                         node_reached done) override {
    auto work = std::make_shared<connecting>(home_, portal_, std::move(done));
    work->begin(where, limit);
    return std::make_unique<owned_attempt<connecting>>(std::move(work));
  }

 private:
  asio_loop& home_;
  portal portal_;
};

}  // namespace

void load_basp(caf::actor_system_config& config, std::chrono::milliseconds heartbeat,
               std::chrono::milliseconds timeout) {
  config.load<caf::io::middleman>();
  randomise_identity(config);
  config.set("middleman.app-identifiers", std::vector<std::string>{application});
  config.set("middleman.heartbeat-interval", caf::timespan(heartbeat));
  config.set("middleman.connection-timeout", caf::timespan(timeout));
  // Reports are small and few.
  config.set("middleman.workers", std::size_t{1});
}

std::uint16_t open_basp(caf::actor_system& system, const cluster_front& door, const std::string& host,
                        std::uint16_t port) {
  const auto bound = system.middleman().publish(door, port, host.c_str(), true);
  if (!bound)
    throw std::runtime_error("cannot listen on " + to_string(cluster::address{host, port}) + ": " +
                             caf::to_string(bound.error()));
  return *bound;
}

void cut_connections() {
  std::error_code failed;
  for (std::filesystem::directory_iterator at("/proc/self/fd", failed), end; !failed && at != end;
       at.increment(failed)) {
    const int fd = std::atoi(at->path().filename().c_str());
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    if (peer.ss_family == AF_INET || peer.ss_family == AF_INET6) shutdown(fd, SHUT_RDWR);
  }
}

std::unique_ptr<peer_network> make_basp_network(asio_loop& home) {
  return std::make_unique<basp_network>(home);
}

}  // namespace tandem
