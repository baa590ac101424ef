#include "gateway/call_finder.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "protocols/call_order_json.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/json_members.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <array>
#include <chrono>
#include <tl/expected.hpp>
#include <utility>

#include <caf/all.hpp>
#include <spdlog/spdlog.h>

namespace tandem {

namespace {

constexpr std::size_t body_bound = 64UL * 1024;
constexpr std::size_t text_bound = 4096;
constexpr std::size_t keys_bound = 64;
constexpr std::int64_t longest_hold = 3600;

/// How often, and how many times, it is looked whether another node's call is in the store.
constexpr std::chrono::milliseconds look_pause{50};
constexpr unsigned most_looks = 40;

/// What a body orders, or one line that says what is wrong with it.
tl::expected<call_order, std::string> read_order(const json::value& body) {
  if (auto unknown = json::unknown_member(
          body, {"to", "from", "agent", "metadata", "on_machine", "ring_seconds", "machine_detection"}))
    return tl::unexpected(std::move(*unknown));
  return read_call_order(body);
}

server_answer refusal_of(const placed_call& placed) {
  const bool draining = placed.why == refusal::draining;
  auto answer =
      error_answer(draining ? 503 : 429, draining ? "draining" : "no_capacity", to_string(placed.why));
  answer.headers.emplace_back("Retry-After", std::to_string(placed.retry_after_seconds));
  return answer;
}

server_answer placed_answer(const call_record& call) {
  server_answer made{.status = 201};
  append_json(made.body, call);
  made.headers.emplace_back("Location", "/v1/calls/" + call.id);
  return made;
}

server_answer unkept_answer(const call_record& call) {
  return error_answer(503, "not_kept", "the call " + call.id + " is being placed, but may be forgotten");
}

/// Says that another node places the call once what that one keeps of it is in the store of both.
void confirm_elsewhere(const std::shared_ptr<const route_context>& context, const call_record& call,
                       const respond& answer, unsigned looks) {
  context->ask->ask<call_history>(
      context->records, find_call{call.id},
      [=](const call_history& history) {
        if (!history.call.empty()) return answer(placed_answer(call));
        if (looks <= 1) return answer(unkept_answer(call));
        context->ask->run_after(look_pause, [=] { confirm_elsewhere(context, call, answer, looks - 1); });
      },
      [=] { answer(unkept_answer(call)); });
}

/// Says that the call is placed once it will be remembered.
void confirm(const std::shared_ptr<const route_context>& context, const call_record& call,
             const respond& answer) {
  if (context->switchboard && call.node != context->who.name)
    return confirm_elsewhere(context, call, answer, most_looks);
  context->ask->ask<change_kept>(
      context->records, keep_call{call},
      [=](const change_kept& kept) { answer(kept.durable ? placed_answer(call) : unkept_answer(call)); },
      [=] { answer(unkept_answer(call)); });
}

void place(const std::shared_ptr<const route_context>& context, const call_order& order,
           const respond& answer) {
  context->ask->ask<placed_call>(
      context->node, place_call{order},
      [context, answer](const placed_call& placed) {
        if (!placed.fault.empty()) return answer(error_answer(400, "bad_order", placed.fault));
        if (placed.why != refusal::none) return answer(refusal_of(placed));
        confirm(context, placed.call, answer);
      },
      [answer] { answer(busy_answer()); });
}

void place(const routed_request& asked, const json::value& body) {
  const auto& context = asked.context;
  const auto& answer = asked.answer;
  const auto order = read_order(body);
  if (!order) return answer(error_answer(400, "bad_order", order.error()));
  // Whether it may be called is known at once, but for the first moments after a start.
  context->ask->ask<number_ruling>(
      context->campaigns, check_number{order->to},
      [context = asked.context, answer = asked.answer, order = *order](const number_ruling& ruling) {
        if (!ruling.may_be_called)
          return answer(error_answer(403, "do_not_call", "the number is on the do-not-call list"));
        if (!ruling.is_known) spdlog::warn("call is placed without knowledge of the do-not-call list");
        place(context, order, answer);
      },
      [answer] { answer(busy_answer()); });
}

template <class Wish>
using read_wish = tl::expected<Wish, std::string>;
using wish = read_wish<control_call>;

wish say(const json::value& body) {
  std::string text(json::text_or(body, "text"));
  if (text.empty() || text.size() > text_bound)
    return tl::unexpected(std::string("text is what to say, at most 4096 bytes"));
  return control_call{call_wish::say, std::move(text)};
}

wish hang_up(const json::value& /*body*/) { return control_call{call_wish::hang_up, {}}; }

wish transfer(const json::value& body) {
  std::string to(json::text_or(body, "to"));
  if (!telnyx::can_be_dialled(to))
    return tl::unexpected(std::string("to is +, country code and number, or a SIP URI"));
  return control_call{call_wish::transfer, std::move(to)};
}

wish press_keys(const json::value& body) {
  std::string digits(json::text_or(body, "digits"));
  if (!telnyx::are_dtmf_digits(digits) || digits.size() > keys_bound)
    return tl::unexpected(std::string("digits are 0-9 A-D * # and the pauses w and W, at most 64"));
  return control_call{call_wish::press_keys, std::move(digits)};
}

read_wish<hold_call> hold(const json::value& body) {
  if (auto unknown = json::unknown_member(body, {"text", "play", "seconds"}))
    return tl::unexpected(std::move(*unknown));
  hold_call result;
  result.text = json::text_or(body, "text");
  if (result.text.size() > text_bound)
    return tl::unexpected(std::string("text is what is said first, at most 4096 bytes"));
  result.sound = json::text_or(body, "play");
  const bool is_url = result.sound.starts_with("https://") || result.sound.starts_with("http://");
  if (!result.sound.empty() && (!is_url || result.sound.size() > text_bound))
    return tl::unexpected(std::string("play is an http or https URL, at most 4096 bytes"));
  if (json::find(body, "seconds") == nullptr) return result;
  const auto seconds = json::integer(body, "seconds").value_or(0);
  if (seconds < 1 || seconds > longest_hold)
    return tl::unexpected(std::string("seconds is a number from 1 to 3600"));
  result.time = std::chrono::seconds(seconds);
  return result;
}

read_wish<end_hold> resume(const json::value& /*body*/) { return end_hold{}; }

/// Asks the call that has this id, on whichever node, as long as there is one; `done` gets its answer.
template <class Answer, class Question>
void ask_call(const std::shared_ptr<const route_context>& context, const std::string& id,
              const Question& what, const respond& answer, std::function<void(const Answer&)> done) {
  seek_call(context, id, answer, [=](const call_owner& owner) {
    // Without an answer it ended in this moment, or its node is away.
    context->ask->ask<Answer>(
        owner.call, what, done, [=] { explain_absence(*context, id, answer); }, deadline_of(*context, owner));
  });
}

template <class Wish>
void control(const std::shared_ptr<const route_context>& context, const std::string& id, const Wish& what,
             const respond& answer) {
  ask_call<control_ruling>(context, id, what, answer, [answer](const control_ruling& ruling) {
    if (!ruling.accepted) return answer(state_answer(to_string(ruling.state), ruling.why));
    server_answer accepted{.status = 202};
    json::builder(accepted.body).text("state", to_string(ruling.state));
    answer(std::move(accepted));
  });
}

void change(const routed_request& asked, const json::value& body) {
  auto settings = json::texts(body, longest_agent_value);
  if (!settings)
    return asked.answer(
        error_answer(400, "bad_agent",
                     "agent is an object of at most 32 texts (in UTF-8) and numbers of at most " +
                         std::to_string(longest_agent_value) + " bytes"));
  ask_call<agent_ruling>(asked.context, asked.argument, change_agent{std::move(*settings)}, asked.answer,
                         [answer = asked.answer](const agent_ruling& ruling) {
                           if (!ruling.fault.empty())
                             return answer(error_answer(400, "bad_agent", ruling.fault));
                           if (!ruling.accepted)
                             return answer(state_answer(to_string(ruling.call.state), ruling.why));
                           server_answer changed;
                           append_json(changed.body, ruling.call);
                           answer(std::move(changed));
                         });
}

/// Has the call do what `read` finds in the body.
template <auto read>
void act(const routed_request& asked) {
  with_body(asked, body_bound, [&](const json::value& body) {
    const auto what = read(body);
    if (!what) return asked.answer(error_answer(400, "bad_request", what.error()));
    control(asked.context, asked.argument, *what, asked.answer);
  });
}

constexpr std::array routes{
    route{"POST", "/v1/calls",
          [](const routed_request& asked) {
            with_body(asked, body_bound, [&](const json::value& body) { place(asked, body); });
          }},
    route{"POST", "/v1/calls/{id}/say", act<say>},
    route{"POST", "/v1/calls/{id}/hangup", act<hang_up>},
    route{"POST", "/v1/calls/{id}/transfer", act<transfer>},
    route{"POST", "/v1/calls/{id}/dtmf", act<press_keys>},
    route{"POST", "/v1/calls/{id}/hold", act<hold>},
    route{"POST", "/v1/calls/{id}/resume", act<resume>},
    route{"PATCH", "/v1/calls/{id}/agent",
          [](const routed_request& asked) {
            with_body(asked, body_bound, [&](const json::value& body) { change(asked, body); });
          }},
};

}  // namespace

std::span<const route> control_routes() { return routes; }

server_answer state_answer(std::string_view state, std::string_view why) {
  server_answer answer{.status = 409};
  json::builder body(answer.body);
  json::builder(body.raw("error")).text("code", "wrong_state").text("message", why);
  body.text("state", state);
  return answer;
}

}  // namespace tandem
