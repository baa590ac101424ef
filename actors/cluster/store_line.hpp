#pragma once

#include "actors/lease_store.hpp"
#include "actors/runtime/loop.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace tandem {

/// What an actor says to the store of leases, and what it puts off. Answers and calls come to the actor, as
/// long as this object lives, and never before the method that asks for them has returned.
class store_line {
 public:
  /// Takes a call to the actor, from any thread.
  using post = std::function<void(std::function<void()>)>;

  store_line(loop& home, lease_store& store, post to_actor)
      : home_(home), store_(store), to_actor_(std::move(to_actor)) {}
  store_line(const store_line&) = delete;

  moment now() const { return home_.now(); }

  /// Asks once; the answer comes once, however late.
  template <class Answer, class Request, class Done>
  void ask(Request request, Done done) {
    auto come_back = [this, to_actor = to_actor_, alive = std::weak_ptr(alive_),
                      done = std::move(done)](std::optional<Answer> answer) {
      // On a thread of the store's: nothing of this object is touched before the actor has the answer.
      to_actor([this, alive, done, answer = std::move(answer)]() mutable {
        if (alive.expired()) return;
        if (answer) answered_ = now();
        done(std::move(answer));
      });
    };
    store_.ask(std::move(request), lease_store::answer_to<Answer>(std::move(come_back)));
  }

  /// Calls soon.
  void later(std::function<void()> call) {
    to_actor_([alive = std::weak_ptr(alive_), call = std::move(call)] {
      if (!alive.expired()) call();
    });
  }

  /// Calls after so long. One that was due when it was cancelled may still come.
  [[nodiscard]] timer in(std::chrono::milliseconds wait, std::function<void()> call) {
    return home_.at(now() + wait, [this, call = std::move(call)] { later(call); });
  }

  /// Whether the store has answered anything within this time.
  bool is_heard(std::chrono::milliseconds within) const { return answered_ && now() < *answered_ + within; }

 private:
  loop& home_;
  lease_store& store_;
  const post to_actor_;
  std::optional<moment> answered_;
  const std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tandem
