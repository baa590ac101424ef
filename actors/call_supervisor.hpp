#pragma once

#include "actors/call.hpp"
#include "actors/call_books.hpp"
#include "actors/call_children.hpp"
#include "actors/call_ownership.hpp"
#include "actors/carrier_leg.hpp"
#include "actors/commanding.hpp"
#include "actors/runtime/http.hpp"
#include "actors/runtime/pinned.hpp"
#include "actors/stream_watch.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace tandem {

struct call_supervisor;
using call_pointer = pinned_actor<actor_kind::call, call_actor, call_supervisor>*;

/// What a call's supervisor is made of: its beginning, its course and its end (call.cpp), and what somebody
/// outside may do to it (call_wishes.cpp).
struct call_supervisor : commanding<call_pointer, leg_owner>, movable_call {
  /// Where a call is in its life; it only moves forward.
  enum class phase : std::uint8_t { ringing, connected, stopping, hanging_up, over };

  call_supervisor() = default;
  /// A supervisor that was killed or threw leaves no child and no open books behind.
  ~call_supervisor() override;

  std::shared_ptr<const call_settings> settings;
  /// The same with the agent as it is by now.
  std::shared_ptr<const call_settings> newest;
  /// Those of the agent's settings that somebody chose for this call.
  std::set<std::string, std::less<>> own_settings;
  node_actor node;
  std::optional<call_children> children;
  std::optional<call_books> books;
  std::optional<call_ownership> ownership;
  std::optional<carrier_leg> leg;
  std::optional<stream_watch> stream;
  phase at = phase::ringing;
  /// What the former owner left, until the dialogue has it.
  std::shared_ptr<const call_value> former;
  bool dialogue_began = false;
  /// A transfer has failed that the dialogue does not know of.
  bool transfer_untold = false;
  /// A machine took the call before there was a dialogue.
  std::optional<tandem::machine_heard> machine_untold;
  /// The call is on hold, or is about to be.
  bool is_held = false;
  /// What the dialogue wanted, and which provider failed, while the caller was being transferred.
  std::string postponed_end;
  std::optional<provider_failed> postponed_failure;

  timer duration;
  timer goodbye;
  timer deadline;

  /// What the dialogue wanted sent last, while it is under way.
  std::unique_ptr<http_exchange> farewell;
  bool leg_done = false;

  static inline const char* name = "call";

  // The beginning: a leg, a stream, a conversation.
  void begin(const call_origin& given);
  void begin_when_kept(std::function<void()> begin_leg);
  void go_on();
  void leg_named(const std::string& carrier_call_id) override;
  void leg_answered() override;
  void connected();
  void attach(const attach_stream& command);
  void on_stream_started(const stream_started& event);
  void on_identified(const call_owner& owner);
  void converse();

  // Whose it is.
  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    ownership->send(std::move(command), std::move(done));
  }
  call_value value() const override;
  dialogue_actor talk() const override { return dialogue_began ? children->dialogue() : dialogue_actor{}; }
  bool may_move(bool at_once) const override;
  void use_pass(const std::shared_ptr<const call_pass>& pass) override { children->use_pass(pass); }
  void take(const webhook_received& event) override;
  void forsake(std::string_view to) override;

  // While it goes on.
  void on_stream_stopped(const stream_stopped& event);
  void leg_noted(std::string_view key, std::string_view text) override;
  void transfer_failed() override;
  void machine_heard(bool greeting_over, bool beep) override;
  void caller_held(bool on_hold) override;
  void tell_of_transfer();
  void on_wish_to_end(const end_call& wish);
  void on_hold_changed(const hold_changed& event);
  void on_provider_failed(const provider_failed& event);
  void on_down(const caf::down_msg& down);

  // What somebody outside does to it.
  bool is_from_outside() const;
  std::string obstacle() const;
  control_ruling ruled(std::string why = {}) const;
  control_ruling control(const control_call& command);
  agent_ruling change(const change_agent& command);
  control_ruling revise(const revise_agent& command);
  void use(std::shared_ptr<const call_settings> with);
  control_ruling hold(const hold_call& wish);
  control_ruling resume(const end_hold& wish);
  listen_ruling listening() const;
  void attach_listener(const tandem::attach_listener& who);

  // The end: the children in reverse, the leg, the books.
  void leg_over(std::string_view reason) override { end(reason); }
  void end(std::string_view reason) override;
  void hang_up();
  void on_farewell(const send_farewell& command);
  void finish();
  void leave();
  void close();
  void release();
  /// Also right outside of a message handler, where the actor's own `quit` is not.
  void quit() { self->send_exit(self->address(), caf::exit_reason::normal); }

  timer end_after(std::chrono::nanoseconds wait, std::string_view reason) {
    return after(wait, [this, reason] { end(reason); });
  }
  timer finish_after(std::chrono::nanoseconds wait) {
    return after(wait, [this] { finish(); });
  }
  const std::string& id() const { return books->record().id; }
  wall_time wall() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(self->home().wall_clock());
  }
};

}  // namespace tandem
