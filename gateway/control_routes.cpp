#include "gateway/portal.hpp"
#include "gateway/routes.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/telnyx/dial.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tl/expected.hpp>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

constexpr std::string_view calls_path = "/v1/calls";
constexpr std::size_t body_bound = 64UL * 1024;
constexpr std::size_t text_bound = 4096;
constexpr std::size_t keys_bound = 64;
constexpr std::size_t entries_bound = 32;
constexpr std::size_t key_bound = 64;
constexpr std::size_t value_bound = 1024;

using entries = std::vector<std::pair<std::string, std::string>>;

server_answer no_answer() { return error_answer(503, "busy", "the node did not answer in time"); }

/// The members of an object, whose values are texts or whole numbers; nothing for anything else.
std::optional<entries> read_entries(const json::value& object, std::size_t longest) {
  entries found;
  if (!object.IsObject() || object.MemberCount() > entries_bound) return std::nullopt;
  for (const auto& member : object.GetObject()) {
    std::string key(member.name.GetString(), member.name.GetStringLength());
    std::string value;
    if (const auto text = json::text(member.value)) {
      value = *text;
    } else if (member.value.IsInt64()) {
      value = std::to_string(member.value.GetInt64());
    } else {
      return std::nullopt;
    }
    if (key.empty() || key.size() > key_bound || value.size() > longest) return std::nullopt;
    found.emplace_back(std::move(key), std::move(value));
  }
  return found;
}

bool is_known(std::string_view name) {
  constexpr std::array<std::string_view, 7> known{
      "to", "from", "agent", "metadata", "on_machine", "ring_seconds", "machine_detection"};
  return std::ranges::find(known, name) != known.end();
}

/// What a body orders, or one line that says what is wrong with it.
tl::expected<call_order, std::string> read_order(const json::value& body) {
  for (const auto& member : body.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (!is_known(name)) return tl::unexpected("unknown member " + std::string(name.substr(0, key_bound)));
  }
  call_order order;
  order.to = json::text_or(body, "to");
  order.from = json::text_or(body, "from");
  order.machine_detection = json::text_or(body, "machine_detection");
  const auto on_machine = json::text_or(body, "on_machine", "hang_up");
  if (on_machine != "hang_up" && on_machine != "continue")
    return tl::unexpected(std::string("on_machine is hang_up or continue"));
  order.ends_at_machine = on_machine == "hang_up";
  if (json::find(body, "ring_seconds") != nullptr) {
    const auto seconds = json::integer(body, "ring_seconds").value_or(0);
    if (seconds < 5 || seconds > 600)
      return tl::unexpected(std::string("ring_seconds is a number from 5 to 600"));
    order.ring_seconds = static_cast<std::uint32_t>(seconds);
  }
  if (const auto* agent = json::find(body, "agent")) {
    auto read = read_entries(*agent, text_bound);
    if (!read) return tl::unexpected(std::string("agent is an object of texts and numbers"));
    order.agent = std::move(*read);
  }
  if (const auto* metadata = json::find(body, "metadata")) {
    auto read = read_entries(*metadata, value_bound);
    if (!read)
      return tl::unexpected(std::string("metadata is an object of at most 32 texts of at most 1024 bytes"));
    order.metadata = std::move(*read);
  }
  return order;
}

server_answer refusal_of(const placed_call& placed) {
  const bool draining = placed.why == refusal::draining;
  auto answer =
      error_answer(draining ? 503 : 429, draining ? "draining" : "no_capacity", to_string(placed.why));
  answer.headers.emplace_back("Retry-After", std::to_string(placed.retry_after_seconds));
  return answer;
}

/// Says that the call is placed once it will be remembered.
void confirm(const route_context& context, const call_record& call, const respond& answer) {
  const auto unkept = [answer, id = call.id] {
    answer(error_answer(503, "not_kept", "the call " + id + " is being placed, but may be forgotten"));
  };
  context.ask->ask<change_kept>(
      context.records, keep_call{call},
      [=](const change_kept& kept) {
        if (!kept.durable) return unkept();
        server_answer made{.status = 201};
        append_json(made.body, call);
        made.headers.emplace_back("Location", std::string(calls_path) + "/" + call.id);
        answer(std::move(made));
      },
      unkept);
}

