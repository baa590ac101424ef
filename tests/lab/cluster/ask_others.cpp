#include "gateway/network/network_client.hpp"
#include "protocols/json.hpp"
#include "tests/lab/cluster/scenarios.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

/// Whichever node is asked, streamed to or told of something, the call is found.
namespace tandem::lab {

namespace {

using namespace std::chrono_literals;

constexpr auto deadline = 30s;
constexpr std::size_t misrouted = 3;
/// A turn that no caller reaches, so that what the API says is not taken for a reply to one.
constexpr std::uint32_t said_by_api = 255;

/// Reads the events of all calls from a node, for as long as it lives.
class event_ear {
 public:
  event_ear(cluster_stage& stage, const cluster_node& node) : stage_(stage), http_(make_http_client()) {
    http_request request{.to = peer::admin,
                         .method = "GET",
                         .url = "http://" + node.address() + ":9090/v1/events",
                         .headers = {{"Authorization", std::string("Bearer ") + cluster_token}},
                         .timeout = 10min};
    request.part = [this](std::string_view part) {
      std::lock_guard guard(mutex_);
      heard_ += part;
    };
    stage_.loops().run([&] {
      exchange_ = http_->send(stage_.loops().first(), std::move(request), [](const http_answer&) {});
    });
  }
  ~event_ear() {
    stage_.loops().run([&] { exchange_.reset(); });
  }
  event_ear(const event_ear&) = delete;

  bool heard(const std::string& event, const std::string& call) {
    std::lock_guard guard(mutex_);
    for (auto at = heard_.find("event: " + event); at != heard_.npos;
         at = heard_.find("event: " + event, at + 1)) {
      const auto end = heard_.find("\n\n", at);
      if (heard_.substr(at, end == heard_.npos ? end : end - at).find(call) != std::string::npos) return true;
    }
    return false;
  }

 private:
  cluster_stage& stage_;
  std::unique_ptr<http_client> http_;
  std::unique_ptr<http_exchange> exchange_;
  std::mutex mutex_;
  std::string heard_;
};

/// The engine's own id of a call that goes on, as this node's list has it; empty when it is not there.
std::string id_at(cluster_node& node, const std::string& carrier_id) {
  auto text = node.view().get("/v1/calls?limit=500").value_or("");
  json::document page;
  if (page.parse({text.data(), text.size()}) != json::fault::none) return {};
  for (const auto& call : json::elements(page.root(), "calls")) {
    if (json::text_or(call, "carrier_call_id") == carrier_id && json::text_or(call, "state") != "ended")
      return std::string(json::text_or(call, "id"));
  }
  return {};
}

/// One that this node does not own.
std::shared_ptr<watched_call> call_elsewhere(const trial& it, const cluster_node& node) {
  for (const auto& each : it.calls()) {
    std::lock_guard guard(each->mutex);
    const auto owner = each->node();
    if (!owner.empty() && owner != node.name()) return each;
  }
  return nullptr;
}

bool heard_from_api(watched_call& call) {
  std::lock_guard guard(call.mutex);
  return std::ranges::any_of(call.heard, [](const auto& each) { return each.word.turn == said_by_api; });
}

bool was_hung_up(watched_call& call) {
  std::lock_guard guard(call.mutex);
  return call.outcome && call.outcome->ended_by == "engine";
}

/// Whether the node does this to the call.
bool does(trial& it, cluster_node& node, const std::string& path, const std::string& body) {
  const auto status = node.view().ask("POST", path, body).status;
  return it.require(status == 202,
                    path + " at " + node.name() + " is answered with " + std::to_string(status));
}

void ask_node(trial& it, cluster_node& node) {
  const auto call = call_elsewhere(it, node);
  if (!it.require(call != nullptr, "all calls are with " + node.name())) return;
  const auto at = " at " + node.name();
  event_ear ear(it.stage(), node);
  const auto id = id_at(node, call->carrier_id);
  if (!it.require(!id.empty(), "another's call is not in the list" + at)) return;
  const auto path = "/v1/calls/" + id;
  it.require(node.view().ask("GET", path).status == 200, "another's call cannot be seen" + at);
  const auto word = to_text({call->number, said_by_api, 0, reply_words - 1});
  if (does(it, node, path + "/say", R"({"text":")" + word + R"("})"))
    it.require(cluster_stage::becomes([&] { return heard_from_api(*call); }, deadline),
               "what was said" + at + " is not heard");
  if (!does(it, node, path + "/hangup", "{}")) return;
  it.require(cluster_stage::becomes([&] { return was_hung_up(*call); }, deadline),
             "hangup" + at + " does not end the call");
  it.require(cluster_stage::becomes([&] { return ear.heard("call.ended", id); }, deadline),
             "the end of another's call is not among the events" + at);
  it.forget(*call);
}

double relayed(cluster_stage& stage) {
  double all = 0;
  for (const auto& each : stage.nodes()) all += each->metric("tandem_streams_relayed_total").value_or(0);
  return all;
}

}  // namespace

trial_result ask_others(cluster_stage& stage) {
  trial it(stage, "front");
  it.begin(stage.options().calls);
  for (const auto& each : stage.nodes()) ask_node(it, *each);
  const auto before = relayed(stage);
  stage.misroute(true);
  it.begin(misrouted);
  stage.misroute(false);
  const auto passed = relayed(stage) - before;
  it.require(passed >= static_cast<double>(misrouted), "streams at a wrong node are not passed on");
  it.result().figures["relayed"] = passed;
  engine_view front(stage.loops(), "http://10.77.0.10:9090", cluster_token);
  for (const auto& each : stage.nodes())
    it.require(front.get("/v1/nodes").has_value(), "the front does not reach " + each->name());
  return it.finish({});
}

}  // namespace tandem::lab
