#include "gateway/portal.hpp"
#include "gateway/routes.hpp"
#include "protocols/campaigns/numbers.hpp"
#include "protocols/campaigns/plan.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/telnyx/dial.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

constexpr std::string_view campaigns_path = "/v1/campaigns";
constexpr std::string_view barred_path = "/v1/do-not-call";

/// A long list takes its time until all of it is kept.
constexpr auto list_deadline = std::chrono::seconds(60);

server_answer busy() { return error_answer(503, "busy", "the node did not answer in time"); }
server_answer store_away() { return error_answer(503, "store", "the store cannot be reached now"); }
server_answer no_route() { return error_answer(404, "not_found", "no such route"); }
server_answer bad_method(std::string_view allowed) {
  return error_answer(405, "bad_method", std::string(allowed) + " is allowed here");
}
server_answer unknown_campaign() { return error_answer(404, "unknown_campaign", "no campaign has this id"); }

/// What is behind the path; nothing when it is another one.
std::optional<std::string_view> rest_of(std::string_view path, std::string_view root) {
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (path.empty()) return path;
  if (path.front() != '/' || path.size() == 1) return std::nullopt;
  return path.substr(1);
}

server_answer campaign_answer(unsigned status, const campaigns::campaign_record& campaign) {
  server_answer answer{.status = status};
  append_json(answer.body, campaign);
  return answer;
}

/// A page as the API tells it.
template <class Items>
server_answer page_answer(std::string_view name, const Items& items, const std::string& cursor,
                          bool complete) {
  server_answer answer;
  {
    json::builder body(answer.body);
    auto& list = body.raw(name) += '[';
    for (const auto& each : items) {
      if (&each != &items.front()) list += ',';
      append_json(list, each);
    }
    list += ']';
    if (cursor.empty()) {
      body.raw("cursor") += "null";
    } else {
      body.text("cursor", cursor);
    }
    if (!complete) body.boolean("complete", false);
  }
  return answer;
}

server_answer wrong_state(campaigns::campaign_state state) {
  server_answer answer{.status = 409};
  {
    json::builder body(answer.body);
    json::builder(body.raw("error"))
        .text("code", "wrong_state")
        .text("message", std::string("the campaign is ").append(to_string(state)));
    body.text("state", to_string(state));
  }
  return answer;
}

server_answer answer_of(const campaign_ruling& ruling, unsigned done) {
  switch (ruling.outcome) {
    case campaign_outcome::done:
      return campaign_answer(done, ruling.campaign);
    case campaign_outcome::unknown:
      return unknown_campaign();
    case campaign_outcome::too_many:
      return error_answer(429, "too_many", "there are too many open campaigns, or numbers in them");
    case campaign_outcome::store_away:
      return store_away();
    case campaign_outcome::wrong_state:
      break;
  }
  return wrong_state(ruling.campaign.state);
}

/// What is wrong with a list, every fault with its line of CSV or its place in the array.
server_answer bad_numbers(const campaigns::number_list& list, bool is_csv) {
  const auto tell = [&](const campaigns::number_fault& fault) {
    return (is_csv ? "numbers, line " : "numbers, place ") + std::to_string(fault.at) + ": " + fault.what;
  };
  server_answer answer{.status = 400};
  {
    json::builder body(answer.body);
    json::builder error(body.raw("error"));
    error.text("code", "bad_numbers").text("message", tell(list.faults.front()));
    auto& faults = error.raw("faults") += '[';
    for (const auto& each : list.faults) {
      if (&each != &list.faults.front()) faults += ',';
      json::append_quoted(faults, tell(each));
    }
    faults += ']';
  }
  return answer;
}

/// The list that a body has; empty optional when it was answered what is wrong.
std::optional<campaigns::number_list> numbers_of(const json::value& body, const respond& answer) {
  const auto* given = json::find(body, "numbers");
  if (given == nullptr) {
    answer(error_answer(400, "bad_numbers", "numbers is an array, or CSV as a text"));
    return std::nullopt;
  }
  auto list = campaigns::read_numbers(*given);
  if (list.faults.empty()) return list;
  answer(bad_numbers(list, given->IsString()));
  return std::nullopt;
}

/// Hands on the body when it is an object, and answers otherwise.
template <class Use>
void with_body(const server_request& request, const respond& answer, Use use) {
  auto text = request.body;
  json::document body;
  if (const auto fault = body.parse({text.data(), text.size()}); fault != json::fault::none)
    return answer(error_answer(400, "bad_json", json::to_string(fault)));
  use(body.root());
}

void start(const route_context& context, const json::value& body, const respond& answer) {
  auto how = campaigns::read_plan(body);
  if (!how) return answer(error_answer(400, "bad_campaign", how.error()));
  auto list = numbers_of(body, answer);
  if (!list) return;
  context.ask->ask<campaign_ruling>(
      context.campaigns, start_campaign{std::move(*how), std::move(list->entries), list->duplicates},
      [answer](const campaign_ruling& ruling) {
        auto made = answer_of(ruling, 201);
        if (made.status == 201)
          made.headers.emplace_back("Location", std::string(campaigns_path) + "/" + ruling.campaign.id);
        answer(std::move(made));
      },
      [answer] { answer(busy()); }, list_deadline);
}

void list(const route_context& context, const request_head& head, const respond& answer) {
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  context.ask->ask<campaign_page>(
      context.campaigns, list_campaigns{*limit, std::string(head.parameter("cursor"))},
      [answer](const campaign_page& page) {
        answer(page_answer("campaigns", page.found, page.cursor, page.complete));
      },
      [answer] { answer(busy()); });
}

