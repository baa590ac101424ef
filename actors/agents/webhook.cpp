#include "actors/agents/webhook.hpp"

#include "actors/agents/signed_request.hpp"
#include "actors/messages.hpp"
#include "protocols/conversation/sentences.hpp"
#include "protocols/conversation/snapshot.hpp"
#include "protocols/json.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;
namespace hook = agent_webhook;

/// An answer in lines may go on for so long; that each comes in time is the dialogue's to watch.
constexpr auto answer_limit = 120s;
constexpr std::size_t answer_bound = std::size_t{256} * 1024;
constexpr auto notice_limit = 3s;

/// Answers to notices that may be under way; the oldest is given up for one more.
constexpr std::size_t max_notices = 4;

constexpr unsigned max_failures = 3;
constexpr std::array<std::chrono::milliseconds, max_failures - 1> waits{200ms, 800ms};

/// Turns of the history that an event has.
constexpr std::size_t max_history = 100;

hook::event_kind kind_of(turns::question about) {
  switch (about) {
    case turns::question::words:
      return hook::event_kind::turn;
    case turns::question::keys:
      return hook::event_kind::dtmf;
    case turns::question::start:
      return hook::event_kind::start;
    case turns::question::silence:
      return hook::event_kind::silence;
    case turns::question::machine:
    case turns::question::beep:
      return hook::event_kind::machine;
    case turns::question::hold_over:
      return hook::event_kind::hold_over;
    case turns::question::transfer_failed:
      break;
  }
  return hook::event_kind::transfer_failed;
}

}  // namespace

webhook_agent::~webhook_agent() = default;

void webhook_agent::begin(const call_record& call) {
  call_ = call;
  expect();
}

void webhook_agent::expect() { host_.prepare(peer::agent, settings_.url); }

std::string webhook_agent::event_of(hook::event_kind kind, std::string_view detail,
                                    const conversation& so_far, bool beep) {
  const auto& turns = so_far.history();
  std::vector<hook::past> history;
  for (auto i = turns.size() - std::min(turns.size(), max_history); i < turns.size(); ++i)
    history.push_back({turns[i].role == speaker::agent, turns[i].text, turns[i].interrupted});
  auto metadata = call_.metadata;
  for (const auto& noted : so_far.notes()) metadata.emplace_back(noted.key, noted.text);
  const auto id = call_.id + "." + std::to_string(++events_);
  const auto at = to_rfc3339(std::chrono::time_point_cast<std::chrono::milliseconds>(host_.wall_clock()));
  return hook::event_body({.kind = kind,
                           .id = id,
                           .at = at,
                           .call_id = call_.id,
                           .direction = to_string(call_.direction),
                           .from = call_.from,
                           .to = call_.to,
                           .metadata = metadata,
                           .detail = detail,
                           .beep = beep,
                           .history = history});
}

http_request webhook_agent::request_of(std::string body) const {
  http_request request{
      .to = peer::agent,
      .url = settings_.url,
      .headers = {{"Content-Type", "application/json"}, {"Accept", "application/json, application/x-ndjson"}},
      .body = std::move(body),
      .timeout = answer_limit,
      .answer_bound = answer_bound};
  sign(request, settings_, host_.unix_seconds());
  return request;
}

void webhook_agent::interrupted(const std::string& heard_text, const conversation& so_far) {
  auto request = request_of(event_of(hook::event_kind::interruption, heard_text, so_far));
  request.timeout = notice_limit;
  if (notices_.size() == max_notices) notices_.pop_front();
  notices_.push_back(host_.send(std::move(request), [](const http_answer&) {}));
}

std::optional<http_request> webhook_agent::farewell(const std::string& end_reason,
                                                    const conversation& so_far) {
  auto request = request_of(event_of(hook::event_kind::end, end_reason, so_far));
  request.timeout = notice_limit;
  return request;
}

void webhook_agent::answer(const agent_request& request, agent_sink& sink) {
  reply_ = std::make_unique<reply>();
  reply_->turn = request.turn;
  reply_->sink = &sink;
  const auto kind = kind_of(request.about);
  const auto detail = kind == hook::event_kind::machine ? "machine" : request.text;
  reply_->event = event_of(kind, detail, request.so_far, request.about == turns::question::beep);
  ask();
}

void webhook_agent::ask() {
  auto request = request_of(reply_->event);
  request.part = [this](std::string_view bytes) { read(bytes); };
  reply_->kind = form::unknown;
  reply_->body.clear();
  reply_->lines = {};
  reply_->exchange = host_.send(std::move(request), [this](const http_answer& answer) { on_answer(answer); });
}

