#pragma once

#include "actors/runtime/link.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace tandem {

/// Keeps a node's calls from hammering a provider that is down: after many failed connects (of a model's
/// server: requests) it opens, and after a wait lets one through to see whether the provider is back. Any
/// thread.
class circuit_breaker {
 public:
  struct settings {
    std::size_t failures = 20;           ///< so many within `window` open it
    std::chrono::seconds window{10};     //
    std::chrono::seconds first_wait{1};  ///< from opening to the probe; doubles up to `longest_wait`
    std::chrono::seconds longest_wait{8};
    std::chrono::seconds probe_limit{15};  ///< a probe without outcome for so long gives way to the next
    std::size_t under_way = 100;           ///< connects at once, so that even the first of an outage are few
  };

  /// One try to connect; without an outcome it ends when it is destroyed and says nothing of the provider.
  class attempt {
   public:
    attempt(attempt&& other) noexcept
        : breaker_(std::exchange(other.breaker_, nullptr)), probe_(other.probe_) {}
    attempt& operator=(attempt&& other) noexcept;
    ~attempt() { leave(); }

    /// The provider works.
    void succeeded(moment now);

    /// The provider did not take the connection.
    void failed(moment now);

   private:
    friend circuit_breaker;
    attempt(circuit_breaker& breaker, std::uint64_t probe) : breaker_(&breaker), probe_(probe) {}
    void leave();

    circuit_breaker* breaker_;
    std::uint64_t probe_;  // its number; 0 for what is none
  };

  /// `name` stands in the log, where each change is one line.
  circuit_breaker(std::string name, const settings& rules) : name_(std::move(name)), rules_(rules) {}

  /// An attempt that may be made now, or when to ask again.
  tl::expected<attempt, moment> enter(moment now);

  /// Whether connects go through.
  bool is_closed() const;

  /// Whether connects go through, or one may try now.
  bool admits(moment now) const;

  /// The provider refuses us, which no number of connects changes: opens at once.
  void trip(moment now);

 private:
  void open(moment now);
  void left(std::uint64_t probe);
  void succeeded();
  void failed(std::uint64_t probe, moment now);

  const std::string name_;
  const settings rules_;
  mutable std::mutex mutex_;
  std::deque<moment> failures_;
  std::size_t under_way_ = 0;
  bool open_ = false;
  moment next_probe_{};
  std::chrono::seconds wait_{};
  std::uint64_t probe_ = 0;  // the newest one while it has no outcome
  std::uint64_t last_probe_ = 0;
};

/// For a model's server, whose failures are slow, and where every question of a call may wait.
inline constexpr circuit_breaker::settings rules_for_agents{
    .failures = 10,
    .window = std::chrono::seconds(30),
    .first_wait = std::chrono::seconds(2),
    .longest_wait = std::chrono::seconds(16),
    .under_way = std::numeric_limits<std::size_t>::max()};

/// The breakers of a node, one for each provider and key; they outlive every call.
class circuit_breakers {
 public:
  explicit circuit_breakers(const circuit_breaker::settings& rules = {},
                            const circuit_breaker::settings& agent_rules = rules_for_agents)
      : rules_(rules), agent_rules_(agent_rules) {}

  /// The breaker of a provider's URL with this key. Any thread.
  circuit_breaker& of(peer who, const std::string& url, const std::string& key);

 private:
  const circuit_breaker::settings rules_;
  const circuit_breaker::settings agent_rules_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, circuit_breaker> all_;
};

}  // namespace tandem
