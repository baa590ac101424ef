#pragma once

#include "actors/runtime/census.hpp"
#include "actors/runtime/loop.hpp"
#ifdef TANDEM_CHAOS
#include "actors/runtime/chaos.hpp"

#include <stdexcept>
#endif

#include <utility>

#include <caf/actor_config.hpp>
#include <caf/actor_system.hpp>
#include <caf/config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace tandem {

/// An event-based actor that stays on the loop it was spawned on, whoever sends to it.
template <actor_kind Kind, class Base>
class pinned : public Base {
 public:
  explicit pinned(caf::actor_config& config)
      : Base(config), counted_(Kind), home_(dynamic_cast<tandem::loop*>(config.host)) {
    if (home_ == nullptr) CAF_RAISE_ERROR("a pinned actor was spawned without a loop");
#ifdef TANDEM_CHAOS
    // What no actor understands is the order to fail.
    this->set_default_handler([](caf::scheduled_actor*, caf::message_view&) -> caf::result<caf::message> {
      throw std::runtime_error("chaos");
    });
#endif
  }

  /// The loop it lives on.
  tandem::loop& home() { return *home_; }

  /// Runs a socket's or timer's call in the name of this actor: what it throws ends the actor, not the loop.
  template <class Call>
  void guard(Call&& call) {
    try {
      std::forward<Call>(call)();
    } catch (const std::exception& failure) {
      fail(failure.what());
    }
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit*) override {
    Base::enqueue(std::move(message), home_);
  }
  void launch(caf::execution_unit*, bool lazy, bool hide) override { Base::launch(home_, lazy, hide); }
  caf::resumable::subtype_t subtype() const override { return caf::resumable::io_actor; }

 private:
  // `quit` outside a message handler would leave a zombie behind; an exit message ends it properly.
  void fail(const char* what) {
    this->send_exit(this->address(), caf::make_error(caf::sec::runtime_error, std::string(what)));
  }

  counted_actor counted_;
  tandem::loop* home_;
#ifdef TANDEM_CHAOS
  chaos::victim victim_{Kind, this->address()};
#endif
};

/// A pinned actor with the typed interface `Handle` and a state that is destroyed when the actor exits.
template <actor_kind Kind, class Handle, class State>
using pinned_actor = caf::stateful_actor<State, pinned<Kind, typename Handle::base>>;

/// Spawns a function-based actor on a loop: `behavior f(pinned_actor<…>* self, arguments…)`.
template <class Handle, caf::spawn_options Options = caf::no_spawn_options, class Function,
          class... Arguments>
Handle spawn_on(loop& host, Function function, Arguments&&... arguments) {
  caf::actor_config config{&host, nullptr};
  return host.system().spawn_functor<Options>(std::true_type{}, config, function,
                                              std::forward<Arguments>(arguments)...);
}

}  // namespace tandem
