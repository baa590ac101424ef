#include "actors/admission.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/stream_door.hpp"

#include <array>
#include <memory>
#include <string>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// What the system may keep for a listener: about a second, so that who falls behind hears what is new.
constexpr std::size_t system_bound = std::size_t{16} * 1024;

void say_how(const routed_request& asked) {
  server_answer answer = error_answer(426, "no_websocket", "a WebSocket is expected here");
  answer.headers.emplace_back("Upgrade", "websocket");
  asked.answer(std::move(answer));
}

constexpr std::array routes{route{"GET", softphone_path, say_how}, route{"GET", listen_path, say_how}};

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
  if (!context->values->server.listen_in)
    return stream->refuse(error_answer(403, "listening_off", "server.listen_in is false: nobody may"));
  const std::shared_ptr<upgrade> door = std::move(stream);
  const auto on_home = [door](auto use) { door->home().post([door, use] { use(*door); }); };
  const respond refuse = [on_home](const server_answer& answer) {
    on_home([answer](upgrade& waiting) { waiting.refuse(answer); });
  };
  const auto on_ruling = [=](const call_actor& call, const listen_ruling& ruling) {
    if (ruling.is_full) return refuse(error_answer(429, "too_many_listeners", ruling.why));
    if (!ruling.accepted) return refuse(state_answer(to_string(ruling.state), ruling.why));
    on_home([=, rate = ruling.rate](upgrade& waiting) { accept(*context, waiting, call, rate, by); });
  };
  context->ask->ask<call_owner>(
      context->node, find_owner{id},
      [=](const call_owner& owner) {
        if (!owner.call) return explain_absence(*context, id, refuse);
        context->ask->ask<listen_ruling>(
            owner.call, may_listen{},
            [on_ruling, call = owner.call](const listen_ruling& ruling) { on_ruling(call, ruling); },
            [=] { explain_absence(*context, id, refuse); });
      },
      [refuse] { refuse(busy_answer()); });
}

}  // namespace tandem
