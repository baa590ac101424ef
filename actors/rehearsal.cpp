#include "actors/rehearsal.hpp"

#include "actors/agents/agent.hpp"
#include "actors/agents/toolbox.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/runtime/services.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <caf/all.hpp>

namespace tandem {

namespace {

struct rehearsal_state;
using rehearsal_pointer = pinned_actor<actor_kind::rehearsal, rehearsal_actor, rehearsal_state>*;

/// What the model is told of each tool.
constexpr std::string_view no_tools = "tools are not run in a test conversation";

struct rehearsal_state : agent_sink, agent_host {
  rehearsal_pointer self = nullptr;
  http_client* http = nullptr;
  caf::typed_response_promise<rehearsal> asker;
  std::shared_ptr<const call_settings> calls;
  std::unique_ptr<agent> answers;
  conversation talk;
  std::uint32_t said = 0;                // turns of both sides
  std::deque<rehearsed_turn> questions;  // still to be asked
  std::optional<rehearsed_turn> asked;   // none: the agent begins
  std::uint32_t turn = 0;                // the reply under way; 0 = none
  rehearsed_reply reply;
  rehearsal told;
  moment began{};
  timer next;
  timer limit;

  static inline const char* name = "rehearsal";

  void begin(const rehearse& command);
  void greet();
  void go_on();
  void ask(turns::question about, std::string_view text);
  void await();
  void end_reply();
  void deliver();
  void remember(speaker by, std::string text) {
    talk.remember({++said, by, std::move(text), false, now(), now()});
  }
  bool has_ended() const {
    const auto then = told.replies.empty() ? turns::next::listen : told.replies.back().how.then;
    return then == turns::next::hang_up || then == turns::next::transfer;
  }

  void sentence(std::uint32_t of, std::string text) override {
    if (of != turn) return;
    reply.text.append(reply.text.empty() ? "" : " ").append(text);
    await();
  }
  void note(std::uint32_t of, std::string key, std::string text) override {
    if (of == turn) reply.notes.push_back({std::move(key), std::move(text)});
  }
  void busy(std::uint32_t, std::chrono::milliseconds) override {}
  void finished(std::uint32_t of, turns::reply_end how) override {
    if (of != turn) return;
    reply.how = std::move(how);
    end_reply();
  }
  void failed(std::uint32_t of, std::string why) override {
    if (of != turn) return;
    reply.failure = std::move(why);
    // As the caller would hear it.
    if (reply.text.empty()) reply.text = calls->turns.fallback_reply;
    end_reply();
  }

