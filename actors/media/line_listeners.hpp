#pragma once

#include "protocols/moment.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace tandem {

class line_tape;
class link;
struct metrics;

/// So many may listen in to one call.
inline constexpr std::uint32_t most_listeners = 5;

/// Those who listen in to a call, each over a link of the call's loop. What a listener gets is told by a text
/// message, `{"event":"start","codec":"PCMU","rate":8000,"channels":["caller","agent"]}`; each binary one is
/// 100 ms of both sides: eight bytes that are a position in samples, the highest first, and the samples in
/// µ-law, the caller's and the agent's in turn. Who reads slowly misses what is older than two seconds.
class line_listeners {
 public:
  /// `rate` is in samples per second. `count` is kept at how many there are, and must live as long.
  line_listeners(std::uint32_t rate, metrics& measure, std::atomic<std::uint32_t>& count);
  ~line_listeners();
  line_listeners(const line_listeners&) = delete;

  bool empty() const { return all_.empty(); }

  /// One more from now on, who hears what stands from this position on and keeps `place` as long; closed with
  /// 1013 when there are as many as may be.
  void add(std::shared_ptr<link> stream, std::shared_ptr<void> place, std::uint64_t from);

  /// What stands on the tape up to `end`: to each what it has not had, in whole pieces but for the line's
  /// last.
  void hear(const line_tape& tape, std::uint64_t end, moment now, bool is_last = false);

  /// The line is over, for this reason: closes all with 1000.
  void end(std::string_view why);

 private:
  class listener;

  void remove(const listener& gone);

  std::uint32_t rate_;
  metrics& measure_;
  std::atomic<std::uint32_t>& count_;
  std::vector<std::unique_ptr<listener>> all_;
};

}  // namespace tandem