void place(const std::shared_ptr<const route_context>& context, const json::value& body,
           const respond& answer) {
  auto order = read_order(body);
  if (!order) return answer(error_answer(400, "bad_order", order.error()));
  context->ask->ask<placed_call>(
      context->node, place_call{std::move(*order)},
      [context, answer](const placed_call& placed) {
        if (!placed.fault.empty()) return answer(error_answer(400, "bad_order", placed.fault));
        if (placed.why != refusal::none) return answer(refusal_of(placed));
        confirm(*context, placed.call, answer);
      },
      [answer] { answer(no_answer()); });
}

/// What an action wants, or one line that says what is wrong with it; nothing for an unknown action.
std::optional<tl::expected<control_call, std::string>> read_wish(std::string_view action,
                                                                 const json::value& body) {
  if (action == "hangup") return control_call{call_wish::hang_up, {}};
  if (action == "say") {
    std::string text(json::text_or(body, "text"));
    if (text.empty() || text.size() > text_bound)
      return tl::unexpected(std::string("text is what to say, at most 4096 bytes"));
    return control_call{call_wish::say, std::move(text)};
  }
  if (action == "transfer") {
    std::string to(json::text_or(body, "to"));
    if (!telnyx::can_be_dialled(to))
      return tl::unexpected(std::string("to is +, country code and number, or a SIP URI"));
    return control_call{call_wish::transfer, std::move(to)};
  }
  if (action == "dtmf") {
    std::string digits(json::text_or(body, "digits"));
    if (!telnyx::are_dtmf_digits(digits) || digits.size() > keys_bound)
      return tl::unexpected(std::string("digits are 0-9 A-D * # and the pauses w and W, at most 64"));
    return control_call{call_wish::press_keys, std::move(digits)};
  }
  return std::nullopt;
}

server_answer conflict(std::string_view state, std::string_view why) {
  server_answer answer{.status = 409};
  json::builder body(answer.body);
  json::builder(body.raw("error")).text("code", "wrong_state").text("message", why);
  body.text("state", state);
  return answer;
}

/// The call is not here any more: over, or never was.
void explain_absence(const route_context& context, const std::string& id, const respond& answer) {
  context.ask->ask<call_history>(
      context.records, find_call{id},
      [answer](const call_history& history) {
        if (history.call.empty()) return answer(error_answer(404, "unknown_call", "no call has this id"));
        answer(conflict("ended", "the call has ended"));
      },
      [answer] { answer(no_answer()); });
}

void control(const std::shared_ptr<const route_context>& context, const std::string& id, control_call wish,
             const respond& answer) {
  context->ask->ask<call_owner>(
      context->node, find_owner{id},
      [=](const call_owner& owner) {
        if (!owner.call) return explain_absence(*context, id, answer);
        context->ask->ask<control_ruling>(
            owner.call, wish,
            [answer](const control_ruling& ruling) {
              if (!ruling.accepted) return answer(conflict(to_string(ruling.state), ruling.why));
              server_answer accepted{.status = 202};
              json::builder(accepted.body).text("state", to_string(ruling.state));
              answer(std::move(accepted));
            },
            // It ended in this moment.
            [=] { explain_absence(*context, id, answer); });
      },
      [answer] { answer(no_answer()); });
}

}  // namespace

void control_route(const std::shared_ptr<const route_context>& context, const server_request& request,
                   const respond& answer) {
  std::string_view path = request.head.path;
  path.remove_prefix(calls_path.size());
  if (request.body.size() > body_bound) return answer(error_answer(413, "too_large", "at most 64 KiB"));
  auto text = request.body.empty() ? std::string("{}") : request.body;
  json::document body;
  if (const auto fault = body.parse({text.data(), text.size()}); fault != json::fault::none)
    return answer(error_answer(400, "bad_json", json::to_string(fault)));
  if (path.empty()) return place(context, body.root(), answer);

  path.remove_prefix(1);
  const auto slash = path.find('/');
  if (slash == std::string_view::npos)
    return answer(error_answer(405, "bad_method", "only GET is allowed here"));
  const auto wish = read_wish(path.substr(slash + 1), body.root());
  if (!wish) return answer(error_answer(404, "not_found", "no such route"));
  if (!*wish) return answer(error_answer(400, "bad_request", wish->error()));
  control(context, std::string(path.substr(0, slash)), **wish, answer);
}

}  // namespace tandem