void webhook_agent::read(std::string_view bytes) {
  if (reply_->over) return;
  if (reply_->kind != form::lines) reply_->body += bytes;
  if (reply_->kind == form::whole) return;
  std::vector<std::string> lines;
  const bool fits = reply_->lines.add(bytes, lines);
  const auto turn = reply_->turn;
  take_lines(lines);
  if (!fits && is_current(turn)) fail("a line of the answer is too long", false);
}

void webhook_agent::take_lines(const std::vector<std::string>& lines) {
  const auto turn = reply_->turn;
  for (const auto& line : lines) {
    const auto what = hook::read_action(line);
    if (reply_->kind == form::unknown) {
      // A line that is no action begins an answer that is one object.
      reply_->kind = what ? form::lines : form::whole;
      if (!what) return;
    }
    if (!what) return fail(what.error(), false);
    act(*what);
    if (!is_current(turn)) return;
  }
}

void webhook_agent::on_answer(const http_answer& answer) {
  const auto turn = reply_->turn;
  reply_->exchange.reset();
  if (reply_->over) return;
  if (answer.status / 100 != 2) {
    const auto status = answer.status;
    const bool may_pass = status == 0 || status == 408 || status == 429 || status >= 500;
    return fail(status == 0 ? answer.failure : "status " + std::to_string(status), may_pass);
  }
  if (reply_->kind == form::lines) {
    std::vector<std::string> rest;
    reply_->lines.finish(rest);
    take_lines(rest);
    if (is_current(turn)) finish();
    return;
  }
  const auto actions = hook::read_actions(reply_->body.empty() ? answer.body : reply_->body);
  if (!actions) return fail(actions.error(), false);
  do_all(*actions);
  if (is_current(turn)) finish();
}

void webhook_agent::do_all(const std::vector<hook::action>& actions) {
  const auto turn = reply_->turn;
  for (const auto& each : actions) {
    act(each);
    if (!is_current(turn)) return;
  }
}

/// What the reply ends with ends it: what comes after is not done.
void webhook_agent::act(const hook::action& what) {
  reply_->acted = true;
  std::visit([this](const auto& each) { perform(each); }, what);
}

void webhook_agent::perform(const hook::ask& what) {
  const auto turn = reply_->turn;
  say(what.text);
  if (!is_current(turn)) return;
  if (what.max_digits == 0) return finish();
  finish({.keys = turns::key_rules{.most = what.max_digits,
                                   .finish = what.finish_key,
                                   .pause = std::chrono::milliseconds(what.timeout_ms)}});
}

void webhook_agent::perform(const hook::hold& what) {
  finish({turns::next::hold, what.play, {}, std::chrono::seconds(what.seconds)});
}

void webhook_agent::perform(const hook::send_dtmf& what) {
  host_.control(call_wish::press_keys, what.digits);
}

void webhook_agent::perform(const hook::play& what) { host_.control(call_wish::play, what.url); }

void webhook_agent::perform(const hook::set& what) {
  const auto turn = reply_->turn;
  for (const auto& [key, text] : what.values) {
    reply_->sink->note(turn, key, text);
    if (!is_current(turn)) return;
  }
}

void webhook_agent::say(const std::string& text) {
  const auto turn = reply_->turn;
  for (auto& each : sentences_of(text)) {
    reply_->sink->sentence(turn, std::move(each));
    // The dialogue may have had enough.
    if (!is_current(turn)) return;
  }
}

void webhook_agent::finish(turns::reply_end how) {
  reply_->over = true;
  reply_->sink->finished(reply_->turn, std::move(how));
}

void webhook_agent::fail(std::string why, bool may_pass) {
  reply_->exchange.reset();
  if (may_pass && !reply_->acted && ++reply_->failures < max_failures) {
    reply_->retry = host_.after(waits.at(reply_->failures - 1), [this] { ask(); });
    return;
  }
  reply_->over = true;
  reply_->sink->failed(reply_->turn, std::move(why));
}

void webhook_agent::cancel(std::uint32_t turn, turns::dismissal) {
  if (is_current(turn)) reply_.reset();
}

std::string webhook_agent::save() const {
  snapshot_writer out({});
  out("webhook", 1);
  out("events", events_);
  return std::move(out).finish();
}

bool webhook_agent::load(std::string_view state) {
  std::string copy(state);
  json::document document;
  if (document.parse(copy) != json::fault::none) return false;
  snapshot_reader in(document.root(), {});
  int version = 0;
  std::uint64_t events = 0;
  in("webhook", version);
  in("events", events);
  const bool fits = in.fault().empty() && version == 1;
  if (fits) events_ = events;
  return fits;
}

}  // namespace tandem
