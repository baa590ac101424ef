#pragma once

#include "actors/runtime/http.hpp"
#include "actors/runtime/loop.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace tandem {

class circuit_breaker;
enum class call_wish : std::uint8_t;

/// What an agent has of the world: its call's loop, and what that call can do. Calls come back in the name of
/// the call's dialogue, so that what they throw ends nothing but their call.
class agent_host {
 public:
  virtual ~agent_host() = default;

  /// As `http_client::send`; what comes of it is dropped with the exchange.
  [[nodiscard]] virtual std::unique_ptr<http_exchange> send(http_request request,
                                                            std::function<void(http_answer)> done) = 0;

  /// As `http_client::prepare`.
  virtual void prepare(peer to, const std::string& url) = 0;

  /// What all calls of the node know of the server at this URL with this key; none where nobody keeps it.
  virtual circuit_breaker* breaker(const std::string& url, const std::string& key) = 0;

  /// Calls back after so long, unless the timer is dropped.
  [[nodiscard]] virtual timer after(std::chrono::milliseconds wait, std::function<void()> call) = 0;

  /// Does this to the call, as the API could.
  virtual void control(call_wish wish, std::string text) = 0;

  /// Adds the tokens of one answer to what the call has used.
  virtual void used(std::uint64_t input_tokens, std::uint64_t output_tokens) = 0;

  /// The time, as the loop counts it.
  virtual moment now() const = 0;

  /// The time of day.
  virtual std::chrono::system_clock::time_point wall_clock() const = 0;

  std::int64_t unix_seconds() const {
    return std::chrono::duration_cast<std::chrono::seconds>(wall_clock().time_since_epoch()).count();
  }
};

}  // namespace tandem
