#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "protocols/campaigns/numbers.hpp"
#include "protocols/campaigns/plan.hpp"
#include "protocols/json_builder.hpp"
#include "protocols/telnyx/dial.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

constexpr std::size_t body_bound = 1024UL * 1024;

/// A long list takes its time until all of it is kept.
constexpr auto list_deadline = std::chrono::seconds(60);

server_answer unknown_campaign() { return error_answer(404, "unknown_campaign", "no campaign has this id"); }

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
      return store_answer();
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

void start(const routed_request& asked, const json::value& body) {
  const auto& answer = asked.answer;
  auto how = campaigns::read_plan(body);
  if (!how) return answer(error_answer(400, "bad_campaign", how.error()));
  auto list = numbers_of(body, answer);
  if (!list) return;
  asked.context->ask->ask<campaign_ruling>(
      asked.context->campaigns, start_campaign{std::move(*how), std::move(list->entries), list->duplicates},
      [answer](const campaign_ruling& ruling) {
        auto made = answer_of(ruling, 201);
        if (made.status == 201) made.headers.emplace_back("Location", "/v1/campaigns/" + ruling.campaign.id);
        answer(std::move(made));
      },
      [answer] { answer(busy_answer()); }, list_deadline);
}

void list(const routed_request& asked) {
  const auto& head = asked.request.head;
  const auto& answer = asked.answer;
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  asked.context->ask->ask<campaign_page>(
      asked.context->campaigns, list_campaigns{*limit, std::string(head.parameter("cursor"))},
      [answer](const campaign_page& page) {
        answer(page_answer("campaigns", page.found, page.cursor, page.complete));
      },
      [answer] { answer(busy_answer()); });
}

void show_numbers(const routed_request& asked) {
  const auto& head = asked.request.head;
  const auto& answer = asked.answer;
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  list_numbers query{asked.argument, std::string(head.parameter("state")), *limit};
  if (!query.state.empty() && to_string(campaigns::entry_state_of(query.state)) != query.state)
    return answer(
        error_answer(400, "bad_state", "state is one of pending, calling, done, failed, do_not_call"));
  const auto cursor = head.parameter("cursor");
  std::from_chars(cursor.data(), cursor.data() + cursor.size(), query.after);
  asked.context->ask->ask<number_page>(
      asked.context->campaigns, query,
      [answer](const number_page& page) {
        if (page.outcome == campaign_outcome::unknown) return answer(unknown_campaign());
        if (page.outcome != campaign_outcome::done) return answer(store_answer());
        answer(
            page_answer("numbers", page.numbers, page.cursor > 0 ? std::to_string(page.cursor) : "", true));
      },
      [answer] { answer(busy_answer()); });
}

template <class Question>
void ask_campaign(const routed_request& asked, Question question, unsigned done) {
  asked.context->ask->ask<campaign_ruling>(
      asked.context->campaigns, std::move(question),
      [answer = asked.answer, done](const campaign_ruling& ruling) { answer(answer_of(ruling, done)); },
      [answer = asked.answer] { answer(busy_answer()); });
}

template <campaign_wish what>
void steer(const routed_request& asked) {
  ask_campaign(asked, steer_campaign{asked.argument, what}, 202);
}

/// Answers once the list is kept as it was wished for.
template <class Wish>
void change_list(const routed_request& asked, Wish wish, std::string body) {
  asked.context->ask->ask<change_kept>(
      asked.context->campaigns, std::move(wish),
      [answer = asked.answer, body = std::move(body)](const change_kept& change) {
        if (!change.durable) return answer(store_answer());
        answer({.body = body});
      },
      [answer = asked.answer] { answer(busy_answer()); }, list_deadline);
}

void bar_all(const routed_request& asked, const campaigns::number_list& list) {
  bar_numbers wish{.source = "api"};
  for (const auto& each : list.entries) wish.numbers.push_back(each.number);
  auto body = R"({"numbers":)" + std::to_string(wish.numbers.size()) + "}";
  change_list(asked, std::move(wish), std::move(body));
}

void bar_many(const routed_request& asked) {
  if (asked.request.head.header("content-type").starts_with("text/csv")) {
    const auto list = campaigns::read_csv(asked.request.body);
    return list.faults.empty() ? bar_all(asked, list) : asked.answer(bad_numbers(list, true));
  }
  with_body(asked, body_bound, [&](const json::value& body) {
    if (const auto list = numbers_of(body, asked.answer)) bar_all(asked, *list);
  });
}

void list_barred_numbers(const routed_request& asked) {
  const auto& head = asked.request.head;
  const auto limit = page_limit(head);
  if (!limit) return asked.answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  asked.context->ask->ask<barred_page>(
      asked.context->campaigns, list_barred{*limit, std::string(head.parameter("cursor"))},
      [answer = asked.answer](const barred_page& page) {
        answer(page_answer("numbers", page.numbers, page.cursor, page.complete));
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

/// Hands the number on, or answers that it is none.
void with_number(const routed_request& asked, void (*use)(const routed_request&, std::string)) {
  if (!telnyx::can_be_dialled(asked.argument))
    return asked.answer(
        error_answer(400, "bad_number", "the number is +, country code and number, or a SIP URI"));
  std::string body;
  json::builder(body)
      .text("number", asked.argument)
      .boolean("do_not_call", asked.request.head.method != "DELETE");
  use(asked, std::move(body));
}

void look_up(const routed_request& asked, std::string body) {
  asked.context->ask->ask<number_ruling>(
      asked.context->campaigns, check_number{asked.argument},
      [answer = asked.answer, body = std::move(body)](const number_ruling& ruling) {
        if (!ruling.may_be_called) return answer({.body = body});
        if (!ruling.is_known) return answer(store_answer());
        answer(error_answer(404, "unknown_number", "the number is not on the do-not-call list"));
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

void bar(const routed_request& asked, std::string body) {
  change_list(asked, bar_numbers{{asked.argument}, "api"}, std::move(body));
}

void unbar(const routed_request& asked, std::string body) {
  change_list(asked, unbar_number{asked.argument}, std::move(body));
}

constexpr std::array routes{
    route{"GET", "/v1/campaigns", list},
    route{"POST", "/v1/campaigns",
          [](const routed_request& asked) {
            with_body(asked, body_bound, [&](const json::value& body) { start(asked, body); });
          }},
    route{"GET", "/v1/campaigns/{id}",
          [](const routed_request& asked) { ask_campaign(asked, find_campaign{asked.argument}, 200); }},
    route{"GET", "/v1/campaigns/{id}/numbers", show_numbers},
    route{"POST", "/v1/campaigns/{id}/pause", steer<campaign_wish::pause>},
    route{"POST", "/v1/campaigns/{id}/resume", steer<campaign_wish::resume>},
    route{"POST", "/v1/campaigns/{id}/stop", steer<campaign_wish::stop>},
    route{"GET", "/v1/do-not-call", list_barred_numbers},
    route{"POST", "/v1/do-not-call", bar_many},
    route{"GET", "/v1/do-not-call/{number}",
          [](const routed_request& asked) { with_number(asked, look_up); }},
    route{"PUT", "/v1/do-not-call/{number}", [](const routed_request& asked) { with_number(asked, bar); }},
    route{"DELETE", "/v1/do-not-call/{number}",
          [](const routed_request& asked) { with_number(asked, unbar); }},
};

}  // namespace

std::span<const route> campaign_routes() { return routes; }

}  // namespace tandem
