#pragma once

#include "actors/messages.hpp"
#include "gateway/network/http_server.hpp"
#include "gateway/settings/settings.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace prometheus {
class Registry;
}

namespace tandem {

class admission;
class asio_loop;
class file_answers;
class health;
class http_client;
class portal;
class recordings;
class stream_relay;

/// What the routes reach; everything outlives the servers.
struct route_context {
  const settings* values = nullptr;
  /// The key of stream tokens: `server.secret`, or what was made up in its place.
  std::string secret;
  std::vector<asio_loop*> loops;
  const health* well = nullptr;
  std::shared_ptr<admission> door;
  node_actor node;
  records_actor records;
  events_actor events;
  campaigns_actor campaigns;
  /// Asks models, and servers of the operator's.
  http_client* http = nullptr;
  /// None of these when the node takes part in no cluster.
  cluster_actor cluster;
  switchboard_actor switchboard;
  stream_relay* relay = nullptr;
  /// Whether the node is a member of its cluster now.
  std::shared_ptr<const std::atomic<bool>> member;
  /// This start of the node, and its program's version.
  cluster::member who;
  std::string version;
  const portal* ask = nullptr;
  /// None when calls are not recorded.
  const recordings* recorded = nullptr;
  file_answers* files = nullptr;
  metrics* measure = nullptr;
  prometheus::Registry* registry = nullptr;
};

/// What the carrier reaches: webhooks and media streams.
server_handlers carrier_routes(std::shared_ptr<const route_context> context);

/// What operators and programs reach: health, metrics and the API.
server_handlers admin_routes(std::shared_ptr<const route_context> context);

/// A media stream from somebody who may use the API: it is a new call's.
void admit_softphone(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream);

/// Somebody who may use the API (`by` says how that is known) listens in to the call with this id, on
/// whichever node: see `line_listeners`. Refused with 403 when nobody may, 404 or 409 when there is nothing
/// to hear, and 429 when there is no room.
void admit_listener(const std::shared_ptr<const route_context>& context, std::unique_ptr<upgrade> stream,
                    const std::string& id, const std::string& by);

/// Where nodes bring each other those who listen in; the rest of the path is a token of `listen_pass`.
inline constexpr std::string_view relayed_listen_path = "/cluster/listen/";

/// Lets in who comes with such a token to a call of this node.
void admit_relayed_listener(const std::shared_ptr<const route_context>& context,
                            std::unique_ptr<upgrade> stream, std::string_view token);

#ifdef TANDEM_CHAOS
/// `POST /chaos/kill?kind=scribe&seed=7` makes one actor of that kind fail; only where tests run.
void chaos_route(const request_head& head, const respond& answer);
#endif

/// A page's size as the request's `limit` wants it, from 1 to 500 (50 without); nothing for any other.
std::optional<std::uint32_t> page_limit(const request_head& head);

/// An answer in the API's form: `{"error":{"code","message"}}`.
server_answer error_answer(unsigned status, std::string_view code, std::string_view message);

/// The node, or whom it asked, did not answer in time.
server_answer busy_answer();

/// The store cannot be reached.
server_answer store_answer();

server_answer unknown_call_answer();

/// That cannot be done to a call in this state.
server_answer state_answer(std::string_view state, std::string_view why);

/// Answers for a call that is not to be had: it is over, or never was, or its node does not answer.
void explain_absence(const route_context& context, const std::string& id, const respond& answer);

}  // namespace tandem
