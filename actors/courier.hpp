#pragma once

#include "actors/messages.hpp"
#include "protocols/events/delivery_queue.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tandem {

class delivery_store;
class http_client;
class loop;

/// Where events are posted, and how.
struct courier_settings {
  std::string url;
  /// What the ids of this start's calls begin with.
  std::string id_prefix;
  /// What may be kept, and so be posted.
  event_privacy privacy;
  /// HMAC-SHA256 with the secret; without it nothing is signed.
  std::function<std::array<std::uint8_t, 32>(std::string_view text)> sign;
  delivery_rules rules;
  std::chrono::milliseconds timeout{10'000};
};

/// Spawns the actor that posts events to the operator's server. What is not taken yet stands in the store,
/// and is posted after the next start.
courier_actor spawn_courier(loop& home, const courier_settings& settings, delivery_store& store,
                            http_client& http, metrics& measure);

}  // namespace tandem
