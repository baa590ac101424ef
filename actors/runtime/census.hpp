#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem {

/// What an actor is, as the `kind` label of metrics says it.
enum class actor_kind : std::uint8_t {
  node,
  records,
  carrier,
  campaigns,
  events,
  courier,
  gateway,
  supervisor,
  cluster,
  switchboard,
  call,
  ingress,
  scribe,
  dialogue,
  speech,
  rehearsal
};

inline constexpr std::size_t actor_kinds = 16;

/// The label of a kind.
constexpr std::string_view to_string(actor_kind kind) {
  constexpr std::array<std::string_view, actor_kinds> names{
      "node",    "records",     "carrier", "campaigns", "events", "courier",  "gateway", "supervisor",
      "cluster", "switchboard", "call",    "ingress",   "scribe", "dialogue", "speech",  "rehearsal"};
  return names[static_cast<std::size_t>(kind)];
}

/// Live actor objects of this process by kind: what is in memory, not what some registry still knows.
inline std::array<std::atomic<std::int64_t>, actor_kinds> live_actors{};

/// What the connections of calls occupy, their queues left out.
inline std::atomic<std::int64_t> live_link_bytes{0};

/// Counts its owner in `live_actors` for as long as it exists.
class counted_actor {
 public:
  explicit counted_actor(actor_kind kind) : count_(live_actors[static_cast<std::size_t>(kind)]) { ++count_; }
  ~counted_actor() { --count_; }
  counted_actor(const counted_actor&) = delete;
  counted_actor& operator=(const counted_actor&) = delete;

 private:
  std::atomic<std::int64_t>& count_;
};

}  // namespace tandem
