#include "gateway/file_answers.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/store/recordings.hpp"
#include "protocols/json.hpp"

#include <array>

#include <caf/all.hpp>

namespace tandem {

namespace {

void list(const routed_request& asked) {
  const auto& head = asked.request.head;
  const auto& answer = asked.answer;
  list_calls query{.state = std::string(head.parameter("state")),
                   .cursor = std::string(head.parameter("cursor"))};
  if (!query.state.empty() && query.state != "ringing" && query.state != "connected" &&
      query.state != "ended") {
    return answer(error_answer(400, "bad_state", "state is one of ringing, connected, ended"));
  }
  const auto limit = page_limit(head);
  if (!limit) return answer(error_answer(400, "bad_limit", "limit is a number from 1 to 500"));
  query.limit = *limit;
  asked.context->ask->ask<call_page>(
      asked.context->records, query,
      [answer](const call_page& page) {
        std::string body = R"({"calls":[)";
        for (const auto& call : page.calls) {
          if (&call != &page.calls.front()) body += ',';
          append_json(body, call);
        }
        body += R"(],"cursor":)";
        if (page.cursor.empty()) {
          body += "null";
        } else {
          json::append_quoted(body, page.cursor);
        }
        if (!page.complete) body += R"(,"complete":false)";
        body += '}';
        answer({.body = std::move(body)});
      },
      [answer] { answer(busy_answer()); });
}

std::string json_of(const call_history& history) {
  std::string body;
  append_json(body, history.call.front());
  return body;
}

std::string transcript_of(const call_history& history) {
  std::string body = R"({"turns":[)";
  for (const auto& turn : history.turns) {
    if (&turn != &history.turns.front()) body += ',';
    append_json(body, turn);
  }
  body += "]}";
  return body;
}

void recording(const routed_request& asked) {
  const auto& context = *asked.context;
  const auto& answer = asked.answer;
  if (context.recorded == nullptr) {
    return answer(error_answer(404, "no_recording", "calls are not recorded: store.recordings is empty"));
  }
  asked.context->ask->ask<call_history>(
      asked.context->records, find_call{asked.argument},
      [answer, id = asked.argument, range = std::string(asked.request.head.header("Range")),
       kept = context.recorded, files = context.files](const call_history& history) {
        if (history.call.empty() && !history.complete) return answer(store_answer());
        if (history.call.empty()) return answer(unknown_call_answer());
        const bool is_over = history.call.front().state == call_state::ended;
        const auto elsewhere = [=] {
          auto missing = error_answer(404, "no_recording",
                                      is_over ? "nothing of this call was recorded, or it was deleted"
                                              : "a recording can be had when its call has ended");
          if (!is_over || kept->bucket() == nullptr) return answer(std::move(missing));
          kept->bucket()->answer(id, range, std::move(missing), answer);
        };
        const auto file = kept->find(id);
        if (!file) return elsewhere();
        // It may be uploaded, and gone from the folder, before it is opened.
        files->answer(*file, "audio/wav", range, answer, elsewhere);
      },
      [answer] { answer(busy_answer()); });
}

/// Answers with what `tell` makes of the call's history.
void show(const routed_request& asked, std::string (*tell)(const call_history&)) {
  asked.context->ask->ask<call_history>(
      asked.context->records, find_call{asked.argument},
      [answer = asked.answer, tell](const call_history& history) {
        if (history.call.empty()) return answer(history.complete ? unknown_call_answer() : store_answer());
        answer({.body = tell(history)});
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

/// What callers may ask for: that nothing is kept of them.
void forget(const routed_request& asked) {
  caf::anon_send(asked.context->campaigns, forget_caller{asked.argument});
  asked.context->ask->ask<change_kept>(
      asked.context->records, forget_caller{asked.argument},
      [answer = asked.answer](const change_kept& done) {
        if (!done.durable) return answer(store_answer());
        answer({.body = R"({"forgotten":true})"});
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

constexpr std::array routes{
    route{"GET", "/v1/calls", list},
    route{"GET", "/v1/calls/{id}", [](const routed_request& asked) { show(asked, json_of); }},
    route{"GET", "/v1/calls/{id}/transcript",
          [](const routed_request& asked) { show(asked, transcript_of); }},
    route{"GET", "/v1/calls/{id}/recording", recording},
    route{"DELETE", "/v1/callers/{number}", forget},
};

}  // namespace

std::span<const route> call_routes() { return routes; }

}  // namespace tandem
