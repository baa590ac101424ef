#include "tests/lab/chat_server.hpp"

#include "protocols/json.hpp"
#include "protocols/json_builder.hpp"

#include <algorithm>
#include <deque>
#include <future>
#include <utility>

namespace tandem::lab {

namespace {

constexpr std::size_t body_bound = std::size_t{1024} * 1024;

std::string event_of(std::string_view data) { return "data: " + std::string(data) + "\n\n"; }

std::string token_event(std::string_view token) {
  std::string out =
      R"({"id":"chatcmpl-1","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":)";
  json::append_quoted(out, token);
  return event_of(out + R"(},"finish_reason":null}],"usage":null})");
}

/// A text's words, each with the blank before it.
std::vector<std::string> tokens_of(std::string_view text) {
  std::vector<std::string> all;
  while (!text.empty()) {
    const auto end = text.find(' ', 1);
    all.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
  }
  return all;
}

chat_question question_in(std::string body) {
  json::document document;
  chat_question out;
  if (document.parse(body) != json::fault::none) return out;
  out.model = json::text_or(document.root(), "model");
  for (const auto& each : json::elements(document.root(), "messages")) {
    const auto role = json::text_or(each, "role");
    if (role == "user") out.callers.emplace_back(json::text_or(each, "content"));
    if (role == "assistant") out.agents.emplace_back(json::text_or(each, "content"));
  }
  if (!out.callers.empty()) out.words = out.callers.back();
  return out;
}

/// The same events among what a reader has to overlook, cut without regard to where they end.
std::deque<std::string> in_odd_pieces(const std::deque<std::string>& events, const std::string& end) {
  std::string all =
      ": comment\r\n\r\ndata:{\"choices\":null}\r\n\r\ndata: {\"choices\":[{\"delta\":null}]}\r\r";
  for (const auto& event : events) all += event;
  all += end + "data: [DONE]\n";
  std::deque<std::string> out;
  for (std::size_t at = 0; at < all.size(); at += 3) out.push_back(all.substr(at, 3));
  return out;
}

std::deque<std::string> bad_tool_events() {
  std::deque<std::string> out;
  for (const auto* calls :
       {"7", "[null]", R"([{"index":"x","function":7}])", R"([{"index":-1,"function":{"name":7}}])",
        R"([{"index":0,"id":"call_1","function":{"name":"book_the_moon","arguments":"{\"seats\":"}}])"})
    out.push_back(event_of(std::string(R"({"choices":[{"index":0,"delta":{"tool_calls":)") + calls + "}}]}"));
  out.push_back(event_of(R"({"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]})"));
  return out;
}

server_answer refusal(unsigned status, std::string_view why) {
  return {.status = status, .body = R"({"error":{"message":")" + std::string(why) + R"(","type":"lab"}})"};
}

}  // namespace

/// An answer on its way.
struct chat_server::stream {
  std::unique_ptr<open_body::writer> out;
  std::deque<std::string> pieces;
  /// What comes behind them: the same again, the end, or nothing more.
  std::deque<std::string> again;
  bool ends = true;
  std::chrono::milliseconds pause{};
  timer next;
};

chat_server::chat_server(asio_loop& home, chat_server_options options)
    : home_(home), options_(std::move(options)) {
  server_settings settings{.host = options_.host, .port = options_.port, .body_bound = body_bound};
  settings.answer_timeout = std::chrono::minutes(5);
  // Whoever asks a model never says who they are.
  settings.unknown_bound = 100'000;
  server_ = std::make_unique<http_server>(
      std::vector<asio_loop*>{&home}, settings,
      server_handlers{
          .on_request = [this](const server_request& request,
                               const respond& reply) { answer(request, reply); },
          .on_upgrade = [](std::unique_ptr<upgrade> stream) { stream->refuse({.status = 404}); },
      });
}

chat_server::~chat_server() {
  std::promise<void> dropped;
  home_.post([&] {
    streams_.clear();
    unanswered_.clear();
    dropped.set_value();
  });
  dropped.get_future().wait();
  server_->stop();
}

std::size_t chat_server::open_streams() const {
  return static_cast<std::size_t>(std::count_if(
      streams_.begin(), streams_.end(), [](const auto& each) { return each.second->out->is_read(); }));
}

