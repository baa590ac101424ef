#pragma once

#include "actors/runtime/http.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/json.hpp"
#include "tests/lab/lab_loop.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::lab {

/// Whether connections that are kept for the next request, to and from the carrier and to agents, may still
/// be there; the engine closes them after 30 s.
enum class kept_connections : std::uint8_t { may_stay, must_end };

/// A call as the engine's API tells it.
struct seen_call {
  std::string id;
  std::string state;
  std::string end_reason;
  wall_time answered_at{};
  wall_time ended_at{};
  std::vector<std::pair<std::string, std::string>> metadata;
  std::vector<turn_record> turns;
  /// The API's own words.
  std::string json;
  std::string transcript_json;
};

/// Looks at an engine from the outside, over its operator's side. For a thread that may wait.
class engine_view {
 public:
  /// `url` is the engine's operator's side, e.g. http://127.0.0.1:9090.
  /// A `token` goes with every request.
  engine_view(lab_loops& loops, std::string url, const std::string& token = {});
  ~engine_view();

  /// The body of an answer with status 200, or nothing.
  std::optional<std::string> get(const std::string& path);

  /// The status of the answer to an empty POST; 0 when there was none.
  unsigned post(const std::string& path);

  /// The whole answer to a request.
  http_answer ask(const std::string& method, const std::string& path, const std::string& body = {});

  /// The newest call with its turns so far; empty when there is none.
  seen_call newest_call();

  /// The turns of a call, and with them the API's own words.
  std::vector<turn_record> turns(const std::string& id, std::string* json = nullptr);

  /// The newest call once it has ended; as it is when that does not happen in time.
  seen_call ended_call(std::chrono::seconds deadline);

  /// The metrics once the engine carries nothing any more; as they are when that does not happen in time.
  std::string idle_metrics(std::chrono::seconds deadline, kept_connections kept = kept_connections::may_stay);

 private:
  lab_loops& loops_;
  std::string url_;
  std::vector<std::pair<std::string, std::string>> headers_;
  std::unique_ptr<http_client> http_;
};

/// A time as the API writes it; the epoch for anything else.
wall_time read_time(const json::value& from, std::string_view name);

/// The sum of a metric's samples in Prometheus' text, over all labels; `name` may hold labels to choose by.
double metric(std::string_view metrics, std::string_view name);

/// What an engine without calls still holds of calls: one line each, empty when nothing.
std::vector<std::string> left_behind(std::string_view metrics,
                                     kept_connections kept = kept_connections::may_stay);

}  // namespace tandem::lab
