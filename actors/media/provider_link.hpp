#pragma once

#include "actors/media/newest_link.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

namespace tandem {

class loop;

/// A call's connection to a provider over the call's life: made when wanted, with waits that grow from one
/// failure to the next. It has no timer: its owner calls `tick` at `wake_up`.
class provider_link {
 public:
  /// Events go to `owner`. A connection that is not `usable` after so long counts as failed.
  provider_link(loop& home, link_connector& links, circuit_breaker& breaker, link_request request,
                std::chrono::milliseconds deadline, link_events& owner);

  /// Sees to it that there is a connection: now, or when the wait after a failure is over, and never while
  /// the breaker is open.
  void want(moment now);

  /// Takes over a connection that is open; only as the first one.
  void adopt(std::shared_ptr<link> open, moment now);

  /// Gives the usable connection away for good.
  std::shared_ptr<link> give_away();

  /// Takes a fresh connection in place of this one, as soon as the breaker lets it.
  void renew(moment now);

  /// The connection proved usable; true when it follows one that was lost.
  bool became_usable(moment now);

  /// The connection has done what it is for.
  void proved_good();

  /// The connection ended or is no good; it is closed, and nothing follows it until `want`.
  void lose(moment now);

  /// The provider has no capacity: the next wait is a long one.
  void slow_down() { waits_.slow_down(); }

  /// Closes the connection; there will be no other.
  void give_up();

  /// Connects when a wait is over; true when a connection was not usable in time and should be lost.
  bool tick(moment now);

  /// When `tick` has something to do.
  std::optional<moment> wake_up() const;

  bool is_connecting() const { return state_ == state::connecting; }
  bool is_usable() const { return state_ == state::usable; }
  bool has_failed() const { return state_ == state::failed; }
  moment usable_since() const { return usable_since_; }

  /// Whether a fresh connection could be had now, as far as all calls of the node know.
  bool may_renew() const { return breaker_.is_closed(); }

  /// How long one has been wanted without having one that is good: that proves so, or stays usable for 5 s.
  moment::duration outage(moment now) const {
    return missing_since_ ? now - *missing_since_ : moment::duration{};
  }

  /// What connections are made from, and who lets them through.
  const link_request& request() const { return request_; }
  circuit_breaker& breaker() const { return breaker_; }

  /// The connection; only while connecting or usable.
  link& connection() const { return *link_.operator->(); }

 private:
  enum class state : std::uint8_t { idle, waiting, connecting, usable, failed };

  void connect(moment now);
  bool was_good(moment now) const;

  loop& home_;
  link_connector& links_;
  circuit_breaker& breaker_;
  link_request request_;
  std::chrono::milliseconds deadline_;
  back_off waits_;
  state state_ = state::idle;
  bool lost_ = false;
  moment not_before_;  // the next attempt
  moment due_;         // the end of the wait, or the deadline of the attempt
  moment usable_since_;
  std::optional<moment> missing_since_;
  std::optional<circuit_breaker::attempt> attempt_;  // while connecting
  newest_link link_;
};

/// Whether the answer to an upgrade says that asking again is useless: the key, the URL, the account.
bool refused_for_good(const link_closed& how);

}  // namespace tandem
