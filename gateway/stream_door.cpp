#include "gateway/stream_door.hpp"

#include "actors/admission.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "protocols/json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

/// The answer to a stream that may come in later.
server_answer no_room(std::uint64_t retry_after_seconds, std::string_view code, std::string_view why) {
  auto answer = error_answer(503, code, why);
  answer.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  return answer;
}

std::string call_message(std::string_view call_id) {
  std::string text = R"({"event":"call","call":{"id":)";
  json::append_quoted(text, call_id);
  return text += "}}";
}

void accept(const route_context& context, upgrade& door, const stream_ruling& ruling,
            const open_stream& asked) {
  door.accept(*context.loops[ruling.loop],
              {.from = asked.is_softphone ? peer::admin : peer::telnyx, .write_bound = ruling.write_bound},
              [ruling, asked](const std::shared_ptr<link>& stream) {
                if (stream) {
                  if (asked.is_softphone) stream->send(call_message(ruling.new_call_id));
                  return caf::anon_send(ruling.taker, attach_stream{stream});
                }
                // Whoever takes a stream that named no call waits for nothing else.
                if (asked.call_id.empty())
                  caf::anon_send(ruling.taker, end_call{std::string(end_reason::no_media)});
              });
}

}  // namespace

void admit_stream(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream,
                  const open_stream& question) {
  auto asked = question;
  asked.loop = static_cast<std::uint32_t>(stream->home().index());
  asked.can_move = stream->can_move();
  auto on_home = [stream](auto call) { stream->home().post([stream, call] { call(*stream); }); };
  context->ask->ask<stream_ruling>(
      context->node, asked,
      [=](const stream_ruling& ruling) {
        on_home([=](upgrade& door) {
          if (ruling.unknown_call)
            return door.refuse(error_answer(403, "unknown_call", "the call is over or was never here"));
          if (ruling.why != refusal::none) {
            return door.refuse(no_room(ruling.retry_after_seconds, "no_capacity", to_string(ruling.why)));
          }
          accept(*context, door, ruling, asked);
        });
      },
      [=] {
        on_home([=](upgrade& door) {
          door.refuse(no_room(context->door->limits().retry_after_seconds, "busy",
                              "the node did not answer in time"));
        });
      });
}

}  // namespace tandem
