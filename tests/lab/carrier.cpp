#include "tests/lab/carrier.hpp"

#include "gateway/signature.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/telnyx/call_control.hpp"
#include "protocols/telnyx/carrier_control.hpp"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include <spdlog/spdlog.h>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr unsigned delivery_tries = 3;

// Late commands for a call that is over are told so, as Telnyx does for a while.
constexpr std::size_t remembered_calls = 10000;

server_answer refusal_of(unsigned status, std::string_view code, std::string_view title) {
  return {.status = status, .body = telnyx::carrier::refused_body(code, title, title)};
}

std::string now_text() {
  return to_rfc3339(
      std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()));
}

}  // namespace

/// One call at the carrier.
struct carrier::leg {
  line over;
  person* who = nullptr;
  std::function<void(const call_outcome&)> done;
  std::unique_ptr<phone> stream;
  std::set<std::string> commands;
  bool answered = false;
  timer first_command;
};

carrier::carrier(asio_loop& home, carrier_options options)
    : home_(home),
      options_(std::move(options)),
      links_(make_link_connector()),
      http_(make_http_client()),
      server_(std::make_unique<http_server>(
          std::vector<asio_loop*>{&home}, server_settings{.host = options_.host, .port = options_.port},
          server_handlers{
              .on_request = [this](const server_request& request,
                                   const respond& answer) { on_request(request, answer); },
              .on_upgrade =
                  [](std::unique_ptr<upgrade> stream) {
                    stream->refuse(refusal_of(404, "10005", "Resource not found"));
                  },
          })) {}

carrier::~carrier() {
  server_->stop();
  std::promise<void> cleared;
  home_.post([&] {
    deliveries_.clear();
    calls_.clear();
    cleared.set_value();
  });
  cleared.get_future().wait();
}

void carrier::start() { server_->start(); }

std::uint16_t carrier::port() const { return server_->port(); }

void carrier::place(const std::string& from, const std::string& to, telnyx::codec codec, person& who,
                    std::function<void(const call_outcome&)> over) {
  auto id = "v3:" + random_id();
  auto& call = *calls_.emplace(id, std::make_unique<leg>()).first->second;
  call.over = {.codec = codec,
               .call_control_id = id,
               .from = from,
               .to = to,
               .to_engine = options_.to_engine,
               .from_engine = options_.from_engine};
  call.who = &who;
  call.done = std::move(over);
  if (options_.webhook_url.empty()) return open_stream(call, options_.media_url);
  call.first_command = home_.at(home_.now() + options_.first_command,
                                [this, id] { finish(id, "unanswered", "no command came"); });
  notify(call, "call.initiated");
}

void carrier::on_request(const server_request& request, const respond& answer) {
  if (!options_.api_key.empty() && request.head.header("authorization") != "Bearer " + options_.api_key) {
    return answer(refusal_of(401, "10009", "Authentication failed"));
  }
  auto target = telnyx::carrier::read_command_path(request.head.path);
  if (!target || request.head.method != "POST") return answer(refusal_of(404, "10005", "Resource not found"));
  auto call = calls_.find(target->call_control_id);
  if (call != calls_.end()) return on_command(*call->second, target->action, request.body, answer);
  if (std::find(ended_.begin(), ended_.end(), target->call_control_id) != ended_.end()) {
    return answer(refusal_of(422, telnyx::call_has_ended, "Call has already ended"));
  }
  answer(refusal_of(404, "10005", "Resource not found"));
}

void carrier::on_command(leg& call, const std::string& action, const std::string& body,
                         const respond& answer) {
  auto command = telnyx::carrier::read_command(body);
  if (!command) {
    auto bad_state = command.error() == json::fault::bad_base64;
    return answer(bad_state ? refusal_of(422, "90017", "Invalid client state")
                            : refusal_of(400, "10015", "Bad request"));
  }
  auto accept = [&answer] { answer({.body = telnyx::carrier::accepted_body()}); };
  if (!command->command_id.empty() && !call.commands.insert(command->command_id).second) return accept();
  if (!command->client_state.empty()) call.over.client_state = command->client_state;
  call.first_command.cancel();
  auto id = call.over.call_control_id;
  if (action == "answer") {
    accept();
    call.answered = true;
    notify(call, "call.answered");
    if (!command->stream_url.empty()) open_stream(call, command->stream_url);
  } else if (action == "streaming_start") {
    if (!call.answered) return answer(refusal_of(422, telnyx::call_not_answered, "Call not answered yet"));
    accept();
    open_stream(call, command->stream_url);
  } else if (action == "hangup") {
    accept();
    finish(id, "engine", "");
  } else if (action == "reject") {
    accept();
    finish(id, "rejected", command->cause);
  } else {
    answer(refusal_of(404, "10005", "Resource not found"));
  }
}

