#pragma once

#include "actors/media/newest_link.hpp"
#include "actors/media/provider_order.hpp"
#include "actors/runtime/back_off.hpp"
#include "actors/runtime/circuit_breaker.hpp"
#include "actors/runtime/link.hpp"
#include "protocols/moment.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace tandem {

class loop;

/// How connections to one provider are made, and who lets them through.
struct provider_route {
  link_request request;
  circuit_breaker* breaker = nullptr;
  moment not_before{};  ///< the next attempt
};

/// A call's connection to a provider over the call's life, or to one that stands in for it: made when wanted,
/// with waits that grow from one failure to the next. It has no timer: its owner calls `tick` at `wake_up`.
class provider_link {
 public:
  /// What a connection that became usable follows.
  struct arrival {
    /// One that was lost.
    bool again = false;
    /// One with another provider; for a call's first connection, that it is not with the first provider.
    bool elsewhere = false;
  };

  /// `routes` are the providers in the order in which they are wanted. Events go to `owner`. A connection
  /// that is not `usable` after so long counts as failed; sooner where another provider stands by.
  provider_link(loop& home, link_connector& links, std::vector<provider_route> routes,
                std::chrono::milliseconds deadline, link_events& owner);

  /// Sees to it that there is a connection: now, or when the wait after a failure is over, and never while
  /// the breakers are open.
  void want(moment now);

  /// Takes over a connection with this provider that is open; only as the first one.
  void adopt(std::shared_ptr<link> open, std::size_t provider, moment now);

  /// Gives the usable connection away for good.
  std::shared_ptr<link> give_away();

  /// Takes a fresh connection in place of this one, as soon as a breaker lets it.
  void renew(moment now);

  /// The connection proved usable.
  arrival became_usable(moment now);

  /// The connection has done what it is for.
  void proved_good();

  /// The connection ended or is no good; it is closed, and nothing follows it until `want`.
  void lose(moment now);

  /// The provider will not serve this call, whatever is tried; false when there is no other one. Otherwise
  /// the connection is closed, and calls that come ask the others first.
  bool refused(moment now);

  /// The next connection goes to another provider, if there is one that works.
  void move_on() { order_.move_on(); }

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
  bool may_renew() const { return routes_[provider()].breaker->is_closed(); }

  /// How long one has been wanted without having one that is good: that proves so, or stays usable for 5 s.
  moment::duration outage(moment now) const {
    return missing_since_ ? now - *missing_since_ : moment::duration{};
  }

  /// The provider of the newest connection, and the one that the next goes to as things are.
  std::size_t provider() const { return order_.present(); }
  std::size_t next_provider(moment now) const;

  const std::vector<provider_route>& routes() const { return routes_; }

  /// The connection; only while connecting or usable.
  link& connection() const { return *link_.operator->(); }

 private:
  enum class state : std::uint8_t { idle, waiting, connecting, usable, failed };

  void connect(moment now);
  void take(std::size_t provider, circuit_breaker::attempt attempt, moment now);
  void close();
  void end_outage();
  bool was_good(moment now) const;

  loop& home_;
  link_connector& links_;
  std::vector<provider_route> routes_;
  provider_order order_;
  std::chrono::milliseconds deadline_;
  back_off waits_;
  state state_ = state::idle;
  bool lost_ = false;
  std::size_t last_usable_ = 0;  // the provider of the last connection that was
  moment due_;                   // the end of the wait, or the deadline of the attempt
  moment usable_since_;
  std::optional<moment> missing_since_;
  std::optional<circuit_breaker::attempt> attempt_;  // while connecting
  newest_link link_;
};

/// How a provider is called by its place in the order: `first`, or `standby`.
std::string_view provider_name(std::size_t place);

/// Whether the answer to an upgrade says that asking again is useless: the key, the URL, the account.
bool refused_for_good(const link_closed& how);

}  // namespace tandem
