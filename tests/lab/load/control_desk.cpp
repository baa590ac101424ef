#include "tests/lab/load/control_desk.hpp"

#include "gateway/signature.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/carrier_control.hpp"

#include <chrono>
#include <future>
#include <utility>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr unsigned delivery_tries = 3;
constexpr unsigned server_error = 503;

server_answer refusal_of(unsigned status, std::string_view code, std::string_view title) {
  return {.status = status, .body = telnyx::carrier::refused_body(code, title, title)};
}

}  // namespace

control_desk::control_desk(asio_loop& home)
    : home_(home),
      http_(make_http_client()),
      server_(std::make_unique<http_server>(
          std::vector<asio_loop*>{&home}, server_settings{},
          server_handlers{
              .on_request = [this](const server_request& request,
                                   const respond& answer) { on_request(request, answer); },
              .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); },
          })) {
  server_->start();
}

control_desk::~control_desk() {
  server_->stop();
  std::promise<void> cleared;
  home_.post([&] {
    deliveries_.clear();
    cleared.set_value();
  });
  cleared.get_future().wait();
}

void control_desk::serve(std::string webhook_url, load_generator& line) {
  webhook_url_ = std::move(webhook_url);
  line_ = &line;
  line.announce_by(this);
}

void control_desk::rest() {
  std::promise<void> rested;
  home_.post([&] {
    line_ = nullptr;
    rested.set_value();
  });
  rested.get_future().wait();
}

void control_desk::announce(const call_plan& plan, const std::string& call_control_id) {
  home_.post([this, plan, id = call_control_id] {
    legs_[id].plan = plan;
    notify(id, "call.initiated");
  });
}

void control_desk::gone(const call_plan&, const std::string& call_control_id) {
  home_.post([this, id = call_control_id] {
    if (std::exchange(legs_[id].over, true)) return;
    notify(id, "call.hangup");
  });
}

void control_desk::on_request(const server_request& request, const respond& answer) {
  const auto target = telnyx::carrier::read_command_path(request.head.path);
  const auto known = target ? legs_.find(target->call_control_id) : legs_.end();
  if (known == legs_.end()) return answer(refusal_of(404, "10005", "Resource not found"));
  auto& [id, call] = *known;
  if (call.over || line_ == nullptr)
    return answer(refusal_of(422, telnyx::call_has_ended, "Call has already ended"));
  if (call.plan.seed % 10 == 0 && !std::exchange(call.failed_once, true)) {
    return answer(refusal_of(server_error, "10007", "Unexpected error"));
  }
  on_command(id, call, target->action, request, answer);
}

void control_desk::on_command(const std::string& id, leg& call, const std::string& action,
                              const server_request& request, const respond& answer) {
  const auto command = telnyx::carrier::read_command(request.body);
  if (!command) return answer(refusal_of(400, "10015", "Bad request"));
  answer({.body = telnyx::carrier::accepted_body()});
  if (!command->command_id.empty() && !call.commands.insert(command->command_id).second) return;
  if (!command->client_state.empty()) call.client_state = command->client_state;
  if (action == "answer") {
    notify(id, "call.answered");
    notify(id, "streaming.started");
    line_->open(id, command->stream_url);
  } else if (action == "hangup" || action == "reject") {
    call.over = true;
    notify(id, "call.hangup");
    action == "reject" ? line_->rejected(id, command->cause) : line_->engine_hung_up(id);
  }
}

void control_desk::notify(const std::string& id, std::string_view event_type) {
  const auto& call = legs_[id];
  telnyx::webhook event;
  event.id = random_id();
  event.type = telnyx::webhook_type_of(event_type);
  event.event_type = event_type;
  event.occurred_at =
      to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
  event.call_control_id = event.call_leg_id = event.call_session_id = id;
  event.connection_id = "load";
  event.client_state = call.client_state;
  event.from = "+13125550100";
  event.to = "+13125550142";
  if (event.type == telnyx::webhook_type::call_initiated) {
    event.direction = "incoming";
    event.state = "parked";
  }
  if (event.type == telnyx::webhook_type::call_hangup) {
    event.hangup_cause = "normal_clearing";
    event.hangup_source = "caller";
  }
  const auto body = std::make_shared<const std::string>(telnyx::carrier::webhook_body(event));
  deliver(body, 1);
  if (call.plan.twice) deliver(body, 1);
}

void control_desk::deliver(const std::shared_ptr<const std::string>& body, unsigned attempt) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto timestamp = std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  http_request request{.to = peer::admin, .url = webhook_url_, .body = *body, .timeout = 5000ms};
  request.headers = {{"Content-Type", "application/json"},
                     {"telnyx-timestamp", timestamp},
                     {"telnyx-signature-ed25519", signer_.sign(timestamp, *body)}};
  const auto which = ++last_;
  deliveries_[which] =
      http_->send(home_, std::move(request), [this, which, body, attempt](const http_answer& answer) {
        const auto done = deliveries_.extract(which);
        if (answer.status / 100 != 2 && attempt < delivery_tries) deliver(body, attempt + 1);
      });
}

}  // namespace tandem::lab
