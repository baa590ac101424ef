#pragma once

#include "actors/campaign_books.hpp"
#include "actors/campaigns.hpp"
#include "actors/do_not_call.hpp"
#include "actors/runtime/pinned.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <caf/typed_response_promise.hpp>

namespace tandem {

/// So long after it failed the store is asked again.
inline constexpr std::chrono::seconds store_pause{5};

/// A call of a campaign, from its decision to its end.
struct flight {
  std::string campaign_id;
  std::uint32_t n = 0;
  /// Begun by an earlier process.
  bool recovered = false;
  /// How often nobody had it, though the store does not know its end.
  unsigned misses = 0;
  timer again{};
};

template <class Answer>
void deliver(caf::typed_response_promise<Answer> promise, Answer answer) {
  promise.deliver(std::move(answer));
}

struct campaigns_state;
using campaigns_pointer = pinned_actor<actor_kind::campaigns, campaigns_actor, campaigns_state>*;

/// What the actor of the campaigns is made of: the do-not-call list (campaigns.cpp), the campaigns as the API
/// drives them (campaigns_api.cpp), and their calls (campaign_calls.cpp).
struct campaigns_state {
  campaigns_pointer self = nullptr;
  std::optional<campaign_books> books;
  node_actor node;
  switchboard_actor switchboard;
  records_actor records;
  std::string node_name;
  std::string prefix;
  std::uint64_t last_call = 0;
  std::uint64_t last_campaign = 0;

  /// Whether memory has what the store has.
  bool loaded = false;
  bool list_is_late = false;
  do_not_call_list barred;
  std::vector<std::pair<std::string, caf::typed_response_promise<number_ruling>>> checks;

  std::map<std::string, campaigns::campaign, std::less<>> open;
  /// Numbers of campaigns that are being written.
  std::size_t coming_numbers = 0;
  std::map<std::string, flight, std::less<>> flights;
  std::unordered_map<caf::actor_addr, std::string> calls;
  std::set<std::string, std::less<>> busy;
  unsigned placing = 0;
  wall_time held_until = wall_time::min();
  timer next_look;
  timer next_load;
  timer list_wait;
  timer next_reading;

  static inline const char* name = "campaigns";

  wall_time now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
  timer after(std::chrono::milliseconds wait, std::function<void()> call) {
    return self->home().at(self->home().now() + wait,
                           [this, call = std::move(call)] { self->guard([&] { call(); }); });
  }
  void note(const campaigns::campaign& of, const campaigns::entry& number) {
    books->note(entry_change{of.about().id, number});
  }

  void load();
  void on_loaded(campaign_legacy found);
  void begin(const begin_campaigns& command);
  void find_recovered();
  void read_news();

  // The do-not-call list.
  caf::typed_response_promise<number_ruling> check(const check_number& query);
  void answer_checks();
  caf::typed_response_promise<change_kept> bar(const bar_numbers& command);
  caf::typed_response_promise<change_kept> unbar(const unbar_number& command);
  barred_page list(const list_barred& query) const;

  // Campaigns.
  caf::typed_response_promise<campaign_ruling> start(start_campaign command);
  caf::typed_response_promise<campaign_ruling> steer(const steer_campaign& command);
  caf::typed_response_promise<campaign_ruling> find(const std::string& id, campaign_outcome outcome);
  caf::typed_response_promise<campaign_page> list(const list_campaigns& query);
  caf::typed_response_promise<number_page> list(const list_numbers& query);
  void forget(const std::string& number);
  void close_finished();

  // Calls.
  void look();
  wall_time begin_due();
  void begin(campaigns::campaign& of, std::uint32_t n);
  void on_begun(const std::string& call_id, bool kept);
  void on_placed(const std::string& call_id, const placed_call& answer);
  void say_paused(const campaigns::campaign& of);
  void take_back(const std::string& call_id);
  void watch(const std::string& call_id);
  void on_owner(const std::string& call_id, const call_owner& owner);
  void on_down(const caf::down_msg& down);
  void find_end(const std::string& call_id);
  void settle(const std::string& call_id, std::string_view reason);
  campaigns::campaign& campaign_of(const std::string& call_id) {
    return open.find(flights.at(call_id).campaign_id)->second;
  }
};

}  // namespace tandem
