#include "actors/agents/chat.hpp"

#include "protocols/agents/spoken_text.hpp"
#include "protocols/conversation/record.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tandem {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view path = "/chat/completions";

/// However slowly it comes, a reply ends by then; that it comes at all is the dialogue's to watch.
constexpr auto answer_limit = 120s;
constexpr std::size_t answer_bound = std::size_t{4} * 1024 * 1024;

/// Answers that a model may give to its tools' results before it has to come to an end.
constexpr unsigned max_rounds = 8;

/// How long the end of an answer that is complete is waited for.
constexpr auto rest_limit = 300ms;

/// How often one answer is asked for, and how long is waited in between when the server does not say.
constexpr unsigned max_failures = 3;
constexpr std::array<std::chrono::milliseconds, max_failures - 1> waits{200ms, 800ms};

constexpr std::string_view default_prompt =
    "You are a friendly agent on the telephone. What you write is spoken aloud: answer in one to three short "
    "sentences of plain words, without lists and markup, and write numbers, dates and times as they are "
    "said. "
    "Ask one question at a time. [pressed 12] means that the caller pressed these keys. If you are asked "
    "whether you are a person, say that you are an automated assistant. When the caller has said goodbye or "
    "wants nothing more, call end_call. When somebody does not want to be called again, say that you will "
    "see "
    "to it, and call do_not_call.";

std::string endpoint_of(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with(path) ? url : url.append(path);
}

}  // namespace

chat_agent::chat_agent(const agent_settings& settings, agent_host& host)
    : settings_(settings),
      host_(host),
      url_(endpoint_of(settings.url)),
      breaker_(host.breaker(url_, settings.api_key)),
      tools_(offered_tools(settings)),
      prompt_(settings.system_prompt.empty() ? default_prompt : settings.system_prompt) {}

chat_agent::~chat_agent() = default;

/// The time is the call's first moment, so that the prompt stays the same and servers can keep it.
void chat_agent::begin(const call_record& call) {
  prompt_ = settings_.system_prompt.empty() ? default_prompt : settings_.system_prompt;
  if (call.started_at != wall_time{}) prompt_ += "\n\nThe call began at " + to_rfc3339(call.started_at) + ".";
  expect();
}

void chat_agent::expect() { host_.prepare(peer::agent, url_); }

void chat_agent::answer(const agent_request& request, agent_sink& sink) {
  drop();
  reply_ = std::make_unique<reply>();
  reply_->turn = request.turn;
  reply_->sink = &sink;
  reply_->after = last_turn_before(request);
  reply_->confirmed = !request.early;
  reply_->messages = memory_.messages(prompt_, request);
  ask();
}

void chat_agent::ask() {
  auto& fresh = reply_->round;
  fresh = {};
  if (breaker_ != nullptr) {
    auto admitted = breaker_->enter(host_.now());
    if (!admitted) {
      reply_->over = true;
      return reply_->sink->failed(reply_->turn, "the server has failed too often to be asked now");
    }
    fresh.attempt = std::move(*admitted);
  }
  http_request request{
      .to = peer::agent,
      .url = url_,
      .headers = {{"Content-Type", "application/json"}, {"Accept", "text/event-stream"}},
      .body = chat::request_body({.model = settings_.model, .messages = reply_->messages, .tools = tools_}),
      .timeout = answer_limit,
      .answer_bound = answer_bound};
  if (!settings_.api_key.empty())
    request.headers.emplace_back("Authorization", "Bearer " + settings_.api_key);
  request.part = [this](std::string_view bytes) { read(bytes); };
  fresh.exchange = host_.send(std::move(request), [this](const http_answer& answer) { on_answer(answer); });
}

void chat_agent::read(std::string_view bytes) {
  std::vector<std::string> events;
  // What is too large is no reply: it will not have ended well.
  if (!reply_->round.events.add(bytes, events)) events.clear();
  take(events);
}

void chat_agent::take(const std::vector<std::string>& events) {
  const auto turn = reply_->turn;
  for (const auto& data : events) {
    auto& round = reply_->round;
    const auto text = round.reader.read(data);
    if (!text.empty() || round.reader.state() == chat::progress::ended) server_works();
    if (text.empty() || round.whole) continue;
    const auto words = round.thoughts.add(text);
    if (!words.empty() && !std::exchange(reply_->begun, true)) reply_->sink->began(turn);
    if (!is_current(turn)) return;
    std::vector<std::string> sentences;
    round.sentences.add(words, sentences);
    speak(sentences);
    if (!is_current(turn)) return;
  }
  auto& round = reply_->round;
  if (round.reader.state() == chat::progress::ended && !std::exchange(round.whole, true)) complete();
}

