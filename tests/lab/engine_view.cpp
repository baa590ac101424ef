#include "tests/lab/engine_view.hpp"

#include "gateway/network/network_client.hpp"
#include "protocols/conversation/turn_timing_json.hpp"

#include <cstdlib>
#include <date/date.h>
#include <future>
#include <sstream>
#include <string_view>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again = 50ms;

/// Waits a moment between two looks from outside, where nothing tells when the engine has changed.
void pause() {
  std::promise<void> never;
  never.get_future().wait_for(look_again);
}

template <class Look, class Done>
auto look_until(std::chrono::seconds deadline, Look look, Done done) {
  auto until = std::chrono::steady_clock::now() + deadline;
  auto seen = look();
  while (!done(seen) && std::chrono::steady_clock::now() < until) {
    pause();
    seen = look();
  }
  return seen;
}

turn_record read_turn(const json::value& from) {
  turn_record turn;
  turn.n = static_cast<std::uint32_t>(json::integer(from, "n").value_or(0));
  turn.role = json::text_or(from, "role") == "agent" ? speaker::agent : speaker::caller;
  turn.text = json::text_or(from, "text");
  turn.heard_text = json::text_or(from, "heard_text");
  turn.interrupted = json::boolean(from, "interrupted").value_or(false);
  turn.latency_ms = static_cast<std::int32_t>(json::integer(from, "latency_ms").value_or(-1));
  if (const auto* timing = json::find(from, "timing")) turn.timing = read_timing(*timing);
  return turn;
}

}  // namespace

engine_view::engine_view(lab_loops& loops, std::string url, const std::string& token)
    : loops_(loops), url_(std::move(url)), http_(make_http_client()) {
  if (!token.empty()) headers_.emplace_back("Authorization", "Bearer " + token);
}

engine_view::~engine_view() = default;

http_answer engine_view::ask(const std::string& method, const std::string& path, const std::string& body) {
  std::promise<http_answer> answered;
  auto answer = answered.get_future();
  std::unique_ptr<http_exchange> exchange;
  loops_.run([&] {
    http_request request{.to = peer::admin, .method = method, .url = url_ + path};
    request.headers = headers_;
    request.body = body;
    exchange = http_->send(loops_.first(), std::move(request),
                           [&](http_answer got) { answered.set_value(std::move(got)); });
  });
  auto got = answer.get();
  loops_.run([&] { exchange.reset(); });
  return got;
}

unsigned engine_view::post(const std::string& path) { return ask("POST", path).status; }

std::optional<std::string> engine_view::get(const std::string& path) {
  auto got = ask("GET", path);
  if (got.status != 200) return std::nullopt;
  return std::move(got.body);
}

seen_call engine_view::newest_call() {
  seen_call call;
  auto page = get("/v1/calls?limit=1");
  if (!page) return call;
  json::document calls;
  if (calls.parse({page->data(), page->size()}) != json::fault::none) return call;
  const auto* list = json::find(calls.root(), "calls");
  if (!list || !list->IsArray() || list->Empty()) return call;
  const auto& newest = (*list)[0];
  call.id = json::text_or(newest, "id");
  call.state = json::text_or(newest, "state");
  call.end_reason = json::text_or(newest, "end_reason");
  call.answered_at = read_time(newest, "answered_at");
  call.ended_at = read_time(newest, "ended_at");
  if (const auto* metadata = json::find(newest, "metadata"); metadata && metadata->IsObject()) {
    for (const auto& entry : metadata->GetObject()) {
      call.metadata.emplace_back(std::string(entry.name.GetString(), entry.name.GetStringLength()),
                                 json::text(entry.value).value_or(""));
    }
  }
  call.json = get("/v1/calls/" + call.id).value_or("");
  call.turns = turns(call.id, &call.transcript_json);
  return call;
}

std::vector<turn_record> engine_view::turns(const std::string& id, std::string* json) {
  std::vector<turn_record> found;
  auto text = get("/v1/calls/" + id + "/transcript").value_or("");
  if (json != nullptr) *json = text;
  json::document transcript;
  if (transcript.parse({text.data(), text.size()}) != json::fault::none) return found;
  for (const auto& each : json::elements(transcript.root(), "turns")) found.push_back(read_turn(each));
  return found;
}

seen_call engine_view::ended_call(std::chrono::seconds deadline) {
  return look_until(
      deadline, [this] { return newest_call(); },
      [](const seen_call& call) { return call.state == "ended"; });
}

std::string engine_view::idle_metrics(std::chrono::seconds deadline, kept_connections kept) {
  return look_until(
      deadline, [this] { return get("/metrics").value_or(""); },
      [kept](const std::string& metrics) { return left_behind(metrics, kept).empty(); });
}

wall_time read_time(const json::value& from, std::string_view name) {
  std::istringstream text{std::string(json::text_or(from, name))};
  wall_time at{};
  text >> date::parse("%FT%TZ", at);
  return text ? at : wall_time{};
}

double metric(std::string_view metrics, std::string_view name) {
  double sum = 0;
  while (!metrics.empty()) {
    auto line = metrics.substr(0, metrics.find('\n'));
    metrics.remove_prefix(std::min(metrics.size(), line.size() + 1));
    if (!line.starts_with(name)) continue;
    auto rest = line.substr(name.size());
    if (rest.empty() || (rest[0] != ' ' && rest[0] != '{')) continue;
    sum += std::strtod(std::string(line.substr(line.rfind(' ') + 1)).c_str(), nullptr);
  }
  return sum;
}

std::vector<std::string> left_behind(std::string_view metrics, kept_connections kept) {
  std::vector<std::string> found;
  if (metrics.empty()) return {"the engine gave no metrics"};
  const auto look = [&](const char* name) {
    if (auto count = metric(metrics, name); count != 0)
      found.push_back(std::string(name) + " " + std::to_string(static_cast<long>(count)));
  };
  for (const auto* name :
       {"tandem_calls_active", R"(tandem_actors{kind="call"})", R"(tandem_actors{kind="ingress"})",
        R"(tandem_actors{kind="scribe"})", R"(tandem_actors{kind="dialogue"})",
        R"(tandem_actors{kind="speech"})", R"(tandem_connections{peer="scribe"})",
        R"(tandem_connections{peer="speech"})", "tandem_call_buffer_bytes", "tandem_call_memory_bytes"})
    look(name);
  if (kept == kept_connections::may_stay) return found;
  for (const auto* name : {R"(tandem_connections{peer="telnyx"})", R"(tandem_connections{peer="agent"})"})
    look(name);
  return found;
}

}  // namespace tandem::lab