void chat_server::answer(const server_request& request, const respond& reply) {
  if (!request.head.path.ends_with("/chat/completions")) return reply(refusal(404, "no such path"));
  auto question = question_in(request.body);
  question.n = asked_++;
  if (options_.fault) question.fault = options_.fault(question);
  if (options_.keeps_requests) requests_.push_back(request.body);
  switch (question.fault) {
    case chat_fault::refused:
      return reply(refusal(401, "no such key"));
    case chat_fault::broken:
      return reply(refusal(500, "internal error"));
    case chat_fault::overloaded:
      return reply(refusal(503, "overloaded"));
    case chat_fault::silent:
      return unanswered_.push_back(reply);
    case chat_fault::limited: {
      auto later = refusal(429, "too many requests");
      later.headers.emplace_back("Retry-After", "1");
      return reply(later);
    }
    default:
      return begin(question, request.body.size(), reply);
  }
}

void chat_server::begin(const chat_question& question, std::size_t body_bytes, const respond& reply) {
  const auto text = options_.reply ? options_.reply(question) : "You said: " + question.words + ".";
  auto made = std::make_unique<stream>();
  made->pause = options_.next_token;
  auto& pieces = made->pieces;
  const auto tokens = tokens_of(text);
  for (const auto& token : tokens) pieces.push_back(token_event(token));
  const std::string stop = event_of(R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})");
  const std::string usage =
      event_of(R"({"choices":[],"usage":{"prompt_tokens":)" + std::to_string(body_bytes / 4) +
               R"(,"completion_tokens":)" + std::to_string(tokens.size()) + "}}");
  const std::string done = event_of("[DONE]");
  switch (question.fault) {
    case chat_fault::cut_before:
      pieces.clear();
      break;
    case chat_fault::cut_within:
      pieces.resize((pieces.size() + 1) / 2);
      break;
    case chat_fault::stalls:
      pieces.resize((pieces.size() + 1) / 2);
      made->ends = false;
      break;
    case chat_fault::error_within:
      pieces = {event_of(R"({"error":{"message":"the model is gone","type":"server_error"}})"), done};
      break;
    case chat_fault::wordless:
      pieces = {stop, done};
      break;
    case chat_fault::garbage:
      for (auto& piece : pieces) piece = "data: <html>\n\n";
      break;
    case chat_fault::stays_open:
      pieces.insert(pieces.end(), {stop, usage, done});
      made->ends = false;
      break;
    case chat_fault::no_done:
      pieces.insert(pieces.end(), {stop, usage});
      break;
    case chat_fault::odd_but_right:
      pieces = in_odd_pieces(pieces, stop + usage);
      break;
    case chat_fault::bad_tool:
      pieces = bad_tool_events();
      pieces.insert(pieces.end(), {usage, done});
      break;
    case chat_fault::endless:
      made->pause = options_.slow_token;
      for (const auto& token : tokens_of(" " + text)) made->again.push_back(token_event(token));
      break;
    case chat_fault::trickle:
      made->pause = options_.slow_token;
      [[fallthrough]];
    default:
      pieces.insert(pieces.end(), {stop, usage, done});
  }

  auto [write, read] = open_body::make(body_bound);
  made->out = std::move(write);
  const auto id = static_cast<std::uint64_t>(question.n);
  made->next = home_.at(home_.now() + options_.first_token, [this, id] { go_on(id); });
  streams_.emplace(id, std::move(made));
  reply({.content_type = "text/event-stream", .open = std::move(read)});
}

void chat_server::go_on(std::uint64_t id) {
  const auto found = streams_.find(id);
  auto& each = *found->second;
  if (!each.out->is_read()) return void(streams_.erase(found));
  if (each.pieces.empty()) each.pieces = each.again;
  if (each.pieces.empty()) {
    // One that stays open goes with the server, or with its reader.
    if (each.ends) return void(streams_.erase(found));
    each.next = home_.at(home_.now() + std::chrono::seconds(1), [this, id] { go_on(id); });
    return;
  }
  each.out->write(each.pieces.front());
  each.pieces.pop_front();
  each.next = home_.at(home_.now() + each.pause, [this, id] { go_on(id); });
}

}  // namespace tandem::lab
