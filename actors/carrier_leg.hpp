#pragma once

#include "actors/call.hpp"
#include "actors/leg_commander.hpp"
#include "actors/messages.hpp"
#include "actors/runtime/loop.hpp"
#include "actors/stream_request.hpp"
#include "protocols/conversation/call_value.hpp"
#include "protocols/telnyx/leg_commands.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace tandem {

/// What a leg tells its call.
class leg_owner : public leg_commander {
 public:
  /// The carrier has given the leg that we dial its id.
  virtual void leg_named(const std::string& carrier_call_id) = 0;
  virtual void leg_answered() = 0;
  /// The call cannot go on with this leg.
  virtual void leg_over(std::string_view end_reason) = 0;
  /// The one we wanted to transfer to cannot be had: the call goes on.
  virtual void transfer_failed() = 0;
  /// An answering machine took the call, which does not end with that.
  virtual void machine_heard(bool greeting_over, bool beep) = 0;
  /// The caller has put us on hold, or is back.
  virtual void caller_held(bool on_hold) = 0;
  /// Something to keep with the call.
  virtual void leg_noted(std::string_view key, std::string_view text) = 0;
};

/// A call's leg at the carrier, commanded through Call Control; when it is not `controlled`, nothing is ever
/// sent. Owns the leg's own retries: a stream that is lost while the leg is up is asked for again.
class carrier_leg {
 public:
  /// Settings and services must live as long.
  carrier_leg(leg_owner& owner, const call_origin& origin, const call_settings& settings,
              const services& shared);

  bool controlled() const { return origin_.controlled; }

  /// Whether the call's first stream is its only one.
  bool has_sole_stream() const { return origin_.has_sole_stream; }

  /// Whether nothing is left to be hung up, or nothing may be.
  bool settled() const { return !origin_.controlled || is_down_ || released_ || !is_ours_; }

  /// Whether the leg is being given to somebody else, so that silence means nothing.
  bool transferring() const { return transferring_; }

  /// Whether no stream is wanted any more.
  bool streamless() const { return streamless_; }

  /// How long the leg may take to have a stream, as it may ring first; and why the call ends without one.
  std::chrono::seconds patience() const;
  std::string_view no_stream() const;

  /// Whether the carrier has taken our answer, or dials, so that the leg is as it says.
  bool has_begun() const { return answered_ || is_accepted_; }

  /// Until our answer is accepted, a caller's leg may be somebody else's.
  void doubt();

  /// Answers, or dials; only when it is controlled, and once.
  void begin();

  /// In place of `begin`, for a leg that was another owner's: has it streamed to us, and answers it if that
  /// one had not. The settings must have its codec.
  void take_over(const leg_facts& former);

  /// The same for a leg of which the former owner left nothing: asks the carrier how it is.
  void find_out();

  /// Says to whoever finds the leg that it is this node's; every stream that is asked for does so as well.
  void relabel();

  /// It is another owner's from now on: nothing is waited for any more.
  void abandon();

  /// What the next owner has to know.
  leg_facts facts() const;

  void on_webhook(const telnyx::webhook& event);

  /// The stream is there, and says which leg it carries and its own id; or it was lost.
  void stream_began(const std::string& carrier_call_id, const std::string& stream_id);
  void stream_lost();

  /// The stream is open and has had nothing for so long that another one is wanted; or it goes on after all.
  void stream_silent();
  void stream_heard();

  /// Gives the caller to somebody else, who rings for half a minute at most.
  void transfer(const std::string& to);

  void press(const std::string& keys);

  /// Lets the caller hear the sound at a URL.
  void play(const std::string& url, telnyx::playing how = telnyx::playing::once);
  void stop_playing();

  /// Says something with the carrier's own voice in place of the stream, then ends the call for this reason.
  void speak_last(const std::string& text, std::string_view end_reason);

  /// Hangs up unless it is settled; `done` once the carrier has accepted that, or never will.
  void hang_up(std::function<void()> done);

 private:
  using outcome_handler = std::function<void(const command_outcome&)>;

  /// Whether somebody's telephone rings, as far as we know.
  bool rings() const { return origin_.direction == call_direction::outgoing && !answered_; }

  void command(std::string_view action, std::string body, outcome_handler done);
  std::string next_id(std::string_view action);
  std::string label(bool far_end) const;
  std::string stream_url() const;
  void ask_how_it_is();
  void answer();
  void dial();
  void on_dialled(const command_outcome& outcome);
  void named(const std::string& carrier_call_id);
  void on_far_leg(const telnyx::webhook& event);
  void on_hangup(const telnyx::webhook& event);
  void on_detection(const telnyx::webhook& event);
  void on_greeting_over(const telnyx::webhook& event);
  void bridged();
  void await_transfer();
  void give_up_transfer(std::string_view why);
  bool wants_stream() const { return !settled() && !transferring_ && !streamless_; }
  void start_stream();
  void ask_for_stream();
  void on_stream_refused(const std::string& code, const std::string& why);
  void stop_asking();
  void refused(std::string_view action, const command_outcome& outcome) const;
  std::string_view reason_of(const telnyx::webhook& hangup) const;

  leg_owner& owner_;
  const call_settings& settings_;
  const services& shared_;
  call_origin origin_;
  stream_request request_;
  std::uint32_t commands_ = 0;
  /// How many owners the leg had before.
  std::uint32_t owners_before_ = 0;
  /// Whether there is no leg, or none any more.
  bool is_down_ = false;
  /// Whether nobody else can have the leg.
  bool is_ours_ = true;
  bool released_ = false;
  bool dialling_ = false;
  /// Whether the carrier has taken our answer, or has dialled.
  bool is_accepted_ = false;
  /// Whether the carrier is being asked how the leg is.
  bool finds_out_ = false;
  bool answered_ = false;
  bool transferring_ = false;
  bool streamless_ = false;
  bool streaming_ = false;
  bool streams_when_answered_ = false;
  /// Streams lost in a row, none of which lasted.
  std::uint32_t streams_lost_ = 0;
  moment stream_began_{};
  /// The newest stream's id.
  std::string stream_id_;
  /// Whether another one will be asked for after a pause.
  bool pauses_ = false;
  /// Who answered, as the carrier found it.
  std::string answered_by_;
  std::string last_reason_;
  std::function<void()> when_dialled_;
  timer next_stream_;
  timer transfer_limit_;
};

}  // namespace tandem
