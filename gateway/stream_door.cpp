#include "gateway/stream_door.hpp"

#include "actors/admission.hpp"
#include "gateway/call_finder.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/stream_relay.hpp"
#include "protocols/json.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

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

/// A stream at the door, which is used where it is at home.
struct waiting_stream {
  std::shared_ptr<upgrade> door;

  template <class Call>
  void with(Call call) const {
    door->home().post([door = door, call] { call(*door); });
  }
  void refuse(const server_answer& why) const {
    with([why](upgrade& waiting) { waiting.refuse(why); });
  }
};

void let_in(const std::shared_ptr<const route_context>& context, const waiting_stream& stream,
            const open_stream& asked, const std::function<void()>& if_unknown) {
  context->ask->ask<stream_ruling>(
      context->node, asked,
      [=](const stream_ruling& ruling) {
        if (ruling.unknown_call) return if_unknown();
        if (ruling.why != refusal::none)
          return stream.refuse(no_room(ruling.retry_after_seconds, "no_capacity", to_string(ruling.why)));
        stream.with([=](upgrade& door) { accept(*context, door, ruling, asked); });
      },
      [=] {
        stream.refuse(
            no_room(context->door->limits().retry_after_seconds, "busy", "the node did not answer in time"));
      });
}

/// The call may be another node's.
void carry_on(const std::shared_ptr<const route_context>& context, const waiting_stream& stream,
              const open_stream& asked) {
  const auto refuse = [stream](const server_answer& why) { stream.refuse(why); };
  find_way(context, asked.call_id, refuse, [=](const node_door& way) {
    // It has come here meanwhile.
    if (way.node == context->who.name)
      return let_in(context, stream, asked, [refuse] { refuse(unknown_stream_answer()); });
    stream.with([=](upgrade& door) {
      context->relay->carry(stream.door, {.node = way.node, .url = way.media_url + door.head().path});
    });
  });
}

}  // namespace

void admit_stream(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream,
                  const open_stream& question) {
  auto asked = question;
  asked.loop = static_cast<std::uint32_t>(stream->home().index());
  asked.can_move = stream->can_move();
  const bool may_go_on =
      context->switchboard && !asked.call_id.empty() && stream->head().header(relayed_header).empty();
  const waiting_stream waiting{std::move(stream)};
  let_in(context, waiting, asked,
         [=] { may_go_on ? carry_on(context, waiting, asked) : waiting.refuse(unknown_stream_answer()); });
}

void refuse_token(const route_context& context, upgrade& stream, token_fault why) {
  context.measure->connection_failures(peer::telnyx, connection_failure::unauthorised).Increment();
  spdlog::warn("media stream refused reason=\"{}\" from={}", to_string(why), stream.head().remote);
  stream.refuse(error_answer(403, "bad_token", to_string(why)));
}

}  // namespace tandem
