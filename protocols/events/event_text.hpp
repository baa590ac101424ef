#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Server-sent events (the HTML standard's `text/event-stream`) as a server writes them.
namespace tandem::event_text {

/// Says that the connection lives, and nothing else.
inline constexpr std::string_view keep_alive = ":\n\n";

/// Appends an event. Id and name must hold no line end; an empty id stands for none, so that the reader's
/// last one stays. Each line of the data, whatever ends it, becomes one of the event's.
void append(std::string& out, std::string_view id, std::string_view name, std::string_view data);

/// Which of this process' events a reader has seen last, as its `Last-Event-ID` says it: `prefix` and a
/// number not above `newest`, or `0` for none; nothing for any other text.
std::optional<std::uint64_t> place_in(std::string_view last_event_id, std::string_view prefix,
                                      std::uint64_t newest);

}  // namespace tandem::event_text
