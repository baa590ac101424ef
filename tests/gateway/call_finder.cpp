#include "gateway/call_finder.hpp"

#include "actors/admission.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/stream_relay.hpp"
#include "gateway/stream_token.hpp"
#include "tests/gateway/network/network.hpp"

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/all.hpp>
#include <doctest/doctest.h>
#include <prometheus/registry.h>

using namespace tandem;
using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

struct actor_config : caf::actor_system_config {
  actor_config() {
    set("scheduler.policy", caf::atom("sharing")).set("scheduler.max-threads", 1);
    add_message_types<caf::id_block::tandem>();
  }
};

/// What the actors around a gateway say; it has no call itself.
struct surroundings {
  call_owner elsewhere{};
  node_door way{};
  call_history remembered{};
};

// With arguments, since CAF binds a reference to nothing when it starts a function that takes none.
caf::behavior fake_node(caf::event_based_actor*, const surroundings*) {
  return {[](const find_owner&) { return call_owner{}; },
          [](const describe_node&) { return node_description{}; },
          [](const open_stream&) { return stream_ruling{.unknown_call = true}; }};
}

caf::behavior fake_switchboard(caf::event_based_actor*, const surroundings* said) {
  return {[said](const find_anywhere&) { return said->elsewhere; },
          [said](const find_door&) { return said->way; }};
}

caf::behavior fake_records(caf::event_based_actor*, const surroundings* said) {
  return {[said](const find_call&) { return said->remembered; }};
}

/// A call on another node: whatever it is asked to say, it says.
caf::behavior distant_call(caf::event_based_actor*, const surroundings*) {
  return {[](const control_call&) {
            return control_ruling{true, call_state::connected, {}};
          },
          [](const may_listen&) {
            return listen_ruling{.accepted = true, .state = call_state::connected, .rate = 8000};
          }};
}

struct finder_fixture : echo_network {
  finder_fixture() : door(std::make_shared<admission>(admission_limits{}, 1, 100ms, measure)) {
    home.start();
    node = system.spawn(fake_node, &said);
    switchboard = system.spawn(fake_switchboard, &said);
    records = system.spawn(fake_records, &said);
    call = system.spawn(distant_call, &said);
    asks.emplace(home);
    values.server.secret = secret;
    context.values = &values;
    context.secret = secret;
    context.loops = net.loops();
    context.door = door;
    context.node = caf::actor_cast<node_actor>(node);
    context.records = caf::actor_cast<records_actor>(records);
    context.switchboard = caf::actor_cast<switchboard_actor>(switchboard);
    context.relay = &relay;
    context.who = {"a", 1};
    context.ask = &*asks;
    context.measure = &measure;
  }
  ~finder_fixture() {
    relay.end();
    asks.reset();
    said = surroundings{};
    context = route_context{};
    for (auto* each : {&node, &switchboard, &records, &call}) {
      caf::anon_send_exit(*each, caf::exit_reason::user_shutdown);
      *each = nullptr;
    }
    system.await_all_actors_done();
    home.stop();
  }

  std::shared_ptr<const route_context> shared() const { return std::make_shared<route_context>(context); }

  server_answer ask(const std::string& method, const std::string& path, const std::string& body = {}) {
    auto got = std::make_shared<std::promise<server_answer>>();
    auto answer = got->get_future();
    dispatch(shared(), {.head = {.method = method, .path = path}, .body = body},
             [got](server_answer made) { got->set_value(std::move(made)); });
    REQUIRE(answer.wait_for(patience) == std::future_status::ready);
    return answer.get();
  }

  server_answer say_something() { return ask("POST", "/v1/calls/b-1-1/say", R"({"text":"hello"})"); }

  void remember(call_state state) {
    call_record record;
    record.id = "b-1-1";
    record.node = "b";
    record.state = state;
    said.remembered = {{record}, {}};
  }

  static inline const std::string secret = "the secret of the whole cluster";

  surroundings said;
  prometheus::Registry registry;
  metrics measure{registry};
  settings values;
  actor_config config;
  caf::actor_system system{config};
  asio_loop home{system, 0};
  caf::actor node, switchboard, records, call;
  std::optional<portal> asks;
  std::shared_ptr<admission> door;
  std::unique_ptr<link_connector> links = make_link_connector({}, &measure);
  stream_relay relay{"a", *links, door, measure};
  route_context context;
};

/// The carrier's or the admin side of the fixture's node, and a client's stream to it.
struct open_side {
  open_side(finder_fixture& f, server_handlers handlers)
      : fixture(f), server(f.net.loops(), {}, std::move(handlers)) {
    server.start();
  }
  ~open_side() {
    server.stop();
    fixture.relay.end();
  }

  link_request to(const std::string& path, const std::string& relayed_by = {}) const {
    link_request request{.url = "ws://localhost:" + std::to_string(server.port()) + path};
    if (!relayed_by.empty()) request.headers = {{std::string(relayed_header), relayed_by}};
    return request;
  }

  finder_fixture& fixture;
  http_server server;
};

std::string media_path(const std::string& call_id) {
  return "/telnyx/media/" +
         mint_stream_token(finder_fixture::secret, "a", call_id, std::chrono::system_clock::now() + 60s);
}

