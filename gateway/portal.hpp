#pragma once

#include "actors/runtime/pinned.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/send.hpp>

namespace tandem {

using portal_self = pinned<actor_kind::gateway, caf::event_based_actor>;

/// Something to do inside of the portal's actor. Never leaves the process.
struct portal_errand {
  std::shared_ptr<const std::function<void(portal_self*)>> run;
};

}  // namespace tandem

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tandem::portal_errand)

namespace tandem {

/// Lets handlers of sockets, which are no actors, ask actors and get their answers.
class portal {
 public:
  explicit portal(loop& home);
  ~portal();
  portal(const portal&) = delete;

  const caf::actor& handle() const { return actor_; }

  /// Asks `whom` and calls `done` with the answer, or `failed` after the timeout or when `whom` is gone; on
  /// the portal's loop. From any thread.
  template <class Answer, class Handle, class Question>
  void ask(const Handle& whom, Question question, std::function<void(Answer&)> done,
           std::function<void()> failed, std::chrono::seconds deadline = std::chrono::seconds(5)) const {
    run([=](portal_self* self) {
      self->request(whom, deadline, question)
          .then([done](Answer& answer) { done(answer); }, [failed](const caf::error&) { failed(); });
    });
  }

  /// Does something inside of the portal's actor, where answers of other kinds can come to. From any thread.
  void run(std::function<void(portal_self*)> errand) const;

  /// The same after so long, which is less than a second.
  void run_after(std::chrono::milliseconds wait, std::function<void()> errand) const;

 private:
  caf::actor actor_;
};

}  // namespace tandem
