#pragma once

#include "protocols/json.hpp"

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace tandem::telnyx {

/// What the list of a leg's events tells of it.
struct leg_events {
  /// `incoming` or `outgoing`, and the numbers, as far as the list has them: Telnyx does not say in what
  /// shape its events have the webhook that they are about.
  std::string direction;
  std::string from;
  std::string to;
  /// Whether more has happened than its `call.initiated`: a command, an answer, an end.
  bool is_handled = false;
};

/// Reads a page of `GET /call_events`; events of other legs are passed over.
tl::expected<leg_events, json::fault> read_leg_events(std::string body, std::string_view call_leg_id);

/// Where the events of a leg are listed.
std::string leg_events_path(std::string_view call_leg_id);

}  // namespace tandem::telnyx
