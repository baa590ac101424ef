#pragma once

#include "actors/runtime/metrics.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <tl/expected.hpp>

namespace tandem {

/// What a node may carry. 0 sessions or 0 bytes of memory stand for no limit.
struct admission_limits {
  std::uint32_t max_calls = 200;
  /// New calls; a second's worth may come at once.
  std::uint32_t calls_per_second = 50;
  /// Of all calls and of known peers together; sockets that are not authenticated yet are counted elsewhere.
  std::uint32_t max_connections = 1200;
  std::uint32_t scribe_sessions = 0;
  std::uint32_t speech_sessions = 0;
  /// How late the loops may run their timers, smoothed over a few probes; calls come in again below half of
  /// it.
  std::chrono::milliseconds loop_lag{100};
  std::uint64_t memory_bytes = 0;
  /// What a new call may add to the memory before it is measured again.
  std::uint64_t call_bytes = 524'288;
  /// What a refused stream is told to wait.
  std::uint32_t retry_after_seconds = 5;

  bool operator==(const admission_limits&) const = default;
};

/// Decides in one step whether a call may come in and books everything it takes, so that no two calls can
/// pass one check. An object and not an actor, since sockets have to be booked where they are accepted: from
/// any thread, and each call returns at once.
class admission {
 public:
  /// The most connections that a call has at once: its stream and the one that replaces it, Scribe, speech,
  /// the agent.
  static constexpr std::uint32_t connections_per_call = 5;

  /// What was booked; given back by its end, after the end of the `admission` as well.
  class place {
   public:
    place(place&&) noexcept = default;
    place& operator=(place&& other) noexcept;
    ~place() { release(); }

   private:
    friend class admission;
    struct book;
    struct amount {
      std::uint32_t calls = 0;
      std::uint32_t connections = 0;
      std::uint32_t spares = 0;
    };
    place(std::shared_ptr<book> in, amount what) : book_(std::move(in)), amount_(what) {}
    void release() noexcept;

    std::shared_ptr<book> book_;
    amount amount_;
  };

  /// Each of `loops` loops says every `probe_interval` how late it runs.
  admission(const admission_limits& limits, std::size_t loops, std::chrono::milliseconds probe_interval,
            metrics& measure);

  /// Books a call's place at the first sign of it; or says why not, which is counted and now and then logged.
  tl::expected<place, refusal> admit(moment now);

  /// Books the place of a call that goes on and was another node's; or says why not, which is not counted.
  /// That calls come fast, or that loops are late, refuses none of them.
  tl::expected<place, refusal> adopt();

  /// What `admit` would say now.
  refusal outlook(moment now) const;

  /// Books a known peer's connection that belongs to no call; nothing when none is left.
  std::optional<place> admit_connection();

  /// Books a connection to the speech provider that waits for a call; nothing when the next call would need
  /// what it takes. No call is refused because of them.
  std::optional<place> admit_spare();

  /// Whether calls need what spares take, so that some have to go.
  bool has_too_many_spares() const;

  /// Refuses every call from now on.
  void drain();

  bool draining() const;
  std::uint32_t calls() const;
  std::uint32_t connections() const;
  std::uint32_t spares() const;
  admission_limits limits() const;

  /// Changes the limits; what is booked stays booked.
  void set_limits(const admission_limits& limits);

  /// How late the loop's probe ran.
  void note_lag(std::size_t loop, std::chrono::duration<double> late, moment now);

  /// Whether records of calls can still be kept.
  void note_store(bool takes_records);

  /// How much memory the process has; about once a second, which also has refusals logged that are due.
  void note_memory(std::uint64_t resident_bytes, moment now);

 private:
  std::shared_ptr<place::book> book_;
};

}  // namespace tandem
