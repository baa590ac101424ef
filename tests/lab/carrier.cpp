#include "tests/lab/carrier.hpp"

#include "gateway/signature.hpp"
#include "protocols/base64.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/record.hpp"

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
  server_answer answer{.status = status};
  json::builder body(answer.body);
  auto& errors = body.raw("errors");
  errors += '[';
  json::builder(errors).text("code", code).text("title", title).text("detail", title);
  errors += ']';
  return answer;
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
  std::string client_state;
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
  constexpr std::string_view before = "/v2/calls/";
  constexpr std::string_view between = "/actions/";
  std::string_view path = request.head.path;
  auto split = path.find(between);
  if (!path.starts_with(before) || split == std::string_view::npos || request.head.method != "POST") {
    return answer(refusal_of(404, "10005", "Resource not found"));
  }
  auto id = path.substr(before.size(), split - before.size());
  auto action = std::string(path.substr(split + between.size()));
  auto call = calls_.find(id);
  if (call != calls_.end()) return on_command(*call->second, action, request.body, answer);
  if (std::find(ended_.begin(), ended_.end(), id) != ended_.end()) {
    return answer(refusal_of(422, "90018", "Call has already ended"));
  }
  answer(refusal_of(404, "10005", "Resource not found"));
}

void carrier::on_command(leg& call, const std::string& action, const std::string& body,
                         const respond& answer) {
  std::string text = body;
  json::document document;
  if (document.parse({text.data(), text.size()}) != json::fault::none) {
    return answer(refusal_of(400, "10023", "Invalid JSON"));
  }
  const auto& root = document.root();
  auto accept = [&answer] { answer({.body = R"({"data":{"result":"ok"}})"}); };
  auto command_id = std::string(json::text_or(root, "command_id"));
  if (!command_id.empty() && !call.commands.insert(command_id).second) return accept();
  if (auto state = json::text(root, "client_state")) {
    std::vector<std::uint8_t> bytes(base64::decoded_bound(state->size()));
    if (!base64::decode(*state, bytes)) return answer(refusal_of(422, "90017", "Invalid client state"));
    call.client_state = *state;
  }
  call.first_command.cancel();
  auto id = call.over.call_control_id;
  if (action == "answer") {
    accept();
    call.answered = true;
    notify(call, "call.answered");
    if (auto url = json::text(root, "stream_url")) open_stream(call, std::string(*url));
  } else if (action == "streaming_start") {
    if (!call.answered) return answer(refusal_of(422, "90034", "Call not answered yet"));
    accept();
    open_stream(call, std::string(json::text_or(root, "stream_url")));
  } else if (action == "hangup") {
    accept();
    finish(id, "engine", "");
  } else if (action == "reject") {
    accept();
    finish(id, "rejected", json::text_or(root, "cause"));
  } else {
    answer(refusal_of(404, "10005", "Resource not found"));
  }
}

void carrier::open_stream(leg& call, const std::string& url) {
  call.over.stream_url = url;
  call.over.client_state = call.client_state;
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
  auto body = std::make_shared<std::string>();
  {
    json::builder envelope(*body);
    {
      json::builder data(envelope.raw("data"));
      data.text("record_type", "event").text("event_type", event_type).text("id", random_id());
      data.text("occurred_at", now_text());
      json::builder payload(data.raw("payload"));
      payload.text("call_control_id", call.over.call_control_id)
          .text("call_leg_id", call.over.call_control_id);
      payload.text("call_session_id", call.over.call_control_id).text("connection_id", "lab");
      payload.text_if("client_state", call.client_state)
          .text("from", call.over.from)
          .text("to", call.over.to);
      if (event_type == "call.initiated") payload.text("direction", "incoming").text("state", "parked");
      if (event_type == "call.hangup") payload.text("hangup_cause", cause).text("hangup_source", "caller");
    }
    json::builder(envelope.raw("meta")).integer("attempt", 1).text("delivered_to", options_.webhook_url);
  }
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