/// The status that a stream is refused with; 0 when it is not.
unsigned refusal_of(finder_fixture& f, const link_request& request) {
  const auto connector = make_link_connector();
  watched_link client(f.net, *connector, request);
  client.start();
  const auto closed = client.seen.closed();
  REQUIRE(closed);
  return closed->http_status;
}

/// Whether what is said over this stream comes back.
bool echoes(finder_fixture& f, const link_request& request) {
  const auto connector = make_link_connector();
  watched_link client(f.net, *connector, request);
  client.start();
  if (!client.seen.opened()) return false;
  client.send("hello");
  const auto heard = client.seen.texts(1);
  return heard && heard->front() == "hello";
}

}  // namespace

TEST_CASE_FIXTURE(finder_fixture, "a call on another node does what it is asked here") {
  said.elsewhere = {"b", "b-1-1", caf::actor_cast<call_actor>(call)};
  const auto answer = say_something();
  CHECK(answer.status == 202);
  CHECK(answer.body == R"({"state":"connected"})");
}

TEST_CASE_FIXTURE(finder_fixture, "a call whose node does not answer is said to be there") {
  said.elsewhere = {"b", "b-1-1", call_actor{}};
  const auto answer = say_something();
  CHECK(answer.status == 503);
  CHECK(answer.body.find("node_unreachable") != std::string::npos);
  CHECK(answer.body.find("the node b,") != std::string::npos);
}

TEST_CASE_FIXTURE(finder_fixture, "a call that nobody has is over, unknown, or a node's that is not seen") {
  CHECK(say_something().status == 404);
  remember(call_state::ended);
  CHECK(say_something().status == 409);
  remember(call_state::connected);
  CHECK(say_something().status == 503);
  context.switchboard = switchboard_actor{};
  CHECK(say_something().status == 409);
}

TEST_CASE_FIXTURE(finder_fixture, "a call that does not answer is asked for in the store") {
  caf::anon_send_exit(call, caf::exit_reason::kill);
  said.elsewhere = {"b", "b-1-1", caf::actor_cast<call_actor>(call)};
  remember(call_state::connected);
  CHECK(say_something().status == 503);
  remember(call_state::ended);
  CHECK(say_something().status == 409);
}

TEST_CASE_FIXTURE(finder_fixture, "a node is ready once it is a member of its cluster") {
  CHECK(ask("GET", "/readyz").status == 200);
  const auto member = std::make_shared<std::atomic<bool>>(false);
  context.member = member;
  const auto early = ask("GET", "/readyz");
  CHECK(early.status == 503);
  CHECK(early.body.find("not a member of the cluster yet") != std::string::npos);
  *member = true;
  CHECK(ask("GET", "/readyz").status == 200);
}

TEST_CASE_FIXTURE(finder_fixture, "a stream goes to the node whose call it names") {
  said.way = {"b", echo.url("ws", "")};
  const open_side carrier(*this, carrier_routes(shared()));
  CHECK(echoes(*this, carrier.to(media_path("b-1-1"))));
}

TEST_CASE_FIXTURE(finder_fixture, "a stream that another node brings goes no further") {
  said.way = {"b", echo.url("ws", "")};
  const open_side carrier(*this, carrier_routes(shared()));
  CHECK(refusal_of(*this, carrier.to(media_path("b-1-1"), "c")) == 403);
  CHECK(relay.count() == 0);
}

TEST_CASE_FIXTURE(finder_fixture, "a stream for a call that nobody has is refused") {
  const open_side carrier(*this, carrier_routes(shared()));
  CHECK(refusal_of(*this, carrier.to(media_path("b-1-1"))) == 403);
  said.way = {"b", {}};
  CHECK(refusal_of(*this, carrier.to(media_path("b-1-1"))) == 503);
  // It has come here, and is gone again.
  said.way = {"a", echo.url("ws", "")};
  CHECK(refusal_of(*this, carrier.to(media_path("b-1-1"))) == 403);
}

TEST_CASE_FIXTURE(finder_fixture, "who listens in hears a call on another node") {
  said.elsewhere = {"b", "b-1-1", caf::actor_cast<call_actor>(call)};
  said.way = {"b", echo.url("ws", "")};
  const open_side admin(*this, admin_routes(shared()));
  CHECK(echoes(*this, admin.to("/v1/calls/b-1-1/listen")));
  CHECK(ask("GET", "/v1/calls/b-1-1/listen").status == 426);
}

TEST_CASE_FIXTURE(finder_fixture, "nobody listens in over the carrier side without a node's token") {
  const open_side carrier(*this, carrier_routes(shared()));
  const auto path = [](const std::string& token) { return std::string(relayed_listen_path) + token; };
  const auto soon = std::chrono::system_clock::now() + 60s;
  CHECK(refusal_of(*this, carrier.to(path("x"))) == 403);
  CHECK(refusal_of(*this, carrier.to(path(mint_stream_token(secret, "b", "a-1-1", soon)))) == 403);
  // A token that is good, and a call that is not here: what is known of it is said.
  CHECK(refusal_of(*this, carrier.to(path(mint_listen_token(secret, "b", {"a-1-1", "token"}, soon)))) == 404);
}
