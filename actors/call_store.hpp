#pragma once

#include "protocols/campaigns/record.hpp"
#include "protocols/conversation/record.hpp"
#include "protocols/events/delivery.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace tandem {

/// A turn and whose it is.
struct turn_change {
  std::string call_id;
  turn_record turn;
};

/// A caller whose data is to go, by number.
struct caller_gone {
  std::string number;
};

/// A number of a campaign and whose it is.
struct entry_change {
  std::string campaign_id;
  campaigns::entry number;
};

/// A number that goes onto the do-not-call list, or off it.
struct bar_change {
  campaigns::barred_number number;
  bool barred = true;
};

/// An event that is to be posted, or that is settled.
struct delivery_change {
  delivery what;
  bool waits = true;
};

/// Something to be remembered.
using store_change = std::variant<call_record, turn_change, call_event, caller_gone,
                                  campaigns::campaign_record, entry_change, bar_change, delivery_change>;

/// Which calls the store is asked for, newest first.
struct stored_calls {
  /// Empty = any.
  std::string state;
  std::size_t limit = 50;
  /// Only those before this place (see `records::place_of`); 0 = from the newest.
  std::int64_t before = 0;
  /// Without these.
  std::set<std::string, std::less<>> skip;
};

/// A call of the store with everything about it.
struct stored_call {
  call_record call;
  std::vector<turn_record> turns;
  std::vector<call_event> events;
};

/// Keeps calls beyond the process. Every method returns at once; callbacks come from a thread of the store's,
/// each exactly once, at the latest when the store ends.
class call_store {
 public:
  virtual ~call_store() = default;

  /// Takes a change, in order. `kept` is told whether it will outlive the process, as soon as it does: with
  /// true it survives whatever happens to the process from then on.
  virtual void write(store_change change, std::function<void(bool)> kept = {}) = 0;

  /// Answers with calls; nothing when the store cannot be read.
  virtual void list(stored_calls query,
                    std::function<void(std::optional<std::vector<call_record>>)> answer) = 0;

  /// Answers with the call of this id or with none; nothing when the store cannot be read.
  virtual void find(std::string id, std::function<void(std::optional<std::vector<stored_call>>)> answer) = 0;
};

}  // namespace tandem
