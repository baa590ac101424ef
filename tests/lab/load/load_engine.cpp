#include "tests/lab/load/load_engine.hpp"

#include "protocols/json.hpp"
#include "tests/lab/load/load_model.hpp"

#include <chrono>
#include <stdexcept>

namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

// Sanitizers make a start slow.
constexpr auto start_deadline = 60s;
constexpr auto idle_deadline = 60s;

/// So that most callers hear an apology before they speak again.
std::vector<std::string> flags_for(const std::string& model) {
  return {"--agent.url=http://" + model + "/v1", "--agent.model=load", "--agent.api_key=load",
          "--agent.timeout_ms=2000", "--agent.fallback_reply=" + std::string(model_apology)};
}

}  // namespace

load_engine::load_engine(const load_options& options, lab_loops& loops, std::size_t most_calls,
                         const std::string& providers, const std::string& carrier,
                         const std::string& public_key, const std::string& model)
    : carrier_address_(options.engine), token_(options.token), pid_(options.pid) {
  auto admin = options.admin;
  if (options.engine.empty()) {
    start_ours(options, most_calls, providers, carrier, public_key, model);
    if (!options.relay.empty()) return;
    admin = "127.0.0.1:" + std::to_string(ours_->admin_port());
  }
  has_admin_ = !admin.empty();
  if (!has_admin_) admin = carrier_address_.substr(0, carrier_address_.find('/'));
  admin_url_ = "http://" + admin;
  view_ = std::make_unique<engine_view>(loops, admin_url_);
  if (!answers()) throw std::runtime_error("no engine answers at " + admin);
}

void load_engine::start_ours(const load_options& options, std::size_t most_calls,
                             const std::string& providers, const std::string& carrier,
                             const std::string& public_key, const std::string& model) {
  carrier_side_.emplace();
  carrier_address_ = "127.0.0.1:" + std::to_string(carrier_side_->number());
  std::vector<std::string> flags{
      "--server.listen=" + carrier_address_,
      "--server.admin_listen=127.0.0.1:0",
      "--server.public_url=http://" + carrier_address_,
      "--server.threads=" + std::to_string(options.engine_threads),
      "--server.drain_seconds=20",
      "--telnyx.api_url=http://" + carrier + "/v2",
      "--telnyx.api_key=load",
      "--telnyx.stream_token=" + token_,
      "--telnyx.public_key=" + public_key,
      "--elevenlabs.api_key=load",
      "--scribe.url=" + providers + "/v1/speech-to-text/realtime",
      "--speech.url=" + providers + "/v1/text-to-speech",
      "--speech.voice=load",
      "--agent.kind=" + options.agent,
      "--store.url=sqlite:" + (folder_ / "tandem.db"),
      "--cluster.node=load",
      "--limits.max_calls=" + std::to_string(most_calls),
      "--limits.calls_per_second=10000",
      "--limits.pending_connections=10000",
      "--limits.silence_seconds=3600",
      "--limits.loop_lag_ms=10000",
      "--log.level=info",
  };
  if (!model.empty()) {
    for (const auto& each : flags_for(model)) flags.push_back(each);
  }
  if (!options.relay.empty()) flags = {providers};
  // The last one of several wins.
  flags.insert(flags.end(), options.flags.begin(), options.flags.end());
  if (options.pin) use_first_core();
  ours_ = std::make_unique<engine_process>(options.relay.empty() ? engine_program() : options.relay, flags,
                                           options.log);
  if (options.pin) leave_first_core();
  if (!ours_->wait_ready(start_deadline))
    throw std::runtime_error("the engine did not start; see " + options.log);
  // A relay takes any port.
  carrier_address_ = "127.0.0.1:" + std::to_string(ours_->carrier_port());
  pid_ = ours_->pid();
}

std::string load_engine::media_url() const {
  const auto has_path = carrier_address_.find('/') != std::string::npos;
  return "ws://" + carrier_address_ + (has_path ? "" : "/telnyx/media/" + token_);
}

std::string load_engine::webhook_url() const { return "http://" + carrier_address_ + "/telnyx/webhooks"; }

/// Whatever one of another make says to a request that is no upgrade shows that it is there.
bool load_engine::answers() {
  return has_admin_ ? view_->get("/healthz").has_value() : view_->ask("GET", "/").status != 0;
}

std::string load_engine::idle_metrics(std::vector<std::string>& left) {
  if (!has_admin_) return {};
  auto metrics = view_->idle_metrics(idle_deadline, kept_connections::must_end);
  left = left_behind(metrics, kept_connections::must_end);
  return metrics;
}

std::map<std::string, std::uint64_t> load_engine::end_reasons(std::vector<std::string>& open) {
  std::map<std::string, std::uint64_t> reasons;
  std::string cursor;
  if (!has_admin_) return reasons;
  do {
    auto page = view_->get("/v1/calls?limit=500&cursor=" + cursor);
    json::document calls;
    if (!page || calls.parse({page->data(), page->size()}) != json::fault::none) {
      open.emplace_back("the engine's list of calls cannot be read");
      return reasons;
    }
    cursor = json::text_or(calls.root(), "cursor");
    const auto* list = json::find(calls.root(), "calls");
    if (!list || !list->IsArray()) return reasons;
    for (const auto& each : list->GetArray()) {
      const auto reason = std::string(json::text_or(each, "end_reason"));
      if (json::text_or(each, "state") == "ended" && !reason.empty()) {
        ++reasons[reason];
      } else {
        open.push_back("call " + std::string(json::text_or(each, "carrier_call_id")) +
                       " is not over: " + std::string(json::text_or(each, "state")));
      }
    }
  } while (!cursor.empty());
  return reasons;
}

bool load_engine::stop() {
  if (ours_) return ours_->stop(40s) == 0;
  return answers();
}

}  // namespace tandem::lab
