#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "gateway/stream_door.hpp"
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

/// A media stream at the door, with the token of a call or the fixed one.
void on_media(const std::shared_ptr<const route_context>& context, std::shared_ptr<upgrade> stream) {
  auto token = std::string_view(stream->head().path).substr(media_path.size());
  open_stream question;
  const auto& fixed = context->values->telnyx.stream_token;
  if (fixed.empty() || !equal_in_constant_time(token, fixed)) {
    auto call_id = verify_stream_token(context->secret, token, std::chrono::system_clock::now());
    if (!call_id) {
      return refuse_token(*context, *stream, call_id.error());
    }
    question.call_id = *call_id;
  }
  admit_stream(context, std::move(stream), question);
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
            const std::string_view path = stream->head().path;
            if (path.starts_with(media_path)) return on_media(context, std::move(stream));
            if (context->switchboard && path.starts_with(relayed_listen_path)) {
              const std::string token(path.substr(relayed_listen_path.size()));
              return admit_relayed_listener(context, std::move(stream), token);
            }
            stream->refuse(error_answer(404, "not_found", "no such stream"));
          },
  };
}

}  // namespace tandem
