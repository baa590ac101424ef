#include "tests/lab/webhook_courier.hpp"

#include <utility>

#include <spdlog/spdlog.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto acknowledged_within = 2000ms;
constexpr auto held_back = 60ms;
constexpr auto second_copy = 20ms;

}  // namespace

webhook_courier::webhook_courier(asio_loop& home, delivery_options options)
    : home_(home), options_(std::move(options)), http_(make_http_client()) {}

void webhook_courier::deliver(std::string body) {
  if (options_.url.empty()) return;
  auto shared = std::make_shared<const std::string>(std::move(body));
  auto wait = options_.delay;
  if (options_.shuffled && delivered_ % 2 == 0) wait += held_back;
  ++delivered_;
  send_later(wait, shared, 1);
  if (options_.twice) send_later(wait + second_copy, std::move(shared), 1);
}

void webhook_courier::send_later(std::chrono::milliseconds wait, std::shared_ptr<const std::string> body,
                                 unsigned attempt) {
  const auto which = ++last_;
  auto& fresh = under_way_[which];
  if (wait == 0ms) return send(which, body, attempt);
  fresh.pause = home_.at(home_.now() + wait,
                         [this, which, body = std::move(body), attempt] { send(which, body, attempt); });
}

void webhook_courier::send(std::uint64_t which, const std::shared_ptr<const std::string>& body,
                           unsigned attempt) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  http_request request{.to = peer::admin, .url = options_.url, .body = *body, .timeout = acknowledged_within};
  request.headers = {{"Content-Type", "application/json"},
                     {"User-Agent", "telnyx-webhooks"},
                     {"telnyx-timestamp", timestamp},
                     {"telnyx-signature-ed25519", signer_.sign(timestamp, *body)}};
  under_way_[which].exchange =
      http_->send(home_, std::move(request), [this, which, body = body, attempt](const http_answer& answer) {
        const auto done = under_way_.extract(which);
        if (answer.status / 100 == 2) return;
        spdlog::warn("webhook not delivered status={} failure={} attempt={}", answer.status, answer.failure,
                     attempt);
        if (attempt < options_.tries) send_later(100ms * attempt, body, attempt + 1);
      });
}

}  // namespace tandem::lab