void chat_agent::speak(const std::vector<std::string>& sentences) {
  const auto turn = reply_->turn;
  for (const auto& each : sentences) {
    auto words = spoken_text(each);
    if (words.empty()) continue;
    auto& said = reply_->round.said;
    said += (said.empty() ? "" : " ") + words;
    reply_->spoken = true;
    reply_->sink->sentence(turn, std::move(words));
    // The dialogue may have had enough.
    if (!is_current(turn)) return;
  }
}

void chat_agent::on_answer(const http_answer& answer) {
  const auto turn = reply_->turn;
  if (answer.status == 200) {
    std::vector<std::string> events;
    if (!reply_->round.events.finish(events)) events.clear();
    take(events);
  }
  // Also of a reply that is over: its tokens come last.
  if (!reply_ || reply_->turn != turn) return;
  const auto used = reply_->round.reader.used();
  if (used.input_tokens + used.output_tokens != 0) host_.used(used.input_tokens, used.output_tokens);
  reply_->round.exchange.reset();
  if (!is_current(turn)) return;
  if (!reply_->round.calls.empty()) return run_tools();
  if (reply_->round.whole) return;
  if (answer.status != 200) {
    const auto why = chat::read_refusal(answer.status, answer.body, header(answer, "retry-after-ms"),
                                        header(answer, "retry-after"), header(answer, "x-should-retry"));
    return try_again(answer.status == 0 ? answer.failure : why.why, why.may_pass, why.wait);
  }
  const auto& reader = reply_->round.reader;
  try_again(reader.state() == chat::progress::failed ? reader.failure() : "the reply was cut off", true, {});
}

void chat_agent::complete() {
  const auto turn = reply_->turn;
  auto& round = reply_->round;
  std::vector<std::string> sentences;
  round.sentences.add(round.thoughts.finish(), sentences);
  round.sentences.finish(sentences);
  speak(sentences);
  if (!is_current(turn)) return;
  reply_->round.calls = reply_->round.reader.take_calls();
  if (!reply_->round.calls.empty()) {
    // The tokens that it took come next, and with them the end of the answer.
    reply_->wait = host_.after(rest_limit, [this] { run_tools(); });
  } else if (reply_->spoken) {
    finish();
  } else {
    try_again("the reply has no words", true, {});
  }
}

void chat_agent::confirm(std::uint32_t turn) {
  if (!is_current(turn)) return;
  reply_->confirmed = true;
  if (reply_->tools_wait) run_tools();
}

void chat_agent::run_tools() {
  reply_->wait.cancel();
  reply_->tools_wait = !reply_->confirmed;
  if (reply_->tools_wait) return;
  reply_->tools =
      std::make_unique<tool_runs>(settings_, host_, reply_->turn, *reply_->sink,
                                  std::exchange(reply_->round.calls, {}), [this] { on_tools_done(); });
  reply_->tools->start();
}

void chat_agent::on_tools_done() {
  const auto tools = std::move(reply_->tools);
  memory_.add(reply_->after, tools->calls(), tools->results());
  reply_->spoken = reply_->spoken || tools->has_spoken();
  if (tools->end()) return finish(*tools->end());
  if (++reply_->rounds == max_rounds) return try_again("the model calls tools without end", false, {});
  reply_->messages.push_back({chat::role::assistant, reply_->round.said, tools->calls()});
  for (std::size_t i = 0; i < tools->calls().size(); ++i)
    reply_->messages.push_back({chat::role::tool, tools->results()[i], {}, tools->calls()[i].id});
  reply_->failures = 0;
  ask();
}

void chat_agent::server_works() {
  auto& attempt = reply_->round.attempt;
  if (attempt) attempt->succeeded(host_.now());
  attempt.reset();
}

void chat_agent::server_failed() {
  auto& attempt = reply_->round.attempt;
  if (attempt) attempt->failed(host_.now());
  attempt.reset();
}

/// What the caller has heard cannot be asked for again.
void chat_agent::try_again(std::string why, bool may_pass, std::optional<std::chrono::milliseconds> wait) {
  const auto turn = reply_->turn;
  if (may_pass) server_failed();
  const bool again = may_pass && reply_->round.said.empty() && ++reply_->failures < max_failures;
  if (!again) {
    reply_->over = true;
    return reply_->sink->failed(turn, std::move(why));
  }
  reply_->round.exchange.reset();
  reply_->wait = host_.after(wait.value_or(waits.at(reply_->failures - 1)), [this] { ask(); });
}

void chat_agent::finish(turns::reply_end how) {
  reply_->over = true;
  reply_->sink->finished(reply_->turn, std::move(how));
}

void chat_agent::cancel(std::uint32_t turn, turns::dismissal why) {
  if (!is_current(turn)) return;
  if (why == turns::dismissal::overdue) server_failed();
  drop();
}

/// Tools that were begun may have done something, which the model has to know.
void chat_agent::drop() {
  if (!reply_) return;
  if (reply_->tools) memory_.add(reply_->after, reply_->tools->calls(), reply_->tools->results());
  reply_.reset();
}

}  // namespace tandem
