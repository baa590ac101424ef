#include "protocols/telnyx/leg_events.hpp"

#include "protocols/telnyx/webhook.hpp"
#include "protocols/url.hpp"

namespace tandem::telnyx {
namespace {

/// How deep in an event its webhook is looked for.
constexpr unsigned deepest = 5;

/// The first object in this value that says a direction, as the payload of `call.initiated` does.
const json::value* payload_in(const json::value& in, unsigned depth = 0) {
  if (!in.IsObject() || depth == deepest) return nullptr;
  if (!json::text_or(in, "direction").empty()) return &in;
  for (const auto& member : in.GetObject()) {
    if (const auto* found = payload_in(member.value, depth + 1)) return found;
  }
  return nullptr;
}

}  // namespace

tl::expected<leg_events, json::fault> read_leg_events(std::string body, std::string_view call_leg_id) {
  json::document document;
  if (const auto why = document.parse(body); why != json::fault::none) return tl::unexpected(why);
  const auto* data = json::find(document.root(), "data");
  if (data == nullptr || !data->IsArray()) return tl::unexpected(json::fault::bad_field);
  leg_events told;
  for (const auto& each : json::elements(document.root(), "data")) {
    if (json::text_or(each, "call_leg_id") != call_leg_id) continue;
    if (json::text_or(each, "type") != "webhook" ||
        webhook_type_of(json::text_or(each, "name")) != webhook_type::call_initiated) {
      told.is_handled = true;
      continue;
    }
    const auto* metadata = json::find(each, "metadata");
    const auto* payload = metadata == nullptr ? nullptr : payload_in(*metadata);
    if (payload == nullptr) continue;
    told.direction = json::text_or(*payload, "direction");
    told.from = json::text_or(*payload, "from");
    told.to = json::text_or(*payload, "to");
  }
  return told;
}

std::string leg_events_path(std::string_view call_leg_id) {
  std::string path = "/call_events?filter%5Bleg_id%5D=";
  url::append_encoded(path, call_leg_id);
  return path += "&page%5Bsize%5D=50";
}

}  // namespace tandem::telnyx