void carrier::open_stream(leg& call, const std::string& url) {
  call.over.stream_url = url;
  auto id = call.over.call_control_id;
  notify(call, "streaming.started");
  call.stream =
      std::make_unique<phone>(home_, *links_, call.over, *call.who, [this, id](const std::string& why) {
        // From inside the phone, which `finish` frees.
        home_.post([this, id, why] { finish(id, "stream", why); });
      });
}

void carrier::notify(leg& call, std::string_view event_type, std::string_view cause) {
  if (options_.webhook_url.empty()) return;
  telnyx::webhook event;
  event.id = random_id();
  event.type = telnyx::webhook_type_of(event_type);
  event.event_type = event_type;
  event.occurred_at = now_text();
  event.call_control_id = event.call_leg_id = event.call_session_id = call.over.call_control_id;
  event.connection_id = "lab";
  event.client_state = call.over.client_state;
  event.from = call.over.from;
  event.to = call.over.to;
  if (event.type == telnyx::webhook_type::call_initiated) {
    event.direction = "incoming";
    event.state = "parked";
  }
  if (event.type == telnyx::webhook_type::call_hangup) {
    event.hangup_cause = cause;
    event.hangup_source = "caller";
  }
  auto body = std::make_shared<std::string>(telnyx::carrier::webhook_body(event));
  deliver(body, 1);
}

void carrier::deliver(const std::shared_ptr<std::string>& body, unsigned attempt) {
  auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch());
  auto timestamp = std::to_string(seconds.count());
  http_request request{.to = peer::admin, .url = options_.webhook_url, .body = *body, .timeout = 2000ms};
  request.headers = {{"Content-Type", "application/json"},
                     {"User-Agent", "telnyx-webhooks"},
                     {"telnyx-timestamp", timestamp},
                     {"telnyx-signature-ed25519", signer_.sign(timestamp, *body)}};
  auto which = ++last_;
  deliveries_[which] =
      http_->send(home_, std::move(request), [this, which, body, attempt](const http_answer& answer) {
        auto done = deliveries_.extract(which);
        if (answer.status / 100 == 2) return;
        spdlog::warn("webhook not delivered status={} failure={} attempt={}", answer.status, answer.failure,
                     attempt);
        if (attempt < delivery_tries) deliver(body, attempt + 1);
      });
}

void carrier::finish(const std::string& id, std::string_view ended_by, std::string_view detail) {
  auto found = calls_.extract(id);
  if (!found) return;
  auto& call = *found.mapped();
  call.first_command.cancel();
  call_outcome outcome{id, std::string(ended_by), std::string(detail), {}};
  if (call.stream) {
    outcome.counts = call.stream->counts();
    if (call.stream->hung_up()) outcome.ended_by = "caller";
    if (ended_by == "engine") call.stream->hang_up();
    notify(call, "streaming.stopped");
  }
  notify(call, "call.hangup", outcome.ended_by == "rejected" ? "user_busy" : "normal_clearing");
  ended_.push_back(id);
  if (ended_.size() > remembered_calls) ended_.erase(ended_.begin());
  auto done = std::move(call.done);
  // The phone may still be sending its `stop`.
  if (ended_by == "engine") home_.post([kept = std::shared_ptr<leg>(std::move(found.mapped()))] {});
  done(outcome);
}

void carrier::hang_up_all() {
  for (auto& [id, call] : calls_) {
    if (call->stream) call->stream->hang_up();
  }
}

}  // namespace tandem::lab
