#pragma once

#include "actors/call.hpp"
#include "actors/event_teller.hpp"
#include "actors/messages.hpp"
#include "protocols/conversation/call_value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace tandem {

/// A call's record as it begins.
call_record first_record(const call_origin& origin, const call_settings& settings, std::string_view node,
                         wall_time now);

/// A call's record and what is said of it: to the store, to those who watch, to the do-not-call list, to the
/// metrics and to the log.
class call_books {
 public:
  /// Opens them: the call counts as active from now on, and nobody else is told of it until `announce`.
  /// `shared` must live as long.
  call_books(const call_origin& origin, const call_settings& settings, const services& shared, wall_time now);
  /// Takes over those of a call's former owner, which this node has from now on.
  call_books(const call_value& former, const services& shared, wall_time now);
  call_books(const call_books&) = delete;

  const call_record& record() const { return record_; }
  call_counts counts() const { return {turns_, events_, reconnects_}; }

  /// Says that the call has begun; once.
  void announce();

  void connected(wall_time now);

  /// The carrier's stream said whose call it is.
  void identified(const stream_started& by);

  /// The carrier's stream says the numbers of a call of which they were not known.
  void numbered(const stream_started& by);

  /// The carrier gave a call that we place its id.
  void named(const std::string& carrier_call_id);

  void note(const call_noted& entry);
  void add(const turn_record& turn);
  void add(const call_usage& used);
  void provider_reconnected(const tandem::provider_reconnected& event, wall_time now);
  void key_pressed(std::string_view digit, wall_time now);

  /// An agent of this kind answers from now on.
  void agent_changed(const std::string& kind, wall_time now);

  /// The call is on hold, or is not any more.
  void hold_changed(const tandem::hold_changed& event, wall_time now);

  /// Somebody listens in: with the token, in a session or, where none is needed, from this machine.
  void listened(std::string_view by, wall_time now);

  /// Why the call ends; what is said first holds.
  void reason(std::string_view why);

  /// The call is over; only once.
  void close(wall_time now);

  /// The call goes on at another node, whose name is empty when it is not known, and so do its books: nothing
  /// is written to these any more.
  void leave(std::string_view to);

 private:
  void tell_store();
  void tell_event(event_kind kind, wall_time at, std::string_view text = {}, std::string_view provider = {});

  /// Whether those outside know, or may know, of the call as it is in these books.
  enum class stage : std::uint8_t { silent, open, closed };

  const services& shared_;
  stage at_ = stage::silent;
  call_record record_;
  event_teller watchers_;
  /// Of audio that the store knows to be transcribed.
  double told_seconds_ = 0;
  std::uint32_t turns_ = 0;
  std::uint32_t reconnects_ = 0;
  std::uint32_t events_ = 0;
};

}  // namespace tandem
