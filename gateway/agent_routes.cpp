#include "actors/agents/script_file.hpp"
#include "actors/rehearsal.hpp"
#include "actors/runtime/census.hpp"
#include "gateway/agent_forms.hpp"
#include "gateway/network/asio_loop.hpp"
#include "gateway/portal.hpp"
#include "gateway/route_table.hpp"
#include "gateway/routes.hpp"
#include "gateway/signature.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>

namespace tandem {

namespace {

using shared_context = std::shared_ptr<const route_context>;

/// What the servers take; a script in JSON is a little longer than its file.
constexpr std::size_t body_bound = std::size_t{1024} * 1024;

/// Conversations without a call at once; each may keep a model's server busy.
constexpr std::int64_t most_rehearsals = 4;

/// Longer than a rehearsal takes, and no longer than the server waits for an answer.
constexpr std::chrono::seconds rehearsal_deadline{10};

/// Does what may take a while on CAF's pool, where no call lives.
void do_aside(const route_context& context, std::function<void()> job) {
  context.loops.front()->system().spawn(
      [](caf::event_based_actor*, const std::function<void()>& what) { what(); }, std::move(job));
}

server_answer bad_script(const std::vector<std::string>& faults) {
  server_answer answer{.status = 400};
  json::builder body(answer.body);
  json::builder error(body.raw("error"));
  error.text("code", "bad_script").text("message", faults.front());
  auto& list = error.raw("faults") += '[';
  for (std::size_t i = 0; i < std::min(faults.size(), most_faults); ++i) {
    if (i != 0) list += ',';
    json::append_quoted(list, faults[i]);
  }
  list += ']';
  return answer;
}

/// Goes on once the script is read, on some thread; with its faults it is answered 400.
void with_script(const shared_context& context, const respond& answer, revision_form wanted,
                 const std::function<void(const agent_revision&)>& go_on) {
  if (!wanted.script) return go_on(wanted.what);
  do_aside(*context, [=, wanted = std::move(wanted)] {
    auto loaded = load_script(*wanted.script);
    if (!loaded) return answer(bad_script(loaded.error()));
    go_on({wanted.what.settings, std::make_shared<const script>(std::move(*loaded))});
  });
}

void show(const routed_request& asked) {
  asked.context->ask->ask<agent_description>(
      asked.context->node, describe_agent{},
      [answer = asked.answer](const agent_description& now) {
        server_answer shown;
        append_json(shown.body, now);
        answer(std::move(shown));
      },
      [answer = asked.answer] { answer(busy_answer()); });
}

void check(const routed_request& asked, const json::value& body) {
  const auto form = read_revision(body, {});
  if (!form) return asked.answer(error_answer(400, "bad_request", form.error()));
  if (!form->script || !form->what.settings.empty())
    return asked.answer(error_answer(400, "bad_request", "script is needed, and nothing else"));
  do_aside(*asked.context, [answer = asked.answer, text = *form->script] {
    const auto loaded = load_script(text);
    server_answer told;
    {
      json::builder object(told.body);
      append_faults(object.raw("faults"), loaded ? std::vector<std::string>{} : loaded.error());
      if (loaded) append_json(object.raw("summary"), *loaded);
    }
    answer(std::move(told));
  });
}

void revise(const routed_request& asked, const json::value& body) {
  auto form = read_revision(body, {"live"});
  const auto bad = [&](std::string_view what) { asked.answer(error_answer(400, "bad_agent", what)); };
  if (!form) return bad(form.error());
  const bool live = json::boolean(body, "live").value_or(false);
  if (json::find(body, "live") != nullptr && !json::boolean(body, "live"))
    return bad("live is true or false");
  if (form->is_empty()) return bad("there is nothing to change");
  with_script(asked.context, asked.answer, std::move(*form),
              [context = asked.context, answer = asked.answer, live](const agent_revision& what) {
                context->ask->ask<revision_ruling>(
                    context->node, revise_agent{std::make_shared<const agent_revision>(what), live},
                    [answer](const revision_ruling& ruling) {
                      if (!ruling.fault.empty()) return answer(error_answer(400, "bad_agent", ruling.fault));
                      server_answer changed;
                      append_json(changed.body, ruling.now,
                                  R"(,"saved":false,"applied_to":)" + std::to_string(ruling.applied_to) +
                                      R"(,"kept":)" + std::to_string(ruling.kept));
                      answer(std::move(changed));
                    },
                    [answer] { answer(busy_answer()); });
              });
}

/// Called on the portal's loop alone, so that nobody else begins a rehearsal meanwhile.
void hold(const route_context& context, rehearse what, const respond& answer) {
  if (live_actors[static_cast<std::size_t>(actor_kind::rehearsal)] >= most_rehearsals) {
    auto refused = error_answer(429, "too_many", "4 test conversations are being held; this one may be next");
    refused.headers.emplace_back("Retry-After", "1");
    return answer(std::move(refused));
  }
  const auto holder = spawn_rehearsal(*context.loops.front(), *context.http);
  context.ask->ask<rehearsal>(
      holder, std::move(what),
      [answer](const rehearsal& held) {
        server_answer told;
        append_json(told.body, held);
        answer(std::move(told));
      },
      [answer] { answer(busy_answer()); }, rehearsal_deadline);
}

void converse(const routed_request& asked, const json::value& body) {
  auto form = read_revision(body, {"turns"});
  if (!form) return asked.answer(error_answer(400, "bad_agent", form.error()));
  auto turns = read_turns(body);
  if (!turns) return asked.answer(error_answer(400, "bad_request", turns.error()));
  with_script(asked.context, asked.answer, std::move(*form),
              [context = asked.context, answer = asked.answer, turns = *turns](const agent_revision& what) {
                context->ask->ask<agent_description>(
                    context->node, describe_agent{},
                    [=](const agent_description& now) {
                      const auto calls = with_revision(now.calls, what);
                      if (!calls) return answer(error_answer(400, "bad_agent", calls.error()));
                      hold(*context, {*calls, "test-" + random_id(), turns}, answer);
                    },
                    [answer] { answer(busy_answer()); });
              });
}

/// Does this with the body.
template <auto use>
void with(const routed_request& asked) {
  with_body(asked, body_bound, [&](const json::value& body) { use(asked, body); });
}

constexpr std::array routes{
    route{"GET", "/v1/agent", show},
    route{"PATCH", "/v1/agent", with<revise>},
    route{"POST", "/v1/agent/check", with<check>},
    route{"POST", "/v1/agent/conversation", with<converse>},
};

}  // namespace

std::span<const route> agent_routes() { return routes; }

}  // namespace tandem
