#pragma once

#include "actors/carrier_leg.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace tandem {

/// A caller whom nobody has answered, as far as can be known.
struct found_caller {
  std::string carrier_call_id;
  /// Empty when the carrier's list of events does not tell.
  std::string from{};
  std::string to{};
  /// Whether that list says that it is a caller: only then the leg may be rejected.
  bool is_certain = false;
};

/// Asks the carrier for a search, and takes what it finds.
class leg_searcher : public leg_commander {
 public:
  virtual void ask(list_legs query, std::function<void(const leg_page&)> done) = 0;
  virtual void ask(trace_leg query, std::function<void(const leg_trace&)> done) = 0;

  /// Whether the leg belongs to a call that is here, or that was.
  virtual bool knows(std::string_view carrier_call_id) const = 0;

  /// A leg that carries a client state.
  virtual void found(const known_leg& leg) = 0;

  /// A caller to be answered; false when that may be tried again soon.
  virtual bool take(const found_caller& who) = 0;
};

/// How legs are searched for.
struct search_policy {
  /// Before the second try; doubles for each further one.
  std::chrono::milliseconds pause{2000};
  unsigned tries = 6;
  unsigned most_pages = 100;
  /// Before a leg without a client state is looked at: another node's answer to it may be on its way.
  std::chrono::milliseconds grace{1000};
  /// Between looks at such a leg.
  std::chrono::milliseconds next_look{1000};
  unsigned looks = 20;
  /// Such legs at once; what comes beyond is left alone.
  std::size_t bound = 500;
};

/// Looks, once, through the carrier's list of the connection's legs for what a former start of this node left
/// behind: legs with our label, and callers of whom it heard, said so, and ended before it answered them.
///
/// The list has neither direction nor state, but every command of ours gives its leg a client state, so one
/// that has none is nobody's, or somebody's who gives none. What it is the list of the leg's events tells;
/// only one that is incoming, or of which that list knows nothing, and to which nobody has done anything yet,
/// is a caller to be answered. What cannot be known when that list cannot be had is whether another program
/// on the same connection has taken the leg: an `answer` is refused for a leg that somebody dialled, and
/// until one is accepted the leg gets no other command.
class leg_search {
 public:
  explicit leg_search(leg_searcher& by, search_policy policy = {}) : by_(by), policy_(policy) {}

  void begin() { ask_page({}); }

 private:
  struct unclaimed_leg {
    std::string leg_id;
    unsigned looks = 0;
    timer next{};
  };

  void ask_page(const std::string& after);
  void on_page(const leg_page& page);
  void look(std::string carrier_call_id);
  void look_again(const std::string& carrier_call_id);
  void on_trace(const std::string& carrier_call_id, const leg_trace& trace);
  void forget(std::string_view carrier_call_id);

  leg_searcher& by_;
  search_policy policy_;
  unsigned failures_ = 0;
  unsigned pages_ = 0;
  timer next_page_;
  std::map<std::string, unclaimed_leg, std::less<>> unclaimed_;
};

}  // namespace tandem
