#include "actors/admission.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "gateway/stream_token.hpp"
#include "protocols/telnyx/webhook.hpp"

#include <optional>

#include <caf/all.hpp>
#include <prometheus/counter.h>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::string_view webhook_path = "/telnyx/webhooks";
constexpr std::string_view media_path = "/telnyx/media/";

server_answer refuse_webhook(const route_context& context, const request_head& head,
                             signature_check verdict) {
  context.measure->connection_failures(peer::telnyx, connection_failure::unauthorised).Increment();
  spdlog::warn("webhook refused reason=\"{}\" from={}", to_string(verdict), head.remote);
  return error_answer(401, "bad_signature", to_string(verdict));
}

/// What is wrong with a request, as far as its head tells.
std::optional<server_answer> fault_of(const route_context& context, const webhook_verifier& verifier,
                                      const request_head& head) {
  if (head.path != webhook_path) return error_answer(404, "not_found", "no such route");
  if (head.method != "POST") return error_answer(405, "bad_method", "only POST is allowed here");
  const auto verdict =
      verifier.check_head(head.header("telnyx-timestamp"), head.header("telnyx-signature-ed25519"),
                          std::chrono::system_clock::now());
  if (verdict != signature_check::valid) return refuse_webhook(context, head, verdict);
  return std::nullopt;
}

void on_webhook(const route_context& context, const webhook_verifier& verifier, server_request request,
                const respond& answer) {
  if (auto fault = fault_of(context, verifier, request.head)) return answer(std::move(*fault));
  const auto verdict =
      verifier.check(request.head.header("telnyx-timestamp"), request.head.header("telnyx-signature-ed25519"),
                     request.body, std::chrono::system_clock::now());
  if (verdict != signature_check::valid) return answer(refuse_webhook(context, request.head, verdict));
  auto event = telnyx::read_webhook(std::move(request.body));
  if (!event) {
    auto refusal = error_answer(400, "bad_webhook", json::to_string(event.error()));
    refusal.known_peer = true;
    return answer(std::move(refusal));
  }
  answer({.status = 200, .body = "{}", .known_peer = true});
  caf::anon_send(context.node, webhook_received{std::make_shared<const telnyx::webhook>(std::move(*event))});
}

/// The answer to a stream that may come in later.
server_answer no_room(std::uint64_t retry_after_seconds, std::string_view code, std::string_view why) {
  auto answer = error_answer(503, code, why);
  answer.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  return answer;
}

/// A media stream at the door: let in by the node, or refused.
void on_media(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream) {
  auto token = std::string_view(stream->head().path).substr(media_path.size());
  open_stream question{.loop = static_cast<std::uint32_t>(stream->home().index()),
                       .can_move = stream->can_move()};
  const auto& fixed = context->values->telnyx.stream_token;
  if (fixed.empty() || !equal_in_constant_time(token, fixed)) {
    auto call_id = verify_stream_token(context->secret, token, std::chrono::system_clock::now());
    if (!call_id) {
      context->measure->connection_failures(peer::telnyx, connection_failure::unauthorised).Increment();
      spdlog::warn("media stream refused reason=\"{}\" from={}", to_string(call_id.error()),
                   stream->head().remote);
      return stream->refuse(error_answer(403, "bad_token", to_string(call_id.error())));
    }
    question.call_id = *call_id;
  }
  auto on_home = [stream](auto call) { stream->home().post([stream, call] { call(*stream); }); };
  context->ask->ask<stream_ruling>(
      context->node, question,
      [=, loops = context->loops](const stream_ruling& ruling) {
        on_home([=](upgrade& door) {
          if (ruling.unknown_call)
            return door.refuse(error_answer(403, "unknown_call", "the call is over or was never here"));
          if (ruling.why != refusal::none) {
            return door.refuse(no_room(ruling.retry_after_seconds, "no_capacity", to_string(ruling.why)));
          }
          door.accept(
              *loops[ruling.loop], {.from = peer::telnyx, .write_bound = ruling.write_bound},
              [taker = ruling.taker, is_new = question.call_id.empty()](std::shared_ptr<link> stream) {
                if (stream) return caf::anon_send(taker, attach_stream{std::move(stream)});
                // Nobody else knows of this call.
                if (is_new) caf::anon_send(taker, end_call{std::string(end_reason::no_media)});
              });
        });
      },
      [=] {
        on_home([=](upgrade& door) {
          door.refuse(no_room(context->door->limits().retry_after_seconds, "busy",
                              "the node did not answer in time"));
        });
      });
}

}  // namespace

server_handlers carrier_routes(std::shared_ptr<const route_context> context) {
  auto verifier = std::make_shared<const webhook_verifier>(context->values->telnyx.public_key);
  return {
      .on_head = [context,
                  verifier](const request_head& head) { return fault_of(*context, *verifier, head); },
      .on_request =
          [context, verifier](server_request request, const respond& answer) {
            on_webhook(*context, *verifier, std::move(request), answer);
          },
      .on_upgrade =
          [context](std::unique_ptr<upgrade> stream) {
            if (!stream->head().path.starts_with(media_path)) {
              return stream->refuse(error_answer(404, "not_found", "no such stream"));
            }
            on_media(context, std::move(stream));
          },
  };
}

}  // namespace tandem
