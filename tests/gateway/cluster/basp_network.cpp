#include "gateway/cluster/basp_network.hpp"

#include "gateway/network/asio_loop.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <set>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <caf/all.hpp>
#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;
constexpr auto limit = 5s;
const std::string loopback = "127.0.0.1";

struct basp_config : caf::actor_system_config {
  basp_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    add_message_types<caf::id_block::tandem>();
    load_basp(*this, 100ms, 5s);
  }
};

/// What a node has of the network, in a process with others.
struct side {
  side() { loop.start(); }
  ~side() {
    network.reset();
    system.await_all_actors_done();
    loop.stop();
  }
  side(const side&) = delete;

  /// Runs on the loop and waits for it.
  template <class Call>
  void on_loop(Call call) {
    std::promise<void> done;
    loop.post([&] {
      call();
      done.set_value();
    });
    REQUIRE(done.get_future().wait_for(patience) == std::future_status::ready);
  }

  /// What an attempt comes to.
  template <class Answer, class Begin>
  Answer await(Begin begin) {
    std::promise<Answer> told;
    auto answer = told.get_future();
    std::unique_ptr<network_attempt> attempt;
    on_loop([&] { attempt = begin([&told](Answer found) { told.set_value(std::move(found)); }); });
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    on_loop([&] { attempt.reset(); });
    return answer.get();
  }

  tl::expected<cluster_front, std::string> reach(const cluster::address& where) {
    return await<tl::expected<cluster_front, std::string>>(
        [&](auto done) { return network->reach(where, limit, std::move(done)); });
  }

  std::optional<std::vector<std::string>> look_up(const std::string& name) {
    return await<std::optional<std::vector<std::string>>>(
        [&](auto done) { return network->look_up(name, 2s, std::move(done)); });
  }

  basp_config config;
  caf::actor_system system{config};
  asio_loop loop{system, 0};
  std::unique_ptr<peer_network> network = make_basp_network(loop);
};

cluster_front::behavior_type answer_greetings(const std::string& how) {
  return {
      [how](const greet_node& said) {
        return greeting_ruling{said.from, {cluster::fault::full, how}};
      },
      [](const node_report&) {},
      [](const say_goodbye&) { return goodbye_heard{}; },
  };
}

}  // namespace

TEST_CASE("a node is reached, answers, and its end is noticed") {
  side here, there;
  CHECK(here.system.node() != there.system.node());
  auto door = there.system.spawn(answer_greetings, std::string("heard"));
  const auto port = open_basp(there.system, door, loopback, 0);
  CHECK(port != 0);
  const auto found = here.reach({loopback, port});
  REQUIRE(found);
  CHECK((*found)->node() == there.system.node());
  CHECK(here.reach({loopback, port}) == found);
  caf::scoped_actor self(here.system);
  self->monitor(*found);
  const greet_node said{{.who = {"a", 7}, .terms = {{"x", "y"}}}, *found};
  self->request(*found, patience, said)
      .receive(
          [&](const greeting_ruling& answer) {
            CHECK(answer.from.who == said.from.who);
            CHECK(answer.from.terms == said.from.terms);
            CHECK(answer.ruling.why == cluster::fault::full);
            CHECK(answer.ruling.what == "heard");
          },
          [](const caf::error& failure) { FAIL(caf::to_string(failure)); });
  caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
  bool noticed = false;
  self->receive([&](const caf::down_msg& down) { noticed = down.source == found->address(); },
                caf::after(patience) >> [] {});
  CHECK(noticed);
}

TEST_CASE("where nobody is, nobody is reached") {
  side here;
  std::uint16_t free = 0;
  {
    boost::asio::io_context context;
    boost::asio::ip::tcp::acceptor closed(context, {boost::asio::ip::make_address(loopback), 0});
    free = closed.local_endpoint().port();
  }
  const auto found = here.reach({loopback, free});
  REQUIRE_FALSE(found);
  CHECK_FALSE(found.error().empty());
}

TEST_CASE("a server that says nothing is given up, and others are reached meanwhile") {
  side here, there;
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor silent(context, {boost::asio::ip::make_address(loopback), 0});
  auto door = there.system.spawn(answer_greetings, std::string("heard"));
  const auto port = open_basp(there.system, door, loopback, 0);
  std::promise<bool> reached;
  std::unique_ptr<network_attempt> waiting;
  here.on_loop([&] {
    waiting = here.network->reach({loopback, silent.local_endpoint().port()}, 1s,
                                  [&](auto found) { reached.set_value(found.has_value()); });
  });
  CHECK(here.reach({loopback, port}));
  auto outcome = reached.get_future();
  REQUIRE(outcome.wait_for(patience) == std::future_status::ready);
  CHECK_FALSE(outcome.get());
  here.on_loop([&] { waiting.reset(); });
  caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
}

TEST_CASE("an attempt that is dropped tells nothing") {
  side here;
  bool told = false;
  here.on_loop([&] {
    auto attempt = here.network->reach({loopback, 1}, limit, [&](auto) { told = true; });
    attempt.reset();
    attempt = here.network->look_up("localhost", limit, [&](auto) { told = true; });
  });
  // What was asked later is answered, and nothing before it was.
  CHECK(here.look_up("localhost"));
  CHECK_FALSE(told);
}

TEST_CASE("a name is looked up, or cannot be") {
  side here;
  const auto found = here.look_up("localhost");
  REQUIRE(found);
  const std::set<std::string> hosts(found->begin(), found->end());
  CHECK(hosts.size() == found->size());
  CHECK((hosts.contains("127.0.0.1") || hosts.contains("::1")));
  CHECK_FALSE(here.look_up("nobody.invalid"));
}

TEST_CASE("an address that is taken is said") {
  side here;
  boost::asio::io_context context;
  boost::asio::ip::tcp::acceptor taken(context, {boost::asio::ip::make_address(loopback), 0});
  auto door = here.system.spawn(answer_greetings, std::string("heard"));
  CHECK_THROWS_AS(open_basp(here.system, door, loopback, taken.local_endpoint().port()), std::runtime_error);
  caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
}
