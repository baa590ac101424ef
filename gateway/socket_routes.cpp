#include "actors/admission.hpp"
#include "gateway/call_finder.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/stream_door.hpp"
#include "gateway/stream_relay.hpp"
#include "gateway/stream_token.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// What the system may keep for a listener: about a second, so that who falls behind hears what is new.
constexpr std::size_t system_bound = std::size_t{16} * 1024;

/// It is used at once; the rest is for clocks that differ.
constexpr std::chrono::seconds token_life{30};

server_answer upgrade_needed() {
  auto answer = error_answer(426, "no_websocket", "a WebSocket is expected here");
  answer.headers.emplace_back("Upgrade", "websocket");
  return answer;
}

/// Who may hear this call gets its owner, and how it sounds, in samples per second; others are refused.
using hearable = std::function<void(const call_owner&, std::uint32_t rate)>;

/// How a call is found: on any node, or on this one.
using finder = decltype(&seek_call);

void find_hearable(const std::shared_ptr<const route_context>& context, const std::string& id, finder find,
                   const respond& refuse, const hearable& use) {
  if (!context->values->server.listen_in)
    return refuse(error_answer(403, "listening_off", "server.listen_in is false: nobody may listen in"));
  const auto on_ruling = [=](const call_owner& owner, const listen_ruling& ruling) {
    if (ruling.is_full) return refuse(error_answer(429, "too_many_listeners", ruling.why));
    if (!ruling.accepted) return refuse(state_answer(to_string(ruling.state), ruling.why));
    use(owner, ruling.rate);
  };
  find(context, id, refuse, [=](const call_owner& owner) {
    context->ask->ask<listen_ruling>(
        owner.call, may_listen{}, [=](const listen_ruling& ruling) { on_ruling(owner, ruling); },
        [=] { explain_absence(*context, id, refuse); }, deadline_of(*context, owner));
  });
}

/// A browser keeps the answer to a WebSocket to itself: here a page learns why it was refused.
void say_whether(const routed_request& asked) {
  find_hearable(asked.context, asked.argument, seek_call, asked.answer,
                [answer = asked.answer](const call_owner&, std::uint32_t) { answer(upgrade_needed()); });
}

constexpr std::array routes{
    route{"GET", softphone_path, [](const routed_request& asked) { asked.answer(upgrade_needed()); }},
    route{"GET", listen_path, say_whether}};

/// The call takes the listener, who has a place among the connections; from now on it is up to the call.
void accept(const route_context& context, upgrade& door, const call_actor& call, std::uint32_t rate,
            const std::string& by) {
  auto place = context.door->admit_connection();
  if (!place) {
    auto full = error_answer(503, "no_capacity", "no room for another connection");
    full.headers.emplace_back("Retry-After", std::to_string(context.door->limits().retry_after_seconds));
    return door.refuse(std::move(full));
  }
  auto booked = std::make_shared<admission::place>(std::move(*place));
  // Two seconds of both sides.
  const std::size_t write_bound = std::size_t{4} * rate;
  door.accept(
      door.home(),
      {.from = peer::admin, .write_bound = write_bound, .message_bound = 4096, .system_bound = system_bound},
      [call, by, booked](const std::shared_ptr<link>& stream) {
        if (stream) caf::anon_send(call, attach_listener{stream, by, booked});
      });
}

/// The node whose call it is knows by the token who listens.
void carry_on(const std::shared_ptr<const route_context>& context, const std::shared_ptr<upgrade>& door,
              const listen_pass& who, const respond& refuse) {
  find_way(context, who.call_id, refuse, [=](const node_door& way) {
    const auto token = mint_listen_token(context->secret, context->who.name, who,
                                         std::chrono::system_clock::now() + token_life);
    auto url = std::string(way.media_url).append(relayed_listen_path).append(token);
    door->home().post([=, url = std::move(url)] {
      context->relay->carry(door, {.node = way.node, .url = url, .from = peer::admin});
    });
  });
}

void let_listen(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream,
                const std::string& id, const std::string& by, finder find) {
  const std::shared_ptr<upgrade> door = std::move(stream);
  const respond refuse = [door](const server_answer& answer) {
    door->home().post([door, answer] { door->refuse(answer); });
  };
  find_hearable(context, id, find, refuse, [=](const call_owner& owner, std::uint32_t rate) {
    if (is_elsewhere(*context, owner)) return carry_on(context, door, {owner.call_id, by}, refuse);
    door->home().post([=] { accept(*context, *door, owner.call, rate, by); });
  });
}

}  // namespace

std::span<const route> socket_routes() { return routes; }

void admit_softphone(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream) {
  admit_stream(context, std::move(stream), {.is_softphone = true});
}

void admit_listener(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream,
                    const std::string& id, const std::string& by) {
  let_listen(context, std::move(stream), id, by, seek_call);
}

void admit_relayed_listener(const std::shared_ptr<const route_context>& context,
                            std::unique_ptr<upgrade> stream, std::string_view token) {
  const auto pass = verify_listen_token(context->secret, token, std::chrono::system_clock::now());
  if (!pass) return refuse_token(*context, *stream, pass.error());
  let_listen(context, std::move(stream), pass->call_id, pass->by, seek_call_here);
}

}  // namespace tandem
