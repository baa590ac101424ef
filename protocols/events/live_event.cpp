#include "protocols/events/live_event.hpp"

#include "protocols/json_builder.hpp"

#include <array>

namespace tandem {

namespace {

struct kind_names {
  std::string_view name;
  std::string_view text;
};

constexpr std::array<kind_names, event_kinds> kinds{{{"call.started", ""},
                                                     {"call.answered", ""},
                                                     {"transcript.partial", "text"},
                                                     {"transcript.final", "text"},
                                                     {"agent.reply", "text"},
                                                     {"speech.started", ""},
                                                     {"speech.finished", "heard_text"},
                                                     {"speech.interrupted", "heard_text"},
                                                     {"dtmf", "digit"},
                                                     {"provider.reconnected", "peer"},
                                                     {"agent.changed", "agent"},
                                                     {"call.held", "by"},
                                                     {"call.resumed", ""},
                                                     {"call.listened", "by"},
                                                     {"call.ended", "end_reason"}}};

const kind_names& names_of(event_kind kind) { return kinds[static_cast<std::size_t>(kind)]; }

bool has_words(event_kind kind) {
  const auto name = text_name(kind);
  return name == "text" || name == "heard_text";
}

void append_members(json::builder& object, const live_event& event) {
  object.text("call_id", event.call_id).text("at", to_rfc3339(event.at));
  if (event.kind == event_kind::call_started || event.kind == event_kind::call_answered) {
    object.text("direction", to_string(event.direction));
    object.text_if("from", event.from).text_if("to", event.to);
  }
  if (event.turn != 0) object.integer("turn", event.turn);
  if (!text_name(event.kind).empty()) object.text_if(text_name(event.kind), event.text);
  object.text_if("provider", event.provider);
}

}  // namespace

std::string_view to_string(event_kind kind) { return names_of(kind).name; }

std::string_view text_name(event_kind kind) { return names_of(kind).text; }

live_event kept_part(live_event event, const event_privacy& rules) {
  if (!rules.keeps_numbers) {
    event.from.clear();
    event.to.clear();
  }
  if (!rules.keeps_words && has_words(event.kind)) event.text.clear();
  return event;
}

void append_json(std::string& out, const live_event& event) {
  json::builder object(out);
  append_members(object, event);
}

void append_json(std::string& out, std::string_view id, const live_event& event) {
  json::builder object(out);
  object.text("id", id).text("event", to_string(event.kind));
  append_members(object, event);
}

}  // namespace tandem
