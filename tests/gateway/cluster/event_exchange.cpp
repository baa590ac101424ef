#include "actors/event_sink.hpp"
#include "actors/events.hpp"
#include "gateway/cluster/basp_network.hpp"
#include "gateway/network/asio_loop.hpp"

#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>

using namespace tandem;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

struct basp_config : caf::actor_system_config {
  basp_config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::size_t{1});
    add_message_types<caf::id_block::tandem>();
    load_basp(*this, 100ms, 5s);
  }
};

/// What somebody at another thread has read.
struct reading {
  /// Whether it has this, or soon will.
  bool has(const std::string& part, std::chrono::milliseconds limit = patience) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, limit, [&] { return text.find(part) != text.npos; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::string text;
};

struct reader final : event_sink {
  explicit reader(std::shared_ptr<reading> of) : it(std::move(of)) {}
  bool write(const std::string& text) override {
    std::lock_guard lock(it->mutex);
    it->text += text;
    it->changed.notify_all();
    return true;
  }
  std::shared_ptr<reading> it;
};

cluster_front::behavior_type tell_contact(const event_source& events) {
  return {
      [events](const greet_node& said) {
        return greeting_ruling{said.from, {}, {.events = events}};
      },
      [](const node_report&) {},
      [](const say_goodbye&) { return goodbye_heard{}; },
  };
}

/// A node as far as events go, in a process with others.
struct event_node {
  explicit event_node(const std::string& name) : name(name) {
    loop.start();
    events = spawn_events(loop, {.id_prefix = name + "-"});
    door = system.spawn(tell_contact, events);
    port = open_basp(system, door, "127.0.0.1", 0);
  }
  ~event_node() {
    network.reset();
    caf::anon_send_exit(events, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(door, caf::exit_reason::user_shutdown);
    events = events_actor{};
    door = cluster_front{};
    system.await_all_actors_done();
    loop.stop();
  }
  event_node(const event_node&) = delete;

  /// Learns where the other one's events are, as a greeting tells it.
  void meet(const event_node& other) {
    std::promise<cluster_front> told;
    std::unique_ptr<network_attempt> attempt;
    loop.post([&] {
      attempt = network->reach({"127.0.0.1", other.port}, 5s,
                               [&](auto found) { told.set_value(found.value_or(cluster_front{})); });
    });
    auto answer = told.get_future();
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    std::promise<void> gone;
    loop.post([&] {
      attempt.reset();
      gone.set_value();
    });
    gone.get_future().wait();
    const auto front = answer.get();
    REQUIRE(front);
    caf::scoped_actor self(system);
    self->request(front, patience, greet_node{{.who = {name, 1}}, door, {.events = events}})
        .receive(
            [&](const greeting_ruling& ruling) {
              caf::anon_send(events, events_elsewhere{other.name, ruling.contact.events});
            },
            [](const caf::error& failure) { FAIL(caf::to_string(failure)); });
  }

  std::shared_ptr<reading> watch() {
    auto made = std::make_shared<reading>();
    caf::scoped_actor self(system);
    self->request(events, patience, watch_events{.to = std::make_shared<reader>(made)})
        .receive([](const watch_ruling& ruling) { CHECK(ruling.outcome == watch_outcome::watching); },
                 [](const caf::error& failure) { FAIL(caf::to_string(failure)); });
    return made;
  }

  void happens(event_kind kind, const std::string& text) {
    caf::anon_send(events, event_happened{{.call_id = "call", .kind = kind, .text = text}});
  }

  std::string name;
  basp_config config;
  caf::actor_system system{config};
  asio_loop loop{system, 0};
  std::unique_ptr<peer_network> network = make_basp_network(loop);
  events_actor events;
  cluster_front door;
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE("a node's readers are told over the network what happens at another one") {
  event_node here("here"), there("there");
  here.meet(there);
  const auto at_here = here.watch();
  // Nobody knows when the other one has heard that it is followed: until then events are not sent.
  for (int n = 0; n < 300; ++n) {
    there.happens(event_kind::dtmf, "5");
    if (at_here->has("event: dtmf", 100ms)) break;
  }
  CHECK(at_here->has("id: there-"));
  // More than is sent without being asked for again.
  for (int n = 0; n < 2000; ++n) {
    there.happens(event_kind::transcript_final, "said " + std::to_string(n));
    if (n % 100 == 99) CHECK(at_here->has("\"said " + std::to_string(n) + "\""));
  }
  std::lock_guard lock(at_here->mutex);
  CHECK(at_here->text.find("events.missed") == std::string::npos);
}

TEST_CASE("two nodes that follow each other tell each event once") {
  event_node here("here"), there("there");
  here.meet(there);
  there.meet(here);
  const auto at_here = here.watch();
  const auto at_there = there.watch();
  // Until each has heard that the other one follows it.
  for (int n = 0; n < 300; ++n) {
    here.happens(event_kind::dtmf, "1");
    there.happens(event_kind::dtmf, "2");
    if (at_here->has("\"2\"", 100ms) && at_there->has("\"1\"", 100ms)) break;
  }
  here.happens(event_kind::agent_reply, "last of here");
  there.happens(event_kind::agent_reply, "last of there");
  for (const auto& each : {at_here, at_there}) {
    CHECK(each->has("last of here"));
    CHECK(each->has("last of there"));
    std::lock_guard lock(each->mutex);
    const auto at = each->text.find("last of here");
    CHECK(each->text.find("last of here", at + 1) == std::string::npos);
  }
}
