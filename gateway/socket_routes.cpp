#include "actors/admission.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/stream_door.hpp"

#include <array>
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

server_answer upgrade_needed() {
  auto answer = error_answer(426, "no_websocket", "a WebSocket is expected here");
  answer.headers.emplace_back("Upgrade", "websocket");
  return answer;
}

/// Who may hear this call gets it, and how it sounds, in samples per second; others are refused.
using hearable = std::function<void(const call_actor&, std::uint32_t rate)>;

void find_hearable(const std::shared_ptr<const route_context>& context, const std::string& id,
                   const respond& refuse, const hearable& use) {
  if (!context->values->server.listen_in)
    return refuse(error_answer(403, "listening_off", "server.listen_in is false: nobody may listen in"));
  const auto absent = [=] { explain_absence(*context, id, refuse); };
  const auto on_ruling = [=](const call_actor& call, const listen_ruling& ruling) {
    if (ruling.is_full) return refuse(error_answer(429, "too_many_listeners", ruling.why));
    if (!ruling.accepted) return refuse(state_answer(to_string(ruling.state), ruling.why));
    use(call, ruling.rate);
  };
  context->ask->ask<call_owner>(
      context->node, find_owner{id},
      [=](const call_owner& owner) {
        if (!owner.call) return absent();
        context->ask->ask<listen_ruling>(
            owner.call, may_listen{},
            [on_ruling, call = owner.call](const listen_ruling& ruling) { on_ruling(call, ruling); }, absent);
      },
      [refuse] { refuse(busy_answer()); });
}

/// A browser keeps the answer to a WebSocket to itself: here a page learns why it was refused.
void say_whether(const routed_request& asked) {
  find_hearable(asked.context, asked.argument, asked.answer,
                [answer = asked.answer](const call_actor&, std::uint32_t) { answer(upgrade_needed()); });
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

}  // namespace

std::span<const route> socket_routes() { return routes; }

void admit_softphone(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream) {
  admit_stream(context, std::move(stream), {.is_softphone = true});
}

void admit_listener(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream,
                    const std::string& id, const std::string& by) {
  const std::shared_ptr<upgrade> door = std::move(stream);
  const auto on_home = [door](auto use) { door->home().post([door, use] { use(*door); }); };
  find_hearable(
      context, id,
      [on_home](const server_answer& answer) {
        on_home([answer](upgrade& waiting) { waiting.refuse(answer); });
      },
      [=](const call_actor& call, std::uint32_t rate) {
        on_home([=](upgrade& waiting) { accept(*context, waiting, call, rate, by); });
      });
}

}  // namespace tandem