  std::unique_ptr<http_exchange> send(http_request request, std::function<void(http_answer)> done) override;
  void prepare(peer to, const std::string& url) override { http->prepare(self->home(), to, url); }
  circuit_breaker* breaker(const std::string&, const std::string&) override { return nullptr; }
  timer after(std::chrono::milliseconds wait, std::function<void()> what) override {
    return self->home().at(now() + wait, [this, what = std::move(what)] { self->guard([&] { what(); }); });
  }
  void control(call_wish wish, std::string text) override {
    reply.left_out.push_back((wish == call_wish::press_keys ? "keys " : "sound ") + text);
  }
  void used(std::uint64_t input_tokens, std::uint64_t output_tokens) override {
    told.input_tokens += input_tokens;
    told.output_tokens += output_tokens;
  }
  moment now() const override { return self->home().now(); }
  std::chrono::system_clock::time_point wall_clock() const override { return self->home().wall_clock(); }
};

/// Whether an answer costs a request to somebody.
bool asks_a_server(const agent_settings& settings) {
  return settings.kind == "openai" || settings.kind == "webhook";
}

void rehearsal_state::begin(const rehearse& command) {
  calls = command.calls;
  began = now();
  answers = make_agent(calls->agent, *this);
  call_record call;
  call.id = command.id;
  call.agent = calls->agent.kind;
  call.started_at = std::chrono::time_point_cast<std::chrono::milliseconds>(wall_clock());
  call.metadata = {{"test", "true"}};
  answers->begin(call);
  if (!asks_a_server(calls->agent)) {
    for (const auto& each : command.so_far)
      if (each.by == speaker::caller) questions.push_back(each);
    return greet();
  }
  if (command.so_far.empty()) return greet();
  for (auto each = command.so_far.begin(); each != command.so_far.end() - 1; ++each)
    remember(each->by, each->is_keys ? turns::keys{each->text, {}, {}}.as_said().text : each->text);
  questions.push_back(command.so_far.back());
  go_on();
}

void rehearsal_state::greet() {
  auto words = calls->turns.greeting.empty() ? answers->greeting() : calls->turns.greeting;
  if (words.empty() && answers->wants(turns::question::start)) return ask(turns::question::start, {});
  turn = 1;
  reply = {.text = std::move(words)};
  end_reply();
}

void rehearsal_state::go_on() {
  if (questions.empty() || has_ended()) return deliver();
  asked = std::move(questions.front());
  questions.pop_front();
  ask(asked->is_keys ? turns::question::keys : turns::question::words, asked->text);
}

void rehearsal_state::ask(turns::question about, std::string_view text) {
  turn = static_cast<std::uint32_t>(told.replies.size()) + 1;
  reply = {};
  await();
  answers->answer({turn, text, talk, about}, *this);
}

/// The time that a reply's first words may take, and all of it.
void rehearsal_state::await() {
  const auto first = std::min<std::chrono::milliseconds>(calls->turns.agent_timeout, longest_rehearsal);
  const auto due = reply.text.empty() ? now() + first : began + longest_rehearsal;
  limit = self->home().at(std::min(due, began + longest_rehearsal), [this] {
    self->guard([this] {
      answers->cancel(turn, turns::dismissal::cut_short);
      failed(turn, "the agent took too long");
    });
  });
}

/// The next question waits for the loop's other work; and the agent is still on the stack.
void rehearsal_state::end_reply() {
  turn = 0;
  limit.cancel();
  if (asked) {
    remember(speaker::caller, asked->is_keys ? turns::keys{asked->text, {}, {}}.as_said().text : asked->text);
    asked.reset();
  }
  remember(speaker::agent, reply.text);
  told.replies.push_back(std::exchange(reply, {}));
  next = after(std::chrono::milliseconds(0), [this] { go_on(); });
}

void rehearsal_state::deliver() {
  asker.deliver(std::exchange(told, {}));
  self->send_exit(self->address(), caf::exit_reason::user_shutdown);
}

std::unique_ptr<http_exchange> rehearsal_state::send(http_request request,
                                                     std::function<void(http_answer)> done) {
  if (request.part) {
    request.part = [this, part = std::move(request.part)](std::string_view bytes) {
      self->guard([&] { part(bytes); });
    };
    return http->send(self->home(), std::move(request), [this, done = std::move(done)](http_answer answer) {
      self->guard([&] { done(std::move(answer)); });
    });
  }
  // Only what the agent itself is asked comes in pieces: this is a tool's.
  struct refused final : http_exchange {
    timer told;
  };
  const auto& all = calls->agent.tools->tools;
  const auto tool =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.url == request.url; });
  reply.left_out.push_back("tool " + (tool == all.end() ? request.url : tool->name));
  auto exchange = std::make_unique<refused>();
  exchange->told = after(std::chrono::milliseconds(0), [done = std::move(done)] {
    // It drops the exchange, and with that this call.
    const auto tell = done;
    tell({.failure = std::string(no_tools)});
  });
  return exchange;
}

rehearsal_actor::behavior_type rehearsal_of(rehearsal_pointer self, http_client* http) {
  auto& state = self->state;
  state.self = self;
  state.http = http;
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
      [self, &state](const rehearse& command) {
        self->monitor(self->current_sender());
        state.asker = self->make_response_promise<rehearsal>();
        state.begin(command);
        return state.asker;
      },
  };
}

}  // namespace

rehearsal_actor spawn_rehearsal(loop& home, http_client& http) {
  return spawn_on<rehearsal_actor>(home, rehearsal_of, &http);
}

}  // namespace tandem