void show_numbers(const route_context& context, std::string_view id, const request_head& head,
                  const respond& answer) {
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  list_numbers query{std::string(id), std::string(head.parameter("state")), *limit};
  if (!query.state.empty() && to_string(campaigns::entry_state_of(query.state)) != query.state)
    return answer(
        error_answer(400, "bad_state", "state is one of pending, calling, done, failed, do_not_call"));
  const auto cursor = head.parameter("cursor");
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), query.after);
  context.ask->ask<number_page>(
      context.campaigns, query,
      [answer](const number_page& page) {
        if (page.outcome == campaign_outcome::unknown) return answer(unknown_campaign());
        if (page.outcome != campaign_outcome::done) return answer(store_away());
        answer(
            page_answer("numbers", page.numbers, page.cursor > 0 ? std::to_string(page.cursor) : "", true));
      },
      [answer] { answer(busy()); });
}

template <class Question>
void ask_campaign(const route_context& context, Question question, unsigned done, const respond& answer) {
  context.ask->ask<campaign_ruling>(
      context.campaigns, std::move(question),
      [answer, done](const campaign_ruling& ruling) { answer(answer_of(ruling, done)); },
      [answer] { answer(busy()); });
}

void one_campaign(const route_context& context, std::string_view rest, const request_head& head,
                  const respond& answer) {
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto id = rest.substr(0, slash);
  const auto what = rest.substr(std::min(slash + 1, rest.size()));
  if (what.empty() || what == "numbers") {
    if (head.method != "GET") return answer(bad_method("only GET"));
    if (what == "numbers") return show_numbers(context, id, head, answer);
    return ask_campaign(context, find_campaign{std::string(id)}, 200, answer);
  }
  std::optional<campaign_wish> wish;
  if (what == "pause") wish = campaign_wish::pause;
  if (what == "resume") wish = campaign_wish::resume;
  if (what == "stop") wish = campaign_wish::stop;
  if (!wish) return answer(no_route());
  if (head.method != "POST") return answer(bad_method("only POST"));
  ask_campaign(context, steer_campaign{std::string(id), *wish}, 202, answer);
}

void on_campaigns(const route_context& context, std::string_view rest, const server_request& request,
                  const respond& answer) {
  if (!rest.empty()) return one_campaign(context, rest, request.head, answer);
  if (request.head.method == "GET") return list(context, request.head, answer);
  if (request.head.method != "POST") return answer(bad_method("only GET and POST"));
  with_body(request, answer, [&](const json::value& body) { start(context, body, answer); });
}

/// Answers once the list is kept as it was wished for.
template <class Wish>
void change_list(const route_context& context, Wish wish, std::string body, const respond& answer) {
  context.ask->ask<change_kept>(
      context.campaigns, std::move(wish),
      [answer, body](const change_kept& change) {
        if (!change.durable) return answer(store_away());
        answer({.body = body});
      },
      [answer] { answer(busy()); }, list_deadline);
}

void bar_all(const route_context& context, const campaigns::number_list& list, const respond& answer) {
  bar_numbers wish{.source = "api"};
  for (const auto& each : list.entries) wish.numbers.push_back(each.number);
  auto body = R"({"numbers":)" + std::to_string(wish.numbers.size()) + "}";
  change_list(context, std::move(wish), std::move(body), answer);
}

void on_whole_list(const route_context& context, const server_request& request, const respond& answer) {
  const auto& head = request.head;
  if (head.method == "GET") {
    const auto limit = page_limit(head);
    if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
    return context.ask->ask<barred_page>(
        context.campaigns, list_barred{*limit, std::string(head.parameter("cursor"))},
        [answer](const barred_page& page) {
          answer(page_answer("numbers", page.numbers, page.cursor, page.complete));
        },
        [answer] { answer(busy()); });
  }
  if (head.method != "POST") return answer(bad_method("only GET and POST"));
  if (head.header("content-type").starts_with("text/csv")) {
    const auto list = campaigns::read_csv(request.body);
    return list.faults.empty() ? bar_all(context, list, answer) : answer(bad_numbers(list, true));
  }
  with_body(request, answer, [&](const json::value& body) {
    if (const auto list = numbers_of(body, answer)) bar_all(context, *list, answer);
  });
}

void on_one_number(const route_context& context, const std::string& number, const std::string& method,
                   const respond& answer) {
  if (!telnyx::can_be_dialled(number))
    return answer(error_answer(400, "bad_number", "the number is +, country code and number, or a SIP URI"));
  std::string body;
  json::builder(body).text("number", number).boolean("do_not_call", method != "DELETE");
  if (method == "PUT") return change_list(context, bar_numbers{{number}, "api"}, std::move(body), answer);
  if (method == "DELETE") return change_list(context, unbar_number{number}, std::move(body), answer);
  if (method != "GET") return answer(bad_method("only GET, PUT and DELETE"));
  context.ask->ask<number_ruling>(
      context.campaigns, check_number{number},
      [answer, body](const number_ruling& ruling) {
        if (!ruling.may_be_called) return answer({.body = body});
        if (!ruling.is_known) return answer(store_away());
        answer(error_answer(404, "unknown_number", "the number is not on the do-not-call list"));
      },
      [answer] { answer(busy()); });
}

}  // namespace

bool campaign_route(const std::shared_ptr<const route_context>& context, const server_request& request,
                    const respond& answer) {
  if (const auto rest = rest_of(request.head.path, campaigns_path)) {
    on_campaigns(*context, *rest, request, answer);
    return true;
  }
  const auto rest = rest_of(request.head.path, barred_path);
  if (!rest) return false;
  if (rest->empty()) {
    on_whole_list(*context, request, answer);
  } else {
    on_one_number(*context, std::string(*rest), request.head.method, answer);
  }
  return true;
}

}  // namespace tandem
