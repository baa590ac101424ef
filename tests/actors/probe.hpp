#pragma once

#include "actors/messages.hpp"
#include "actors/runtime/pinned.hpp"
#include "tests/actors/test_loop.hpp"

#include <any>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <typeindex>
#include <utility>
#include <vector>

#include <caf/all.hpp>
#include <doctest/doctest.h>

namespace tandem::test {

/// What a probe was sent, in order, and what it answers.
class mail {
 public:
  template <class Message>
  void put(const Message& message) {
    received_.emplace_back(message);
  }

  /// All messages of a type, in order.
  template <class Message>
  std::vector<Message> all() const {
    std::vector<Message> found;
    for (const auto& each : received_) {
      if (auto message = std::any_cast<Message>(&each)) found.push_back(*message);
    }
    return found;
  }

  template <class Message>
  std::size_t count() const {
    return all<Message>().size();
  }

  /// The newest message of a type; there must be one.
  template <class Message>
  Message last() const {
    auto found = all<Message>();
    REQUIRE(!found.empty());
    return found.back();
  }

  /// Whether the message at `index` of everything received has this type.
  template <class Message>
  bool is(std::size_t index) const {
    return index < received_.size() && std::any_cast<Message>(&received_[index]) != nullptr;
  }

  std::size_t size() const { return received_.size(); }
  void clear() { received_.clear(); }

  /// From now on requests with this kind of answer get this one; before, a default one.
  template <class Answer>
  void answer_with(Answer answer) {
    answers_.insert_or_assign(typeid(Answer), std::move(answer));
  }

  /// From now on requests with this kind of answer wait for `release`.
  template <class Answer>
  void hold() {
    held_[typeid(Answer)];
  }

  /// Answers those that wait; later ones do not.
  template <class Answer>
  void release() {
    const auto waiting = held_.extract(typeid(Answer));
    if (!waiting) return;
    for (const auto& answer_now : waiting.mapped()) answer_now();
  }

  template <class Answer>
  void answer(caf::typed_response_promise<Answer> promise) {
    auto found = answers_.find(typeid(Answer));
    auto now = [promise = std::move(promise),
                what = found == answers_.end() ? Answer{} : std::any_cast<Answer>(found->second)]() mutable {
      promise.deliver(what);
    };
    const auto waiting = held_.find(typeid(Answer));
    if (waiting == held_.end()) return now();
    waiting->second.push_back(std::move(now));
  }

 private:
  std::vector<std::any> received_;
  std::map<std::type_index, std::any> answers_;
  std::map<std::type_index, std::vector<std::function<void()>>> held_;
};

/// An actor that stands for another one and keeps what it is sent.
template <class Handle>
struct probe {
  Handle handle;
  std::shared_ptr<mail> box;

  mail* operator->() const { return box.get(); }
};

/// How a probe takes messages of one kind.
template <class Signature>
struct probe_handler;

template <class Message>
struct probe_handler<caf::reacts_to<Message>> {
  static auto make(auto*, std::shared_ptr<mail> box) {
    return [box](const Message& message) { box->put(message); };
  }
};

template <class Message, class Answer>
struct probe_handler<caf::typed_mpi<caf::detail::type_list<Message>, caf::output_tuple<Answer>>> {
  static auto make(auto* self, std::shared_ptr<mail> box) {
    return [self, box](const Message& message) {
      box->put(message);
      auto promise = self->template make_response_promise<Answer>();
      box->answer(promise);
      return promise;
    };
  }
};

struct probe_state {};

template <actor_kind Kind, class Handle>
struct probe_actor;

template <actor_kind Kind, class... Signatures>
struct probe_actor<Kind, caf::typed_actor<Signatures...>> {
  using handle = caf::typed_actor<Signatures...>;

  static typename handle::behavior_type run(pinned_actor<Kind, handle, probe_state>* self,
                                            std::shared_ptr<mail> box) {
    return {probe_handler<Signatures>::make(self, box)...};
  }
};

/// Spawns a probe that counts as an actor of this kind.
template <actor_kind Kind, class Handle>
probe<Handle> spawn_probe(test_loop& host) {
  auto box = std::make_shared<mail>();
  return {spawn_on<Handle>(host, probe_actor<Kind, Handle>::run, box), box};
}

}  // namespace tandem::test
