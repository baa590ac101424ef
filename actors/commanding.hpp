#pragma once

#include "actors/carrier_leg.hpp"
#include "actors/runtime/services.hpp"

#include <chrono>
#include <functional>
#include <utility>

#include <caf/error.hpp>

namespace tandem {

/// Covers every retry of a command by the carrier actor.
inline constexpr std::chrono::seconds command_deadline{15};

/// The state of a pinned actor that commands legs in its own name; `Self` is the pointer to the actor, and
/// `Interface` a `leg_commander`.
template <class Self, class Interface>
struct commanding : Interface {
  Self self = nullptr;
  services shared;

  void send_command(carrier_command command, std::function<void(const command_outcome&)> done) override {
    self->request(shared.carrier, command_deadline, std::move(command))
        .then(done, [done](const caf::error& failure) {
          done(command_outcome{false, "", caf::to_string(failure)});
        });
  }

  /// Asks the carrier actor something else; `done` gets an empty answer when there is none.
  template <class Query, class Answer>
  void ask_carrier(Query query, std::function<void(const Answer&)> done) {
    self->request(shared.carrier, command_deadline, std::move(query)).then(done, [done](const caf::error&) {
      done(Answer{});
    });
  }

  timer after(std::chrono::nanoseconds wait, std::function<void()> call) override {
    return self->home().at(now() + wait, [this, call = std::move(call)] { self->guard([&] { call(); }); });
  }

  moment now() const override { return self->home().now(); }
};

}  // namespace tandem
